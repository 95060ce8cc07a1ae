"""What the store keeps beside the aggregates: one frozen record a row, named as in design 1."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class GatewayState:
    """The gateway's own head: its name, the ledger's origin line, the running epoch (promise E)."""

    name: str
    origin: str
    epoch: int
    initialised_at: Micros


@dataclass(frozen=True, slots=True)
class ReferenceTable:
    """A dated table of facts (numbering plan, protected numbers, terms, ...) in one version.

    `digest` is that of the file it came from; every decision cites kind and version.
    """

    kind: str
    version: str
    source: str
    digest: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """One file of raw rows.

    `digest` recognises the same file; `rules` cites the tables that decided, `profile` the saved
    one of the source ("" where there was none). `sheets` are (name, letter of the number column,
    rows), `dropped` (sheet, letter, kind) of columns that may hold people, never a cell.
    `follows` is the intake whose rows this file corrects, `provenance` the digest of the signed
    parcel that it came in. It is `loading` until all rows are in (the last at `loaded_at`), then
    `ready`.
    """

    id: int
    source: str
    name: str
    digest: str
    added_at: Micros
    officer: str
    rules: str
    counts: tuple[tuple[str, int], ...] = ()
    kind: str = ""
    encoding: str = ""
    profile: str = ""
    sheets: tuple[tuple[str, str, int], ...] = ()
    dropped: tuple[tuple[str, str, str], ...] = ()
    follows: int | None = None
    provenance: str = ""
    state: str = "ready"
    loaded_at: Micros = 0


class IntakeRow(NamedTuple):
    """One decided row, in the store's column order. `number` is 0 unless the row was accepted.

    `row` is as a spreadsheet shows it; `raw` is the cell as it came; `rule` is a code of the closed
    list; `reason` is "" where it is the rule's own text. `evidence_type` is a code ("", screenshot,
    recording, caller-id, other). `refers` is the row that a repeat repeats; in an intake that
    follows another one, for all other rows, the position there of the row that it corrects; else 0.
    """

    row: int
    raw: str
    outcome: str
    number: int
    confidence: str
    route: str
    rule: str
    reason: str
    category: str
    channel: str
    evidence_ref: str
    evidence_date: str
    action: str
    test: bool
    sheet: str = ""
    evidence_type: str = ""
    refers: int = 0


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """A version of what is known of a source's files; `profile` is JSON, "" where it was removed.

    `officer` is the login of the machine that saved it: told, not proven.
    """

    source: str
    version: int
    profile: str
    officer: str
    at: Micros


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """An officer's signed word: the JWS as made, over `digest` of what was shown (promise I)."""

    act: str
    subject: str
    digest: str
    officer: str
    kid: str
    jws: bytes
    at: Micros


@dataclass(frozen=True, slots=True)
class Stream:
    """The head of a partner's sequence: the last one given in this epoch, and that manifest's
    digest.

    `voids` are sealed sequences that will never be delivered and are not yet declared (promise E).
    """

    partner: str
    epoch: int
    sequence: int
    previous: str
    voids: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ManifestRecord:
    """A signed manifest as made; `salt` is the slice's, kept until purge."""

    delivery: str
    partner: str
    epoch: int
    sequence: int
    digest: str
    body: bytes
    jws: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Sealing:
    """One numbered envelope around a manifest:

    the parcel's bytes, identical on every attempt (promise B).
    """

    delivery: str
    number: int
    parcel: bytes
    digest: str
    kid: str
    at: Micros


class SealedEntry(NamedTuple):
    """Which number an entry of a sealed slice is; statements name only the entry."""

    entry: int
    number: int
    unblock: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One numbered attempt. `outcome` is "" while in flight, else sent, published, unknown,
    not_sent, busy (not sent: the partner could not take it then) or refused.

    The hand-over's evidence is kept apart: when (our clock), the endpoint, the peer's key, its
    words.
    """

    delivery: str
    number: int
    sealing: int
    began_at: Micros
    consent: str
    outcome: str = ""
    ended_at: Micros | None = None
    endpoint: str = ""
    peer_fingerprint: str = ""
    remote_id: str = ""
    error: str = ""


class Recent(NamedTuple):
    """An attempt as the pace of a partner's channel is read from it; `due_at` is its delivery's."""

    attempt: Attempt
    due_at: Micros


class Traffic(NamedTuple):
    """What was begun for a partner since a moment: attempts, their bytes, when the first began."""

    parcels: int
    size: int
    first_at: Micros


class InboundState(StrEnum):
    """PENDING until judged; then ACCEPTED, REFUSED, or DUPLICATE of one seen before."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True)
class InboundRecord:
    """Bytes as received on a partner's channel; `id` is our own rising number, `digest` the
    statement's id."""

    id: int
    partner: str
    kind: str
    digest: str
    body: bytes
    received_at: Micros
    state: InboundState = InboundState.PENDING
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signed statement of the gateway for a partner: an answer or a head.

    `digest` is its id, `subject` the statement that it answers ("" for a head). `handed_at` is None
    until the channel took it; `due_at` is when it is tried (again), 0 when no more.
    """

    digest: str
    partner: str
    kind: str
    subject: str
    body: bytes
    made_at: Micros
    due_at: Micros
    tries: int = 0
    handed_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A verified acknowledgement.

    `counted` is False for one kept as a conflict or for an old sealing.
    """

    statement: str
    delivery: str
    result: str
    reason: str
    kid: str
    said_at: Micros
    received_at: Micros
    counted: bool
    late: bool


@dataclass(frozen=True, slots=True)
class ConfirmationRecord:
    """A verified confirmation's head; its rows are kept beside it. Two different ones of the same
    revision
    conflict: both are kept, neither counts (design 4)."""

    statement: str
    delivery: str
    revision: int
    kid: str
    said_at: Micros
    received_at: Micros
    conflict: bool


@dataclass(frozen=True, slots=True)
class NothingRecord:
    """A verified nothing-to-report: the partner's word on all parcels up to a sequence."""

    statement: str
    partner: str
    epoch: int
    sequence: int
    kid: str
    said_at: Micros
    received_at: Micros


class EntryOutcome(NamedTuple):
    """What counts for an entry: the row of the highest revision that is in no conflict."""

    entry: int
    disposition: str
    scope: str
    said_at: Micros
    revision: int
    statement: str


class OutcomeCount(NamedTuple):
    """How many entries of a delivery have this outcome."""

    unblock: bool
    disposition: str
    scope: str
    entries: int


@dataclass(frozen=True, slots=True)
class LedgerLeaf:
    """A leaf with its opening; `salt` and `event` are b"" where the opening was deleted."""

    index: int
    entry: bytes
    salt: bytes
    event: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint's signed note as made."""

    size: int
    note: str
    at: Micros
