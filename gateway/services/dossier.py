"""What an evidence bundle says, as values; the names of its members (docs/evidence.md).

A dossier is filled by the export from the store, or by the verifier from a file. Nothing in it is
verified: the checks do that (gateway/services/verifying.py).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from gateway.domain.canonical import Json, JsonObject
from gateway.domain.fetched import Fetched
from gateway.domain.ledger import Tag
from gateway.domain.records import Attempt
from gateway.domain.statements import Statement
from gateway.domain.times import Micros

if TYPE_CHECKING:
    from gateway.services.announced import Announced

BUNDLE = "bundle.json"
MANIFEST = "manifest.json"
MANIFEST_JWS = "manifest.json.jws"
REVIEW = "batch/review.json"
SUBMIT = "batch/submit.jws"
RELEASE = "batch/release.jws"
ENDORSE = "batch/endorse.jws"
CONSENT = "consent/consent.jws"
SEALINGS = "sealings.json"
ATTEMPTS = "attempts.json"
STATEMENTS = "statements.json"
SUMMARY = "summary.json"
KEYS = "keys.json"
ENTRIES = "slice/entries.csv"
SALT = "slice/slice.salt"
ENTRY = "entry.json"
CHECKPOINT = "ledger/checkpoint.note"
CONSISTENCY = "ledger/consistency.json"
TIMESTAMP = "ledger/timestamp.tsr"
COVER = "cover.html"
ANNOUNCED = "keys/announcements.json"

REQUIRED = (
    BUNDLE,
    MANIFEST,
    MANIFEST_JWS,
    REVIEW,
    SUBMIT,
    RELEASE,
    SEALINGS,
    ATTEMPTS,
    STATEMENTS,
    SUMMARY,
    KEYS,
    CHECKPOINT,
    CONSISTENCY,
)
OPTIONAL = (ENDORSE, CONSENT, ENTRIES, SALT, ENTRY, TIMESTAMP, COVER, ANNOUNCED)

HANDOVER_PROVES = (
    "A channel's hand-over is the gateway's record of what the channel answered. Without the "
    "partner's signed acknowledgement it proves that the gateway says it handed over, not that "
    "the partner has it."
)
"""Said in attempts.json: what is shown when no acknowledgement came."""


class Standing(StrEnum):
    """What became of a statement.

    NOT_COUNTED: a receipt that changed nothing (settled before, an old sealing, a negative after a
    positive). CONFLICT: a confirmation beside another one of its revision; neither counts.
    """

    COUNTED = "counted"
    NOT_COUNTED = "not-counted"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Head:
    """Which bundle this is; `entry` is 0 unless it tells one entry's story."""

    kind: Literal["delivery", "entry"]
    gateway: str
    partner: str
    delivery: str
    epoch: int
    sequence: int
    entry: int
    exported: Micros


@dataclass(frozen=True, slots=True)
class SealingFact:
    """One numbered sealing: the parcel's digest and the key that it was sealed to."""

    number: int
    parcel: str
    kid: str
    at: Micros


@dataclass(frozen=True, slots=True)
class StatementFact:
    """A statement as received, when (our clock), and the standing that the gateway gave it."""

    digest: str
    jws: bytes
    received: Micros
    standing: Standing
    reason: str
    statement: Statement | None


@dataclass(frozen=True, slots=True)
class FetchFact:
    """The listener's word that a parcel was fetched, as it was kept: the partner's own signed
    request stands in it."""

    digest: str
    body: bytes
    word: Fetched


@dataclass(frozen=True, slots=True)
class EntryProof:
    """One line of entries.csv with its leaf salt and its path to the manifest's root."""

    entry: int
    line: str
    salt: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A ledger leaf with its opening and its path to the checkpoint's root."""

    index: int
    salt: bytes
    event: bytes
    path: tuple[bytes, ...]
    tag: str
    at: Micros
    facts: JsonObject

    def says(self, tag: Tag, **facts: Json) -> bool:
        """Whether it is an event of this tag with these facts."""
        return self.tag == tag and all(self.facts.get(n) == value for n, value in facts.items())


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything of a bundle; bytes where bytes are signed or hashed, values elsewhere."""

    head: Head
    manifest: bytes
    manifest_jws: bytes
    review: bytes
    submit: bytes
    release: bytes
    consent: bytes
    sealings: tuple[SealingFact, ...]
    attempts: tuple[Attempt, ...]
    statements: tuple[StatementFact, ...]
    keys: bytes
    leaves: tuple[Leaf, ...]
    note: str
    consistency: tuple[bytes, ...]
    summary: JsonObject
    entries: bytes | None = None
    salt: bytes | None = None
    proof: EntryProof | None = None
    fetches: tuple[FetchFact, ...] = ()
    endorse: bytes = b""
    timestamp: bytes = b""
    cover: bytes = b""
    announced: "tuple[Announced, ...]" = ()
    others: tuple[str, ...] = field(default=())
