"""Verified bytes as a statement, read strictly."""

from collections.abc import Callable
from typing import NamedTuple

from gateway.domain import dispositions, fields
from gateway.domain.canonical import Json, JsonObject, decode
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.errors import NotVerified
from gateway.domain.proofs import MOST_HASHES, hash_of
from gateway.domain.statements.kinds import (
    GATEWAY_KIND,
    OPTIONAL_FIELDS,
    ORIGINS,
    PARTNER_KINDS,
    About,
    Ack,
    Answer,
    Answers,
    Approval,
    Card,
    Confirmation,
    ConfirmRow,
    Consent,
    Head,
    Kind,
    Link,
    Nothing,
    Reason,
    Request,
    Statement,
    Withdrawal,
)
from gateway.domain.times import Micros, duration, from_wire

MAX_CONSENT = 16 * 1024  # characters of the consent that a card carries


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
    kind = fields.one_of(document, "kind", (*PARTNER_KINDS, GATEWAY_KIND))
    return Card(
        *head,
        name=fields.text(document, "name", most=128),
        partner_kind=kind,
        contacts=fields.texts(document, "contacts"),
        envelopes=fields.texts(document, "envelopes"),
        channel=_channel(document, kind),
        reply=_maybe_empty(document, "reply"),
        peer=_maybe_empty(document, "peer"),
        test=fields.boolean(document, "test"),
        keys=fields.array(document, "keys", _read_key, most=32),
        capabilities=fields.texts(document, "capabilities") if "capabilities" in document else (),
        consent=fields.text(document, "consent", most=MAX_CONSENT) if "consent" in document else "",
    )


def _channel(document: JsonObject, kind: str) -> str:
    """Only a gateway may have none: not every one has a listener."""
    if kind == GATEWAY_KIND:
        return _maybe_empty(document, "channel")
    return fields.text(document, "channel", most=512)


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


def _read_nothing(document: JsonObject, head: _Head) -> Nothing:
    epoch = fields.whole(document, "epoch", least=1)
    return Nothing(*head, epoch, fields.whole(document, "sequence", least=1))


def _read_answer(document: JsonObject, head: _Head) -> Answer:
    statement = fields.sha256(document, "statement")
    reason = fields.text(document, "reason", most=64) if "reason" in document else ""
    row = fields.whole(document, "row", least=1) if "row" in document else 0
    if fields.one_of(document, "result", ("accepted", "refused")) == "accepted":
        return Answer(*head, statement, "accepted", reason, row)
    if not reason:
        raise NotVerified("malformed", "a refusing answer names its reason")
    return Answer(*head, statement, "refused", reason, row)


def _read_head(document: JsonObject, head: _Head) -> Head:
    sequence = fields.whole(document, "sequence")
    manifest = fields.optional_sha256(document, "manifest")
    if bool(manifest) is not bool(sequence):
        raise NotVerified("malformed", "a head names a manifest from sequence 1 on, none before")
    until = fields.moment(document, "until")
    if until <= head.at:
        raise NotVerified("malformed", "member 'until': a head must end after it is made")
    note = fields.text(document, "checkpoint") if "checkpoint" in document else ""
    epoch = fields.whole(document, "epoch", least=1)
    keys = fields.array(document, "keys", _read_key, most=64) if "keys" in document else ()
    many = "consistency" in document
    links = fields.array(document, "consistency", _read_link, most=64) if many else None
    return Head(*head, epoch, sequence, manifest, until, note, keys, links)


def _read_link(item: Json) -> Link:
    """[older size, [hash, ...]]; whether it proves anything is for whoever keeps that head."""
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[1], list):
        raise NotVerified("malformed", "a consistency proof is [size, [hash, ...]]")
    old, hashes = item[0], item[1]
    if type(old) is not int or old < 1 or len(hashes) > MOST_HASHES:
        raise NotVerified("malformed", "a consistency proof begins with a size from 1 on")
    texts = [text for text in hashes if isinstance(text, str)]
    if len(texts) != len(hashes):
        raise NotVerified("malformed", "a consistency proof's hashes are base64")
    for text in texts:
        hash_of(text)
    return Link(old, tuple(texts))


_READERS: dict[Kind, Callable[[JsonObject, _Head], Statement]] = {
    Kind.ACK: _read_ack,
    Kind.CONFIRM: _read_confirm,
    Kind.REQUEST: _read_request,
    Kind.CONSENT: _read_consent,
    Kind.WITHDRAWAL: _read_withdrawal,
    Kind.CARD: _read_card,
    Kind.APPROVAL: _read_approval,
    Kind.NOTHING: _read_nothing,
    Kind.ANSWER: _read_answer,
    Kind.HEAD: _read_head,
}
