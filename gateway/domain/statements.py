"""Statements: signed JSON documents that are not parcels (design 8).

They never contain a phone number: they refer to entry numbers of a manifest (promise H). All share
`v, typ, iss, aud, at`; those about a parcel add `epoch, sequence, parcel, manifest`. A statement's
id is the digest of its signed bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from gateway.domain import dispositions, fields
from gateway.domain.canonical import Json, JsonObject, decode, encode
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros, duration, from_wire, to_wire


class Kind(StrEnum):
    """The closed list of statement kinds; also the middle of the JWS header `typ`."""

    ACK = "ack"
    CONFIRM = "confirm"
    REQUEST = "request"
    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"
    CARD = "card"
    APPROVAL = "approval"


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
    """Who a partner is and how to reach it:

    name, keys, envelopes, channel. `keys` are trust.json key objects.
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


Statement = Ack | Confirmation | Request | Consent | Withdrawal | Card | Approval

ORIGINS = ("domestic", "foreign")
OPTIONAL_FIELDS = ("category", "channel", "evidence_date", "basis", "review_date")
PARTNER_KINDS = ("operator", "ott", "source")


def to_bytes(statement: Statement) -> bytes:
    """The payload that gets signed."""
    document: JsonObject = {
        "v": 1,
        "typ": str(statement.kind),
        "iss": statement.iss,
        "aud": statement.aud,
        "at": to_wire(statement.at),
    }
    return encode(document | _body(statement))


def _body(statement: Statement) -> JsonObject:
    match statement:
        case Ack():
            return _ack_body(statement)
        case Confirmation():
            rows = [list(row) for row in statement.rows]
            about = _about_body(statement.about)
            return about | {
                "delivery": statement.delivery,
                "revision": statement.revision,
                "rows": rows,
            }
        case Request():
            return {"epoch": statement.epoch, "from": statement.since}
        case Consent():
            return _consent_body(statement)
        case Withdrawal():
            return {"consent": statement.consent}
        case Card():
            return _card_body(statement)
        case Approval():
            return {
                "act": statement.act,
                "subject": statement.subject,
                "digest": statement.digest,
            }


def _about_body(about: About) -> JsonObject:
    if not about.manifest:
        return {"parcel": about.parcel}
    return {
        "epoch": about.epoch,
        "sequence": about.sequence,
        "parcel": about.parcel,
        "manifest": about.manifest,
    }


def _ack_body(ack: Ack) -> JsonObject:
    body = _about_body(ack.about) | {"result": ack.result}
    if ack.reason is not None:
        body["reason"] = str(ack.reason)
    if ack.checkpoint:
        body["checkpoint"] = ack.checkpoint
    return body


def _consent_body(consent: Consent) -> JsonObject:
    return {
        "from": to_wire(consent.since),
        "until": to_wire(consent.until),
        "categories": list(consent.categories),
        "channels": list(consent.channels),
        "origins": list(consent.origins),
        "fields": list(consent.fields),
        "maximum": {"entries": consent.most, "period": consent.period},
        "purpose": consent.purpose,
        "retention": consent.retention,
        "target": consent.target,
        "answers": consent.answers,
    }


def _card_body(card: Card) -> JsonObject:
    return {
        "name": card.name,
        "kind": card.partner_kind,
        "contacts": list(card.contacts),
        "envelopes": list(card.envelopes),
        "channel": card.channel,
        "reply": card.reply,
        "peer": card.peer,
        "test": card.test,
        "keys": list(card.keys),
    }


def read(payload: bytes, expected: Kind) -> Statement:
    """Read a verified payload strictly, as the kind that its JWS header named.

    Raises NotVerified: malformed, version, wrong-typ (header and body disagree), disposition.
    """
    document = decode(payload, what=f"the {expected} statement")
    fields.version(document)
    if document.get("typ") != str(expected):
        raise NotVerified("wrong-typ", f"the header says {expected}, the statement says otherwise")
    head = _Head(
        iss=fields.text(document, "iss", most=64),
        aud=fields.text(document, "aud", most=64),
        at=fields.moment(document, "at"),
    )
    return _READERS[expected](document, head)


class _Head(NamedTuple):
    iss: str
    aud: str
    at: Micros


def _read_about(document: JsonObject) -> About:
    parcel = fields.sha256(document, "parcel")
    if "manifest" not in document:
        return About(0, 0, parcel, "")
    return About(
        epoch=fields.whole(document, "epoch", least=1),
        sequence=fields.whole(document, "sequence", least=1),
        parcel=parcel,
        manifest=fields.sha256(document, "manifest"),
    )


