"""The gateway's side in memory: keys, manifests, parcels, and kits to receive them.

Everything is validly signed and sealed; a test changes one point by a keyword. Other areas' tests
may use it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import trustme

from gateway.domain import entries as csv
from gateway.domain import parcel as zipped
from gateway.domain import statements
from gateway.domain.canonical import decode, digest, encode
from gateway.domain.ids import DeliveryId, Envelope, ParcelName
from gateway.domain.ledger import Checkpoint
from gateway.domain.manifest import EntriesHead, Manifest, Void
from gateway.domain.parcel import Contents
from gateway.domain.statements import Answer, Head, Kind, Statement
from gateway.domain.times import DAY, HOUR, SECOND, Micros, from_wire
from gateway.domain.trust import (
    Algorithm,
    Owner,
    OwnerKind,
    PinnedKey,
    Role,
    Trust,
    write_trust,
)
from keys.envelopes import EnvelopeSealer
from keys.generate import generate
from keys.jwk import pinned_key
from keys.jws import JoseSignatures, statement_kind
from keys.notes import C2spNotes
from keys.raw import PrivateSigner
from partner import setup
from partner.identity import pin
from partner.kit import Kit, load_kit
from partner.setup import Wanted

NOW = from_wire("2026-11-24T07:03:11Z")
GATEWAY = "gerbang-uji"
PARTNER = "opr-uji-a"
BASE = 62_870_0000_0000  # a test prefix (domain.md section 5)


@dataclass
class FakeClock:
    """A clock that the test turns."""

    at: Micros = NOW

    def now(self) -> Micros:
        return self.at


def signing_key(owner: Owner, role: Role, at: Micros = NOW) -> tuple[PrivateSigner, PinnedKey]:
    """A new Ed25519 key with its pin."""
    key: Any = generate(Algorithm.ED25519)
    return PrivateSigner(key), pinned_key(key.public_key(), owner, role, at - DAY, at + 365 * DAY)


def number(n: int) -> int:
    """The n-th synthetic number."""
    return BASE + n


def block(*numbers: int, action: str = csv.BLOCK) -> list[tuple[int, str]]:
    """Entries to block these numbers; unblock, listed, delisted by `action`."""
    return [(number(n), action) for n in numbers]


@dataclass(frozen=True)
class Made:
    """A parcel as it leaves the gateway."""

    manifest: Manifest
    body: bytes
    data: bytes
    csv: bytes
    salt: bytes

    @property
    def digest(self) -> str:
        """The parcel's digest."""
        return digest(self.data)

    @property
    def delivery(self) -> str:
        return str(self.manifest.delivery)

    @property
    def name(self) -> str:
        """Its file name."""
        head = self.manifest
        return str(ParcelName(head.partner, head.epoch, head.sequence, Envelope.JOSE))


