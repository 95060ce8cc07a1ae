"""What the use cases need of the world, as Protocols, and the errors that cross (design 2 and 6).

Rows cross in chunks of tuples with one named column order; frozen dataclasses are for aggregates.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.domain.batch import Batch, Entry
from gateway.domain.consent import ConsentRecord
from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import PalangError
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.ledger import LedgerEvent
from gateway.domain.parties import Officer, Partner
from gateway.domain.records import (
    ApprovalRecord,
    Attempt,
    ConfirmationRecord,
    EntryOutcome,
    GatewayState,
    InboundRecord,
    Intake,
    IntakeRow,
    LedgerLeaf,
    ManifestRecord,
    OutcomeCount,
    Receipt,
    ReferenceTable,
    SealedEntry,
    Sealing,
    SignedCheckpoint,
    Stream,
)
from gateway.domain.statements import ConfirmRow, Kind, Statement
from gateway.domain.times import Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role, Trust


class Clock(Protocol):
    """The gateway's time."""

    def now(self) -> Micros:
        """Microseconds since 1970-01-01 UTC."""
        ...


# --- keys ---------------------------------------------------------------------------------------


class Signer(Protocol):
    """One private signing key, wherever it lives."""

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        ...

    @property
    def alg(self) -> Algorithm:
        """Ed25519 or ES256."""
        ...

    @property
    def public(self) -> str:
        """The public key as pinned: a JWK as canonical JSON text."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The raw signature as JWS carries it (RFC 8037; RFC 7518 3.4 for ES256)."""
        ...


class Keyring(Protocol):
    """The gateway's own private keys; unlocked unattended in the worker only."""

    def signer(self, role: Role, at: Micros) -> Signer:
        """The newest valid key of that role. Raises NotVerified("no-key")."""
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A verified statement: who signed it with which key, and what it says."""

    key: PinnedKey
    kind: Kind
    statement: Statement


class Signatures(Protocol):
    """JWS over exact bytes (RFC 7515). Everything wrong is NotVerified, with its reason."""

    def sign(self, payload: bytes, kind: str, signer: Signer) -> bytes:
        """Compact JWS with header typ, alg and kid."""
        ...

    def sign_detached(self, payload: bytes, kind: str, signer: Signer) -> bytes:
        """Compact JWS with an empty payload part (RFC 7515 appendix F)."""
        ...

    def verify(
        self, jws: bytes, kind: str, owner: Owner, role: Role, trust: Trust, at: Micros
    ) -> tuple[bytes, PinnedKey]:
        """Payload and key, if this owner signed it in this role with a key valid at `at`."""
        ...

    def verify_detached(
        self,
        jws: bytes,
        payload: bytes,
        kind: str,
        owner: Owner,
        role: Role,
        trust: Trust,
        at: Micros,
    ) -> PinnedKey:
        """The key, if the detached signature holds over `payload`."""
        ...

    def open_statement(
        self, jws: bytes, owner: Owner, role: Role, trust: Trust, at: Micros, audience: str
    ) -> Signed:
        """Verify and read a statement of any kind; `iss` must be the owner and `aud` the
        audience."""
        ...


class Notes(Protocol):
    """C2SP signed notes for checkpoints."""

    def sign(self, body: str, name: str, signer: Signer) -> str:
        """The signed note."""
        ...

    def verify(
        self, note: str, name: str, owner: Owner, trust: Trust, at: Micros
    ) -> tuple[str, PinnedKey]:
        """Body and key. Raises NotVerified. The key's role must be checkpoint."""
        ...


class Sealer(Protocol):
    """Encryption of a parcel to one recipient (design 3)."""

    def seal(self, plaintext: bytes, envelope: Envelope, recipient: PinnedKey) -> bytes:
        """The sealed parcel. Raises NotVerified where the key can't be used for it."""
        ...


# --- channels -----------------------------------------------------------------------------------