def _read_ack(document: JsonObject, head: _Head) -> Ack:
    about = _read_about(document)
    checkpoint = fields.optional_sha256(document, "checkpoint")
    if fields.one_of(document, "result", ("positive", "negative")) == "positive":
        if not about.manifest:
            raise NotVerified("malformed", "a positive acknowledgement names its manifest")
        return Ack(*head, about, "positive", None, checkpoint)
    reason = Reason(fields.one_of(document, "reason", tuple(Reason)))
    return Ack(*head, about, "negative", reason, checkpoint)


def _read_confirm(document: JsonObject, head: _Head) -> Confirmation:
    about = _read_about(document)
    if not about.manifest:
        raise NotVerified("malformed", "a confirmation names its manifest")
    rows = fields.array(document, "rows", _read_row, most=MAX_ENTRIES)
    if len({row.entry for row in rows}) != len(rows):
        raise NotVerified("malformed", "a confirmation names an entry twice")
    return Confirmation(
        *head,
        about,
        delivery=fields.text(document, "delivery", most=64),
        revision=fields.whole(document, "revision", least=1),
        rows=rows,
    )


def _read_row(item: Json) -> ConfirmRow:
    if not isinstance(item, list) or len(item) != 4:
        raise NotVerified("malformed", "a row is [entry, disposition, scope, at]")
    entry, code, scope, at = item
    if type(entry) is not int:
        raise NotVerified("malformed", "an entry number is an integer")
    dispositions.check(code, scope)
    from_wire(at)
    return ConfirmRow(entry, code, scope, at)


def _read_request(document: JsonObject, head: _Head) -> Request:
    epoch = fields.whole(document, "epoch", least=1)
    return Request(*head, epoch, fields.whole(document, "from", least=1))


def _read_consent(document: JsonObject, head: _Head) -> Consent:
    maximum = fields.member(document, "maximum")
    answers: Answers = "none"
    match fields.one_of(document, "answers", ("none", "aggregate", "per-entry")):
        case "aggregate":
            answers = "aggregate"
        case "per-entry":
            answers = "per-entry"
    consent = Consent(
        *head,
        since=fields.moment(document, "from"),
        until=fields.moment(document, "until"),
        categories=fields.texts(document, "categories"),
        channels=fields.texts(document, "channels"),
        origins=_closed(document, "origins", ORIGINS),
        fields=_closed(document, "fields", OPTIONAL_FIELDS),
        most=fields.whole(maximum, "entries", least=1),
        period=fields.text(maximum, "period", most=32),
        purpose=fields.text(document, "purpose", most=512),
        retention=fields.text(document, "retention", most=32),
        target=fields.text(document, "target", most=32),
        answers=answers,
    )
    _check_spans(consent)
    return consent


def _closed(document: JsonObject, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    values = fields.texts(document, name)
    if any(value not in allowed for value in values):
        raise NotVerified("malformed", f"member {name!r}: expected some of {', '.join(allowed)}")
    return values


def _check_spans(consent: Consent) -> None:
    for span in (consent.period, consent.retention, consent.target):
        duration(span)
    if consent.since >= consent.until:
        raise NotVerified("malformed", "member 'until': a consent must end after it begins")


def _read_withdrawal(document: JsonObject, head: _Head) -> Withdrawal:
    return Withdrawal(*head, fields.sha256(document, "consent"))


def _read_card(document: JsonObject, head: _Head) -> Card:
    return Card(
        *head,
        name=fields.text(document, "name", most=128),
        partner_kind=fields.one_of(document, "kind", PARTNER_KINDS),
        contacts=fields.texts(document, "contacts"),
        envelopes=fields.texts(document, "envelopes"),
        channel=fields.text(document, "channel", most=512),
        reply=_maybe_empty(document, "reply"),
        peer=_maybe_empty(document, "peer"),
        test=fields.boolean(document, "test"),
        keys=fields.array(document, "keys", _read_key, most=32),
    )


def _maybe_empty(document: JsonObject, name: str) -> str:
    return "" if document.get(name) == "" else fields.text(document, name)


def _read_key(item: Json) -> JsonObject:
    if not isinstance(item, dict):
        raise NotVerified("malformed", "member 'keys': expected objects")
    return item


def _read_approval(document: JsonObject, head: _Head) -> Approval:
    return Approval(
        *head,
        act=fields.text(document, "act", most=64),
        subject=fields.text(document, "subject", most=128),
        digest=fields.sha256(document, "digest"),
    )


_READERS: dict[Kind, Callable[[JsonObject, _Head], Statement]] = {
    Kind.ACK: _read_ack,
    Kind.CONFIRM: _read_confirm,
    Kind.REQUEST: _read_request,
    Kind.CONSENT: _read_consent,
    Kind.WITHDRAWAL: _read_withdrawal,
    Kind.CARD: _read_card,
    Kind.APPROVAL: _read_approval,
}
