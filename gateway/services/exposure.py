"""What a key signed or could open: the list that a lost key is followed by (threats.md K3).

Read from what is stored, never from what the key's owner says: the ledger names the key of every
counted statement, approval and sealing; the gateway's own documents are verified, or name it. What
was received under the key and refused is listed too.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from gateway.domain.canonical import Json, decode, digest
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.times import Micros, from_wire
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role
from gateway.ports import DeliveryFilter, Notes, Signatures, Store, UnitOfWork
from gateway.services.officers import pinned
from gateway.services.recipients import said


@dataclass(frozen=True, slots=True)
class Exposed:
    """One thing. `how`: signed by the key, or sealed to it, so that whoever has it can open it.

    `what` is manifest, parcel, checkpoint, approval, a kind of statement, or the ledger's event;
    `subject` the delivery, act or document it is about; `at` our own time of it.
    """

    how: Literal["signed", "could-open"]
    what: str
    subject: str
    partner: str
    at: Micros
    digest: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """Lists what a key touched."""

    store: Store
    notes: Notes
    signatures: Signatures

    def of(self, kid: str, since: Micros = 0) -> tuple[PinnedKey, list[Exposed]]:
        """The key, and everything from `since` on, by time. Raises NotFound."""
        with self.store.read() as uow:
            key = pinned(uow, kid)
            found: dict[tuple[str, str], Exposed] = {}
            for one in self._all(uow, key):
                if one.at >= since:
                    found.setdefault((one.how, one.digest), one)
        return key, sorted(found.values(), key=lambda one: (one.at, one.what, one.digest))

    def _all(self, uow: UnitOfWork, key: PinnedKey) -> Iterator[Exposed]:
        readers = [_logged(uow, key)]
        if key.owner.kind is OwnerKind.GATEWAY:
            readers += [_manifests(uow, key), self._said(uow, key), self._checkpoints(uow, key)]
        elif key.owner.kind is OwnerKind.PARTNER:
            readers.append(_received(uow, key))
        return chain(*readers)

    def _said(self, uow: UnitOfWork, key: PinnedKey) -> Iterator[Exposed]:
        """Answers and heads, in whatever form: who signed one, its verifier tells."""
        if key.role is not Role.STATEMENT:
            return
        trust = uow.registry.trust()
        for one in uow.outgoing.made():
            try:
                _word, signer = self.signatures.verify(
                    one.body, one.kind, key.owner, key.role, trust, one.made_at
                )
            except NotVerified:
                continue  # palang fsck tells of a word that no key of the gateway signed
            if signer.kid == key.kid:
                yield Exposed("signed", one.kind, one.subject, one.partner, one.made_at, one.digest)

    def _checkpoints(self, uow: UnitOfWork, key: PinnedKey) -> Iterator[Exposed]:
        if key.role is not Role.CHECKPOINT:
            return
        gateway, trust = uow.registry.gateway(), uow.registry.trust()
        owner = Owner(OwnerKind.GATEWAY, gateway.name)
        for made in uow.log.checkpoints():
            try:
                _body, signer = self.notes.verify(made.note, gateway.name, owner, trust, made.at)
            except NotVerified:
                continue  # palang fsck tells of a note that no key of the gateway signed
            if signer.kid == key.kid:
                named = digest(made.note.encode())
                yield Exposed("signed", "checkpoint", f"{made.size} leaves", "", made.at, named)


def _logged(uow: UnitOfWork, key: PinnedKey) -> Iterator[Exposed]:
    """What the ledger says under this key id: statements and approvals that count, and parcels that
    were sealed to it."""
    for leaf in uow.log.leaves(0, uow.log.size()):
        facts = json.loads(leaf.event) if leaf.event else {}
        if facts.get("kid") != key.kid:
            continue
        at, event = from_wire(facts["at"]), str(facts["event"])
        subject = str(facts.get("subject") or facts.get("delivery") or "")
        partner = str(facts.get("partner", ""))
        if event == Tag.DELIVERY_SEAL:
            yield Exposed("could-open", "parcel", subject, partner, at, str(facts["parcel"]))
        elif "statement" in facts:
            what = str(facts.get("act", event))
            yield Exposed("signed", what, subject, partner, at, str(facts["statement"]))


def _manifests(uow: UnitOfWork, key: PinnedKey) -> Iterator[Exposed]:
    if key.role is not Role.MANIFEST:
        return
    for delivery in uow.deliveries.deliveries(DeliveryFilter()):
        record = uow.deliveries.manifest(delivery.id) if delivery.sealed else None
        if record is not None and signer_of(record.jws) == key.kid:
            first = next(said(uow, record.digest, Tag.DELIVERY_SEAL), None)
            at = from_wire(str(first["at"])) if first else delivery.queued_at
            yield Exposed("signed", "manifest", delivery.id, delivery.partner, at, record.digest)


def _received(uow: UnitOfWork, key: PinnedKey) -> Iterator[Exposed]:
    """Everything that came under the key, judged or not."""
    if key.role is Role.SEAL:
        return
    for one in uow.inbox.listing(key.owner.id, ()):
        if one.kind == "statement" and signer_of(one.body) == key.kid:
            what = f"received, {str(one.state).lower()}"
            yield Exposed("signed", what, one.reason, one.partner, one.received_at, one.digest)


def signer_of(jws: bytes) -> str:
    """The key id that a JWS names, "" where these bytes name none; the ledger has those of other
    forms."""
    head = jws.partition(b".")[0]
    try:
        header: dict[str, Json] = decode(
            base64.b64decode(head + b"=" * (-len(head) % 4), altchars=b"-_", validate=True),
            what="the header of a JWS",
        )
    except (NotVerified, ValueError):
        return ""
    return str(header.get("kid", ""))
