"""What statements say: one frozen dataclass a kind."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from gateway.domain.canonical import JsonObject
from gateway.domain.times import Micros


class Kind(StrEnum):
    """The closed list of statement kinds; also the middle of the JWS header `typ`."""

    ACK = "ack"
    CONFIRM = "confirm"
    REQUEST = "request"
    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"
    CARD = "card"
    APPROVAL = "approval"
    NOTHING = "nothing-to-report"
    ANSWER = "answer"
    HEAD = "head"


def header_typ(kind: str) -> str:
    """The JWS header `typ` of a document kind; explicit typing keeps one from passing as another
    (RFC 8725 3.11)."""
    return f"palang-{kind}+jws"


@dataclass(frozen=True, slots=True)
class About:
    """Which parcel a statement is about.

    `manifest` is "" in a negative whose manifest could not be read.
    """

    epoch: int
    sequence: int
    parcel: str
    manifest: str


class Reason(StrEnum):
    """Why a partner refuses a parcel; the closed list of negative acknowledgements."""

    CANT_OPEN = "cant-open"
    BAD_SIGNATURE = "bad-signature"
    BAD_DIGEST = "bad-digest"
    WRONG_PARTNER = "wrong-partner"
    OLD_EPOCH = "old-epoch"
    SEQUENCE_CONFLICT = "sequence-conflict"
    TEST_MISMATCH = "test-mismatch"
    MALFORMED = "malformed"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Ack:
    """The partner's receipt:

    opened, verified and durably stored; `checkpoint` echoes the note's digest.
    """

    iss: str
    aud: str
    at: Micros
    about: About
    result: Literal["positive", "negative"]
    reason: Reason | None = None
    checkpoint: str = ""
    kind: Kind = Kind.ACK


class ConfirmRow(NamedTuple):
    """The partner's outcome for one entry; `at` is the partner's word, a wire time."""

    entry: int
    disposition: str
    scope: str
    at: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Outcomes of entries; partial ones and later revisions are normal.

    `revision` rises per delivery from 1.
    """

    iss: str
    aud: str
    at: Micros
    about: About
    delivery: str
    revision: int
    rows: tuple[ConfirmRow, ...]
    kind: Kind = Kind.CONFIRM


@dataclass(frozen=True, slots=True)
class Request:
    """The partner asks for parcels again, from sequence `since` on (the member is named `from`)."""

    iss: str
    aud: str
    at: Micros
    epoch: int
    since: int
    kind: Kind = Kind.REQUEST


Answers = Literal["none", "aggregate", "per-entry"]


@dataclass(frozen=True, slots=True)
class Consent:
    """An OTT's agreement with its whole scope (design 1). `until` is when it ends by itself."""

    iss: str
    aud: str
    at: Micros
    since: Micros
    until: Micros
    categories: tuple[str, ...]
    channels: tuple[str, ...]
    origins: tuple[str, ...]
    fields: tuple[str, ...]
    most: int
    period: str
    purpose: str
    retention: str
    target: str
    answers: Answers = "none"
    kind: Kind = Kind.CONSENT


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The end of the consent with this digest, whatever its term."""

    iss: str
    aud: str
    at: Micros
    consent: str
    kind: Kind = Kind.WITHDRAWAL


@dataclass(frozen=True, slots=True)
class Card:
    """Who a partner is and how to reach it: name, keys, envelopes, channel.

    `keys` are trust.json key objects. `capabilities` are what it does without a person, of
    CAPABILITIES; `consent` is the signed consent of an OTT (compact JWS), "" where it follows. The
    gateway's own card has the kind `gateway` and is addressed to itself: it is for every partner.
    """

    iss: str
    aud: str
    at: Micros
    name: str
    partner_kind: str
    contacts: tuple[str, ...]
    envelopes: tuple[str, ...]
    channel: str
    reply: str
    peer: str
    test: bool
    keys: tuple[JsonObject, ...]
    capabilities: tuple[str, ...] = ()
    consent: str = ""
    kind: Kind = Kind.CARD


@dataclass(frozen=True, slots=True)
class Approval:
    """An officer's word over the digest of what was shown: `act` on `subject` (promise I)."""

    iss: str
    aud: str
    at: Micros
    act: str
    subject: str
    digest: str
    kind: Kind = Kind.APPROVAL


@dataclass(frozen=True, slots=True)
class Nothing:
    """The partner says that up to this sequence it has nothing more to report now."""

    iss: str
    aud: str
    at: Micros
    epoch: int
    sequence: int
    kind: Kind = Kind.NOTHING


@dataclass(frozen=True, slots=True)
class Answer:
    """The gateway's word on a partner's statement (design 3).

    `statement` is its digest. A refusal has a reason, and the row where one row was at fault (0
    where none was). An accepted one may carry a note in `reason`.
    """

    iss: str
    aud: str
    at: Micros
    statement: str
    result: Literal["accepted", "refused"]
    reason: str = ""
    row: int = 0
    kind: Kind = Kind.ANSWER


@dataclass(frozen=True, slots=True)
class Link:
    """That a checkpoint's tree begins with the first `old` leaves of an older one: an RFC 9162
    consistency proof, its hashes in base64."""

    old: int
    hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a partner's sequence stands, said anew on a rhythm (design 3, threats.md D3).

    `manifest` is the digest of the latest one, "" before the first; after `until` the partner must
    take the gateway for silent. `checkpoint` is the ledger's latest signed note. `keys` are the
    gateway's new keys, each with two officers' words: `{"key": {...}, "approvals": [jws, jws]}`.
    `links` lead from checkpoints that the partner was shown before to this one.
    """

    iss: str
    aud: str
    at: Micros
    epoch: int
    sequence: int
    manifest: str
    until: Micros
    checkpoint: str = ""
    keys: tuple[JsonObject, ...] = ()
    links: tuple[Link, ...] | None = None
    kind: Kind = Kind.HEAD


Statement = (
    Ack | Confirmation | Request | Consent | Withdrawal | Card | Approval | Nothing | Answer | Head
)

ORIGINS = ("domestic", "foreign")
OPTIONAL_FIELDS = ("category", "channel", "evidence_date", "basis", "review_date")
PARTNER_KINDS = ("operator", "ott", "source")
GATEWAY_KIND = "gateway"
CAPABILITIES = ("acknowledge", "refuse", "confirm", "repeat", "request", "rotate")
"""What a partner may do without a person: acknowledge a parcel, refuse a bad one, confirm per
entry, answer a repeated parcel anew, ask for what it missed, open with an old and a new key."""