class SendError(PalangError):
    """A channel could not hand over.

    `handed_over` is "no" when it surely did not arrive, "unknown" when it may have (a lost reply).
    `alert` marks a wrong host key, TLS or login failure: a person must look.
    """

    def __init__(
        self,
        message: str,
        handed_over: Literal["no", "unknown"],
        *,
        alert: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.handed_over = handed_over
        self.alert = alert


class RefusedError(SendError):
    """The partner said no: stop trying, a person must look."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, "no", alert=True, hint=hint)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What an adapter carries: sealed bytes under a name. It never sees keys, rows or numbers."""

    name: ParcelName
    data: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """The channel's evidence that it took the parcel; `reply` are bytes that came back with it."""

    at: Micros
    endpoint: str
    peer_fingerprint: str
    remote_id: str
    reply: bytes | None = None


InboundKind = Literal["statement", "parcel", "bounce", "fetched"]


@dataclass(frozen=True, slots=True)
class Inbound:
    """Bytes that came from a partner's channel; `kind` is fetched for a pull (design 6)."""

    kind: InboundKind
    data: bytes
    remote_id: str


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a probe found, for a person: each check by name, whether it held, and what to do."""

    endpoint: str
    server: str
    peer_fingerprint: str
    checks: tuple[tuple[str, bool, str], ...]

    @property
    def good(self) -> bool:
        """Whether every check held."""
        return all(held for _name, held, _advice in self.checks)


class Adapter(Protocol):
    """One channel to one partner.

    Safe to repeat with the same id; raises only SendError (design 6).
    """

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """Hand the parcel over whole or not at all."""
        ...

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """Fetch what lies ready; keep() commits, only then is the item removed.

        Returns how many.
        """
        ...

    def probe(self) -> ProbeReport:
        """Try name, identity, login and access without changing anything that lasts."""
        ...


class Channels(Protocol):
    """Partners change while running, so a channel is opened anew each time."""

    def open(self, partner: Partner) -> AbstractContextManager[Adapter]:
        """The adapter of the partner's URI scheme. Raises InputError for an unknown scheme."""
        ...


class TransportSecrets(Protocol):
    """What an adapter needs to log in; content keys are never among it (design 6)."""

    def ssh_key(self, partner: str) -> bytes:
        """The gateway's SSH private key for this partner, OpenSSH or PEM form, decrypted in
        memory."""
        ...


# --- store --------------------------------------------------------------------------------------

Aggregate = (
    Delivery
    | Batch
    | Partner
    | Officer
    | PinnedKey
    | ConsentRecord
    | GatewayState
    | ReferenceTable
    | ManifestRecord
    | Sealing
    | Attempt
    | ApprovalRecord
    | Receipt
)
"""What `UnitOfWork.save` takes; each is written whole, inserted or updated by its key."""


class Registry(Protocol):
    """Who and by what rules: gateway, officers, partners, keys, consents, dated tables."""

    def gateway(self) -> GatewayState:
        """Raises NotFound before `palang init`."""
        ...

    def trust(self) -> Trust:
        """All pinned public keys."""
        ...

    def officer(self, officer: str) -> Officer:
        """Raises NotFound."""
        ...

    def officers(self) -> tuple[Officer, ...]:
        """All, by id."""
        ...

    def partner(self, partner: str) -> Partner:
        """Raises NotFound."""
        ...

    def partners(self) -> tuple[Partner, ...]:
        """All, by id."""
        ...

    def consents(self, partner: str) -> tuple[ConsentRecord, ...]:
        """All that were ever given, oldest first."""
        ...

    def reference(self, kind: str) -> ReferenceTable:
        """The version that rules now. Raises NotFound."""
        ...

    def approvals(self, subject: str) -> tuple[ApprovalRecord, ...]:
        """All over a subject (`batch:7`, `partner:opr-uji-a`, `officer:siti`), oldest first."""
        ...


class Lists(Protocol):
    """Intakes, batches and their entries."""

    def intake_by_digest(self, digest: str) -> Intake | None:
        """The intake of the same file, if there was one."""
        ...

    def add_intake(self, intake: Intake, rows: Iterable[IntakeRow], event: LedgerEvent) -> int:
        """Store a decided file with all its rows; returns its id.

        One ledger leaf over its digest.
        """
        ...

    def intakes(self) -> tuple[Intake, ...]:
        """All, newest first."""
        ...

    def intake_rows(self, intake: int, outcome: str = "") -> Iterator[IntakeRow]:
        """The rows of an intake in order, all or of one outcome."""
        ...

    def next_batch(self) -> int:
        """The next batch number; it only rises."""
        ...

    def batch(self, batch: int) -> Batch:
        """Raises NotFound."""
        ...

    def batches(self) -> tuple[Batch, ...]:
        """All, newest first."""
        ...

    def put_entries(self, batch: int, entries: Iterable[Entry]) -> int:
        """Add entries to a PREPARED batch; a number that is there already is left.

        Returns how many were new.
        """
        ...

    def entries(self, batch: int) -> list[Entry]:
        """The entries in the order of their numbers."""
        ...

    def released_before(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of these numbers, those in a released batch, with the action of the latest ("sudah pernah
        dikirim")."""
        ...


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a listing wants; empty members do not filter."""

    batch: int = 0
    partner: str = ""
    states: tuple[State, ...] = ()


class Deliveries(Protocol):
    """Deliveries, their manifests, sealings, attempts and streams."""

    def delivery(self, delivery: str) -> Delivery:
        """For update: locked against others until this unit ends. Raises NotFound."""
        ...

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """By batch and partner."""
        ...

    def due(self, at: Micros, limit: int) -> tuple[Delivery, ...]:
        """QUEUED and due, lanes first, then batch order; those that another worker holds are
        skipped."""
        ...

    def claim(self, delivery: Delivery, until: Micros) -> Delivery:
        """Take the lease: fence + 1. Raises Conflict where another worker holds it."""
        ...

    def holds(self, delivery: str, fence: int, at: Micros) -> bool:
        """Whether the lease of that fence still runs; asked again right before sending."""
        ...

    def lapsed(self, at: Micros) -> tuple[Delivery, ...]:
        """With an attempt that began and has not ended, under a lease that did: the worker died,
        the
        outcome is unknown. Whatever the state: a receipt may have moved it meanwhile."""
        ...

    def unsealed(self, partner: str) -> tuple[Delivery, ...]:
        """QUEUED without a sequence, in batch order; sealed in this order (promise E)."""
        ...

    def in_flight(self, partner: str) -> int:
        """How many attempts of the partner have begun and not ended (outcome "")."""
        ...

    def stream(self, partner: str, epoch: int) -> Stream:
        """The head of its sequence in this epoch; sequence 0 where none was given."""
        ...

    def advance(self, before: Stream, after: Stream) -> None:
        """Move the head, compare and swap. Raises Conflict where another worker moved it."""
        ...

    def manifest(self, delivery: str) -> ManifestRecord | None:
        """The manifest, once sealed."""
        ...

    def delivery_of_sequence(self, partner: str, epoch: int, sequence: int) -> str | None:
        """Which delivery took this sequence."""
        ...

    def sealing(self, delivery: str, number: int) -> Sealing:
        """Raises NotFound."""
        ...

    def sealing_of_parcel(self, partner: str, digest: str) -> tuple[str, int] | None:
        """Delivery id and sealing number of a parcel that was sealed for this partner."""
        ...

    def put_slice(self, delivery: str, entries: Iterable[SealedEntry]) -> None:
        """Which number each entry is; written once, with the manifest."""
        ...

    def slice(self, delivery: str) -> list[SealedEntry]:
        """In entry order; empty before sealing."""
        ...

    def sealed_numbers(self, partner: str, numbers: Sequence[int]) -> frozenset[int]:
        """Of these numbers, those ever sealed for the partner as a block."""
        ...

    def blocks_sealed_since(self, partner: str, since: Micros) -> int:
        """How many block entries were sealed for the partner since then (a consent's maximum)."""
        ...

    def overtaken(self, delivery: str) -> frozenset[int]:
        """Entry numbers whose number stands in a later released batch (an order overtaken)."""
        ...

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """In order."""
        ...

    def deliveries_of_number(self, number: int) -> tuple[tuple[str, int], ...]:
        """Delivery id and entry for every sealed slice that holds the number."""
        ...


class Inbox(Protocol):
    """What came from partners, and what of it counts."""

    def keep(self, record: InboundRecord, event: LedgerEvent) -> InboundRecord:
        """Store received bytes; returns the record with its id."""
        ...

    def pending(self, limit: int) -> tuple[InboundRecord, ...]:
        """Not yet judged, oldest first."""
        ...

    def inbound(self, inbound: int) -> InboundRecord:
        """Raises NotFound."""
        ...

    def judge(self, record: InboundRecord, event: LedgerEvent | None) -> None:
        """Record state and reason of a kept item.

        A duplicate writes no leaf, so event may be None.
        """
        ...

    def seen(self, partner: str, digest: str, before: int) -> InboundRecord | None:
        """An earlier item with the same bytes that was accepted (a replay has no effect)."""
        ...

    def inbound_by_digest(self, digest: str) -> InboundRecord:
        """The bytes of a statement by its id. Raises NotFound."""
        ...

    def listing(self, partner: str, states: tuple[str, ...]) -> tuple[InboundRecord, ...]:
        """Kept items, newest first; empty arguments do not filter."""
        ...

    def receipts(self, delivery: str) -> tuple[Receipt, ...]:
        """In order of arrival."""
        ...

    def add_confirmation(
        self, record: ConfirmationRecord, rows: Sequence[ConfirmRow], event: LedgerEvent
    ) -> None:
        """Store head and rows.

        Where it is marked as a conflict, the earlier one of its revision gets the mark.
        """
        ...

    def confirmations(self, delivery: str) -> tuple[ConfirmationRecord, ...]:
        """By revision."""
        ...

    def outcomes(self, delivery: str, entry: int = 0) -> list[EntryOutcome]:
        """What counts for each answered entry, or for one, by entry."""
        ...

    def outcome_counts(self, delivery: str) -> tuple[OutcomeCount, ...]:
        """What counts, in totals; entries without a counted outcome are not in it."""
        ...


class Log(Protocol):
    """The ledger as stored."""

    def size(self) -> int:
        """How many leaves are committed."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """The hash of a full subtree; for roots and proofs (gateway/domain/merkle.py)."""
        ...

    def leaf(self, index: int) -> LedgerLeaf:
        """Raises NotFound."""
        ...

    def leaves(self, begin: int, end: int) -> Iterator[LedgerLeaf]:
        """In order."""
        ...

    def find(self, digest: str) -> tuple[int, ...]:
        """Indexes of the leaves whose event names this digest (a statement, manifest, parcel,
        review)."""
        ...

    def put_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a signed checkpoint; it changes no state, so it has no leaf."""
        ...

    def latest_checkpoint(self) -> SignedCheckpoint | None:
        """The one of the greatest size."""
        ...


class UnitOfWork(AbstractContextManager["UnitOfWork"], Protocol):
    """One transaction. Leaving the block without commit() rolls everything back.

    Events collected by save(), note() and the repositories are appended to the ledger inside
    commit(), with the head row locked last; if that fails nothing happened (promise D).
    """

    @property
    def registry(self) -> Registry:
        """Who and by what rules."""
        ...

    @property
    def lists(self) -> Lists:
        """Intakes and batches."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Deliveries and what was sealed."""
        ...

    @property
    def inbox(self) -> Inbox:
        """What came back."""
        ...

    @property
    def log(self) -> Log:
        """The ledger."""
        ...

    def save(self, aggregate: Aggregate, event: LedgerEvent) -> None:
        """Write the aggregate whole, with its event, in this transaction.

        One event object given with several aggregates (a sealing and its delivery) is one leaf.
        A Delivery is written only where its fence is still the stored one, else Conflict.
        """
        ...

    def note(self, event: LedgerEvent) -> None:
        """An event that changes no row (an export, a refusal)."""
        ...

    def commit(self, step: str) -> None:
        """Make it durable. `step` names the fail-points `before:<step>` and `after:<step>`.

        Raises LedgerUnavailable where the ledger can't be written.
        """
        ...


class Store(Protocol):
    """Opens units of work."""

    def read(self) -> UnitOfWork:
        """A consistent view; commit() is refused."""
        ...

    def write(self) -> UnitOfWork:
        """A writer from its first statement (SQLite: BEGIN IMMEDIATE)."""
        ...


class HighWater(Protocol):
    """The file outside the database that no restored backup may fall behind (promise E)."""

    def check(self, epoch: int, ledger: int, streams: Iterable[Stream]) -> None:
        """Raises Conflict where the database lies behind the file:

        open a new epoch by two people.
        """
        ...

    def raise_to(self, epoch: int, ledger: int, stream: Stream) -> None:
        """Record what is about to leave the house; durable before it does."""
        ...