@dataclass
class Gateway:
    """A gateway's keys, its ledger's growth, and one partner's sequence."""

    name: str = GATEWAY
    at: Micros = NOW
    size: int = 100
    sequence: int = 0
    epoch: int = 1
    previous: str = ""
    keys: list[PinnedKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.owner = Owner(OwnerKind.GATEWAY, self.name)
        self.signer, manifest = signing_key(self.owner, Role.MANIFEST, self.at)
        self.notary, checkpoint = signing_key(self.owner, Role.CHECKPOINT, self.at)
        self.teller, statement = signing_key(self.owner, Role.STATEMENT, self.at)
        self.keys += [manifest, checkpoint, statement]

    def trust(self) -> bytes:
        """The trust file."""
        return write_trust(Trust(self.name, self.keys))

    def note(
        self,
        size: int,
        root: bytes = b"",
        signer: PrivateSigner | None = None,
        origin: str = "log",
    ) -> str:
        """A signed checkpoint; one size has one root unless a root is given."""
        head = root or hashlib.sha256(b"%d" % size).digest()
        body = Checkpoint(f"{self.name}/{origin}", size, head).body()
        return C2spNotes().sign(body, self.name, signer or self.notary)

    def parcel(self, kit: Kit, rows: Iterable[tuple[int, str]], /, **changes: Any) -> Made:
        """The next parcel of the sequence.

        `changes` are fields of the manifest; or `csv`, `salt`, `body`, `signature`, `plain`,
        `recipient`, `signer` in place of the right ones; `keep` leaves the sequence as it is.
        """
        made = self._make(kit, list(rows), changes)
        if not changes.get("keep"):
            self.size += 1
            self.sequence = made.manifest.sequence
            self.previous = digest(made.body)
        return made

    def _make(self, kit: Kit, entries: list[tuple[int, str]], changes: dict[str, Any]) -> Made:
        lines = [
            csv.SliceEntry(i, n, action, "penipuan", "sms", "2026-11-01", "pm-uji", "2027-11-01")
            for i, (n, action) in enumerate(entries, 1)
        ]
        data = changes.get("csv", csv.write(lines))
        salt = changes.get("salt", hashlib.sha256(b"salt %d" % self.sequence).digest())
        manifest = self._manifest(kit, lines, csv.write(lines) if "csv" in changes else data, salt)
        fields = {k: v for k, v in changes.items() if hasattr(manifest, k) and k not in _OWN}
        manifest = replace(manifest, **fields)
        body = changes.get("body", lambda b: b)(manifest.to_bytes())
        signer = changes.get("signer", self.signer)
        signature = changes.get(
            "signature", JoseSignatures().sign_detached(body, "manifest", signer)
        )
        plain = changes.get("plain", zipped.pack)(Contents(body, signature, data, salt))
        pin = changes.get("recipient") or seal_pin(kit)
        sealed = EnvelopeSealer().seal(plain, Envelope.JOSE, pin)
        return Made(manifest, body, sealed, data, salt)

    def _manifest(
        self, kit: Kit, lines: list[csv.SliceEntry], data: bytes, salt: bytes
    ) -> Manifest:
        voluntary = kit.identity.basis == "voluntary"
        blocks = sum(line.action in (csv.BLOCK, csv.LISTED) for line in lines)
        return Manifest(
            gateway=self.name,
            partner=kit.identity.id,
            epoch=self.epoch,
            sequence=self.sequence + 1,
            previous=self.previous,
            kind="delta",
            voids=(),
            delivery=DeliveryId(self.sequence + 1, kit.identity.id, self.epoch),
            basis="voluntary" if voluntary else "mandatory",
            consent=digest(b"a consent") if voluntary else "",
            test=kit.identity.card.test,
            block=blocks,
            unblock=len(lines) - blocks,
            entries=head(data, salt),
            released=self.at - HOUR,
            issued=self.at,
            respond_within="PT24H",
            checkpoint=self.note(self.size),
        )

    def says(self, word: Answer | Head, signer: PrivateSigner | None = None) -> bytes:
        """A signed answer or head."""
        payload = statements.to_bytes(word)
        return JoseSignatures().sign(payload, word.kind, signer or self.teller)

    def answer(
        self,
        kit: Kit,
        jws: bytes,
        reason: str = "",
        row: int = 0,
        signer: PrivateSigner | None = None,
        **changes: Any,
    ) -> bytes:
        """The answer to a statement of the kit: accepted, or refused for a reason."""
        word = Answer(
            self.name,
            kit.identity.id,
            self.at,
            digest(jws),
            "refused" if reason else "accepted",
            reason,
            row,
        )
        return self.says(replace(word, **changes), signer)

    def head(self, kit: Kit, signer: PrivateSigner | None = None, **changes: Any) -> bytes:
        """A head of the sequence as it is, good for a day; `changes` are its fields."""
        word = Head(
            self.name,
            kit.identity.id,
            self.at,
            self.epoch,
            self.sequence,
            self.previous,
            self.at + DAY,
            self.note(self.size),
        )
        return self.says(replace(word, **changes), signer)

    def read(self, kit: Kit, jws: bytes) -> Statement:
        """Verify a statement of the kit as the gateway does."""
        signed = JoseSignatures().open_statement(
            jws, kit.identity.owner, Role.STATEMENT, kit.identity.trust, self.at, self.name
        )
        return signed.statement


_OWN = ("csv", "salt", "body", "signature", "plain", "recipient", "signer", "keep")


def head(data: bytes, salt: bytes) -> EntriesHead:
    """What a manifest says of these entries."""
    root = csv.root(salt, data.partition(b"\n")[2].splitlines())
    return EntriesHead(len(data), csv.salted_digest(salt, data), root)


def void(made: Made) -> Void:
    """A parcel as a declared void."""
    return Void(made.manifest.sequence, digest(made.body))


def edited(**members: Any) -> Any:
    """A `body=` that changes members of the manifest's JSON before it is signed."""
    return lambda body: encode(decode(body, what="the manifest") | members)


def seal_pin(kit: Kit) -> PinnedKey:
    """The partner's seal key."""
    return kit.identity.trust.newest(kit.identity.owner, Role.SEAL, kit.clock.now())


def kinds(folder: Path) -> dict[str, list[bytes]]:
    """The statements in an outbox, by kind."""
    found: dict[str, list[bytes]] = {str(kind): [] for kind in Kind}
    for path in sorted(folder.glob("*.jws"), key=lambda path: path.stat().st_mtime_ns):
        data = path.read_bytes()
        found[str(statement_kind(data))].append(data)
    return found


@cache
def _certificate() -> str:
    """A CA's PEM, for cards that nobody connects by."""
    return trustme.CA().cert_pem.bytes().decode()


def make_kit(
    home: Path,
    gateway: Gateway,
    *,
    partner: str = PARTNER,
    kind: str = "operator",
    test: bool = True,
    channel: str = "https://localhost:8443/parcels",
    reply: str = "https://localhost:8443/replies",
    clock: FakeClock | None = None,
    given: dict[str, str] | None = None,
    **settings: str,
) -> Kit:
    """A kit that pinned this gateway. `settings`, and `given` by dotted names, are TOML values."""
    wanted = Wanted(
        id=partner,
        name="Mitra Uji",
        kind=kind,
        gateway=gateway.name,
        channel=channel,
        reply=channel if channel.startswith(("pull:", "dir:")) else reply,
        peer=_certificate() if channel.startswith("https:") else "",
        contacts=("uji@example.test",),
        test=test,
        days=365,
    )
    turned = clock or FakeClock(gateway.at)
    setup.init(home, wanted, settings | (given or {}), turned.now())
    pin(home, gateway.trust(), gateway.name, turned.now(), replace=False)
    return load_kit(home, turned, {})


__all__ = ["GATEWAY", "NOW", "PARTNER", "SECOND", "FakeClock", "Gateway", "Made", "make_kit"]
