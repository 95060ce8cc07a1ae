"""A small honest partner in this process: opens parcels with keys/, answers with real signatures.

It keeps the rules of a receiver: verify, one manifest digest a sequence, the higher batch wins per
number, gaps are asked for. What its channel does (lose a reply, be down, refuse) a test chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.domain import entries as csv
from gateway.domain import fetched
from gateway.domain import parcel as zipped
from gateway.domain.canonical import digest
from gateway.domain.entries import SliceEntry
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.parties import Partner
from gateway.domain.statements import (
    About,
    Ack,
    Confirmation,
    ConfirmRow,
    Nothing,
    Reason,
    Request,
    Statement,
    to_bytes,
)
from gateway.domain.times import DAY, Micros, to_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.ports import (
    Adapter,
    HandOver,
    Inbound,
    InboundKind,
    Message,
    Parcel,
    ProbeReport,
    RefusedError,
    SendError,
)
from gateway.services.jws import payload_of
from keys import jwk
from keys.envelopes import open_sealed
from keys.files import Opener
from keys.generate import generate
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.raw import PrivateSigner

SIGNATURES = JoseSignatures()


@dataclass
class Opened:
    """A parcel that the peer opened and verified."""

    parcel: str
    manifest: Manifest
    entries: list[SliceEntry]
    data: bytes

    @property
    def about(self) -> About:
        m = self.manifest
        return About(m.epoch, m.sequence, self.parcel, m.digest())


@dataclass
class Peer:
    """One partner. `outbox` is its reply channel; `arrivals` every parcel that came, in order."""

    id: str
    gateway: str
    start: Micros
    now: Callable[[], Micros]
    trust: Callable[[], Trust]
    answers: bool = True  # acknowledge and confirm what it opened
    in_response: bool = False  # the answer comes with the response, else into the outbox
    outbox: dict[str, bytes] = field(default_factory=dict)
    arrivals: list[Parcel] = field(default_factory=list)
    opened: dict[int, Opened] = field(default_factory=dict)  # by sequence
    said: dict[int, bytes] = field(default_factory=dict)  # its confirmation of a sequence
    told: list[Message] = field(default_factory=list)  # the gateway's answers and heads
    blocked: dict[int, tuple[int, bool]] = field(default_factory=dict)  # number: batch, blocked
    faults: list[Exception] = field(default_factory=list)  # raised before the parcel is taken
    lost: list[Exception] = field(default_factory=list)  # raised after it was taken
    during: Callable[[], object] = lambda: None  # runs while a send is under way
    ready: list[Parcel] | None = None  # a list: parcels lie ready there until they are fetched
    deaf: list[Exception] = field(default_factory=list)  # raised instead of hearing a statement

    def __post_init__(self) -> None:
        self.owner = Owner(OwnerKind.PARTNER, self.id)
        self.signer, self.statement_pin = self.new_signer()
        self.openers: list[Opener] = []
        self.seal_pin = self.new_seal(self.start - DAY)
        self._count = 0

    def new_signer(self) -> tuple[PrivateSigner, PinnedKey]:
        key = generate(Algorithm.ED25519)
        signer = PrivateSigner(key)  # type: ignore[arg-type]  # an Ed25519 key signs
        pin = jwk.pinned_key(key.public_key(), self.owner, Role.STATEMENT, *self.window())
        return signer, pin

    def new_seal(self, since: Micros) -> PinnedKey:
        key = generate(Algorithm.ECDH_X25519)
        window = (since, self.start + 300 * DAY)
        pin = jwk.pinned_key(key.public_key(), self.owner, Role.SEAL, *window)
        self.openers.append(Opener(pin.kid, pin.alg, key))  # type: ignore[arg-type]  # X25519
        return pin

    def window(self) -> tuple[Micros, Micros]:
        return self.start - DAY, self.start + 300 * DAY

    # --- what it says ---------------------------------------------------------------------------

    def sign(self, statement: Statement, signer: PrivateSigner | None = None) -> bytes:
        return SIGNATURES.sign(to_bytes(statement), str(statement.kind), signer or self.signer)

    def say(self, statement: Statement | bytes) -> bytes:
        """Put a statement into the outbox."""
        body = statement if isinstance(statement, bytes) else self.sign(statement)
        self._count += 1
        self.outbox[f"{self._count:06d}.jws"] = body
        return body

    def ack(self, about: About, checkpoint: str = "") -> Ack:
        return Ack(self.id, self.gateway, self.now(), about, "positive", None, checkpoint)

    def nack(self, about: About, reason: Reason = Reason.MALFORMED) -> Ack:
        return Ack(self.id, self.gateway, self.now(), about, "negative", reason)

    def confirm(
        self, opened: Opened, rows: list[tuple[int, str, str]], revision: int = 1
    ) -> Confirmation:
        at = to_wire(self.now())
        return Confirmation(
            self.id,
            self.gateway,
            self.now(),
            opened.about,
            str(opened.manifest.delivery),
            revision,
            tuple(ConfirmRow(entry, code, scope, at) for entry, code, scope in rows),
        )

    def request(self, since: int, epoch: int = 1) -> Request:
        return Request(self.id, self.gateway, self.now(), epoch, since)

    def nothing(self, sequence: int, epoch: int = 1) -> Nothing:
        return Nothing(self.id, self.gateway, self.now(), epoch, sequence)

    def change_signer(self) -> PinnedKey:
        """A new statement key, with which it says again from now on what it had said before."""
        self.signer, self.statement_pin = self.new_signer()
        for sequence, body in self.said.items():
            self.said[sequence] = SIGNATURES.sign(payload_of(body), "confirm", self.signer)
        return self.statement_pin

    def change_seal(self) -> PinnedKey:
        """A new sealing key; the old ones still open what was sealed to them."""
        self.seal_pin = self.new_seal(self.now())
        return self.seal_pin

    def drop(self, kind: str, body: bytes) -> bytes:
        """Put a word of the channel itself into the outbox: `fetched` or `bounce`."""
        self._count += 1
        self.outbox[f"{self._count:06d}.{kind}"] = body
        return body

    def fetch(self, *, signed: bool = True, index: int = 0) -> bytes:
        """Take a parcel that lies ready; the listener tells of it, with the signed request."""
        assert self.ready is not None
        parcel = self.ready.pop(index)
        request = self.sign(self.request(1)).decode() if signed else ""
        word = fetched.to_bytes(fetched.Fetched(parcel.digest, self.now(), request))
        self.drop("fetched", word)
        self.take(parcel)
        return word

    # --- what it does with a parcel -------------------------------------------------------------

    def take(self, parcel: Parcel) -> bytes | None:
        """Receive the bytes; the answer, where it comes with the response."""
        self.arrivals.append(parcel)
        if not self.answers:
            return None
        opened = self.open(parcel)
        sequence = opened.manifest.sequence
        if sequence not in self.opened:
            self.opened[sequence] = opened
            self.said[sequence] = self.sign(self.confirm(opened, self.enforce(opened)))
        receipt = self.sign(self.ack(opened.about, digest(opened.manifest.checkpoint.encode())))
        if not self.in_response:
            self.say(receipt)
        self.say(self.said[sequence])  # the same word for the same parcel, however often it comes
        return receipt if self.in_response else None

    def open(self, parcel: Parcel) -> Opened:
        """Every check of a receiver. Raises NotVerified."""
        envelope, plain = open_sealed(parcel.data, KeyOpeners(*self.openers), set(Envelope))
        contents = zipped.unpack(plain, envelope)
        trust = self.trust()
        owner = Owner(OwnerKind.GATEWAY, self.gateway)
        SIGNATURES.verify_detached(
            contents.signature,
            contents.manifest,
            "manifest",
            owner,
            Role.MANIFEST,
            trust,
            self.now(),
        )
        manifest = read_manifest(contents.manifest)
        if manifest.partner != self.id:
            raise NotVerified("wrong-partner")
        head = manifest.entries
        lines = csv.data_lines(contents.entries)
        if csv.salted_digest(contents.salt, contents.entries) != head.digest:
            raise NotVerified("bad-digest")
        if csv.root(contents.salt, lines) != head.root or len(lines) != manifest.count:
            raise NotVerified("bad-digest", "tree or count")
        known = self.opened.get(manifest.sequence)
        if known is not None and known.manifest.digest() != manifest.digest():
            raise NotVerified("sequence-conflict")
        return Opened(digest(parcel.data), manifest, csv.read(contents.entries), contents.entries)

    def enforce(self, opened: Opened) -> list[tuple[int, str, str]]:
        """Per number the higher batch wins; what came too late is superseded."""
        rows: list[tuple[int, str, str]] = []
        for entry in opened.entries:
            block = entry.action in (csv.BLOCK, csv.LISTED)
            batch, before = self.blocked.get(entry.number, (0, False))
            if batch > opened.manifest.batch:
                rows.append((entry.entry, "superseded", ""))
                continue
            self.blocked[entry.number] = (opened.manifest.batch, block)
            if block:
                rows.append((entry.entry, "diblokir_total", "total"))
            else:
                rows.append((entry.entry, "dibuka" if before else "sudah_terbuka", ""))
        return rows

    def is_blocked(self, number: int) -> bool:
        return self.blocked.get(number, (0, False))[1]


class PeerAdapter:
    """The channel to a peer, under the adapter contract."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        peer = self._peer
        peer.during()
        if peer.faults:
            raise peer.faults.pop(0)
        if peer.ready is not None:
            peer.ready.append(parcel)
            if peer.lost:
                raise peer.lost.pop(0)
            return HandOver(peer.now(), f"ready:{peer.id}", "", delivery_id, confirmed=False)
        reply = peer.take(parcel)
        if peer.lost:
            raise peer.lost.pop(0)
        return HandOver(peer.now(), f"peer:{peer.id}", "SHA256:peer", delivery_id, reply)

    def say(self, message: Message) -> HandOver:
        if self._peer.deaf:
            raise self._peer.deaf.pop(0)
        self._peer.told.append(message)
        return HandOver(self._peer.now(), f"peer:{self._peer.id}", "SHA256:peer", message.name)

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        names = sorted(self._peer.outbox)
        for name in names:
            body = self._peer.outbox.get(name)
            if body is None:
                continue
            kind: InboundKind = "fetched" if name.endswith(".fetched") else "statement"
            kind = "bounce" if name.endswith(".bounce") else kind
            keep(Inbound(kind, body, name))
            self._peer.outbox.pop(name, None)  # another worker may have taken it too
        return len(names)

    def probe(self) -> ProbeReport:
        return ProbeReport(f"peer:{self._peer.id}", "peer", "SHA256:peer", ())


class PeerChannels:
    """Opens the channel of a partner of scheme peer:."""

    def __init__(self, peers: dict[str, Peer]) -> None:
        self._peers = peers

    @contextmanager
    def open(self, partner: Partner) -> Iterator[Adapter]:
        if partner.channel.partition(":")[0] not in ("peer", "pull", "dir"):
            raise InputError(f"partner {partner.id}: no adapter for this channel")
        yield PeerAdapter(self._peers[partner.id])


def lost_reply() -> SendError:
    return SendError("the connection ended before an answer came", "unknown")


def down() -> SendError:
    return SendError("connection refused", "no")


def refused() -> RefusedError:
    return RefusedError("the partner answered 422")
