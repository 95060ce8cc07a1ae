"""An administrator of the database who also has the gateway's keys, and knows every format.

He changes a release, makes the whole ledger anew, signs its heads and the manifests again, and
either leaves the receipts, which he can't sign, or takes them away.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from gateway.domain import merkle
from gateway.domain.canonical import digest, encode
from gateway.domain.ledger import Checkpoint
from gateway.domain.trust import Role
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.fsck.tampering import Db, change, leaf_of, rehash, value
from tests.fsck.town import by_hand
from tests.services.back.parts import GATEWAY
from tests.services.back.world import World

ANSWERS = frozenset({"inbound.keep", "receipt.record", "confirmation.record"})


@dataclass
class Rewriter:
    """`world` is whose keys he has."""

    world: World
    leaves: list[bytes] = field(default_factory=list)  # hashes of the leaves made so far
    renamed: dict[str, str] = field(default_factory=dict)  # digests that changed

    def rewrite(self, batch: int, *, receipts: str) -> None:
        """Another digest was released; `receipts` are kept or removed."""
        with by_hand(self.world.folder / "palang.sqlite") as db:
            if receipts == "removed":
                self._remove_answers(db)
            self._make_anew(db, leaf_of(db, "batch.release", batch=batch))
            rehash(db)
            self._sign_heads(db)

    def _remove_answers(self, db: Db) -> None:
        for table in ("receipts", "confirmations", "confirmation_rows"):
            db.execute(f"DELETE FROM {table}")
        for leaf, event in db.execute("SELECT leaf, event FROM ledger_leaves").fetchall():
            if json.loads(event)["event"] in ANSWERS:  # something harmless in its place
                harmless = json.loads(event) | {"event": "audit.export"}
                change(
                    db, "UPDATE ledger_leaves SET event = ? WHERE leaf = ?", encode(harmless), leaf
                )
        db.execute("DELETE FROM inbound")

    def _make_anew(self, db: Db, release: int) -> None:
        rows = db.execute("SELECT leaf, salt, event FROM ledger_leaves ORDER BY leaf").fetchall()
        for leaf, salt, event in rows:
            said = json.loads(event)
            if leaf == release:
                said["digest"] = digest(b"what was never reviewed")
            if said["event"] == "delivery.seal":
                self._sign_manifest(db, said["delivery"])
            made = self._with_new_names(encode(said))
            change(db, "UPDATE ledger_leaves SET event = ? WHERE leaf = ?", made, leaf)
            self.leaves.append(merkle.leaf_hash(hashlib.sha256(salt + made).digest()))

    def _sign_manifest(self, db: Db, delivery: str) -> None:
        """The same manifest over the new ledger's head."""
        body = json.loads(value(db, "SELECT body FROM manifests WHERE delivery = ?", delivery))
        old = value(db, "SELECT digest FROM manifests WHERE delivery = ?", delivery)
        body["checkpoint"] = self._note(int(body["checkpoint"].split("\n")[1]))
        made = self._with_new_names(encode(body))
        signer = self.world.keyring.signer(Role.MANIFEST, self.world.clock.now())
        jws = JoseSignatures().sign_detached(made, "manifest", signer)
        self.renamed[old] = digest(made)
        sql = "UPDATE manifests SET body = ?, jws = ?, digest = ? WHERE delivery = ?"
        change(db, sql, made, jws, digest(made), delivery)
        change(db, "UPDATE deliveries SET manifest = ? WHERE id = ?", digest(made), delivery)

    def _with_new_names(self, data: bytes) -> bytes:
        for old, new in self.renamed.items():
            data = data.replace(old.encode(), new.encode())
        return data

    def _note(self, size: int) -> str:
        root = merkle.root(self.leaves[:size])
        signer: Any = self.world.keyring.signer(Role.CHECKPOINT, self.world.clock.now())
        body = Checkpoint(f"{GATEWAY}.example/ledger", size, root).body()
        return C2spNotes().sign(body, GATEWAY, signer)

    def _sign_heads(self, db: Db) -> None:
        for key, size in db.execute("SELECT key, size FROM checkpoints").fetchall():
            change(db, "UPDATE checkpoints SET note = ? WHERE key = ?", self._note(size), key)
