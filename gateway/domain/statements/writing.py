"""A statement as the bytes that get signed."""

from gateway.domain.canonical import JsonObject, encode
from gateway.domain.statements.kinds import (
    About,
    Ack,
    Answer,
    Approval,
    Card,
    Confirmation,
    Consent,
    Head,
    Nothing,
    Request,
    Statement,
    Withdrawal,
)
from gateway.domain.times import to_wire


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
        case Nothing():
            return {"epoch": statement.epoch, "sequence": statement.sequence}
        case Answer() | Head():
            return _gateway_body(statement)


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
    body: JsonObject = {
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
    if card.capabilities:
        body["capabilities"] = list(card.capabilities)
    if card.consent:
        body["consent"] = card.consent
    return body


def _gateway_body(word: Answer | Head) -> JsonObject:
    return _answer_body(word) if isinstance(word, Answer) else _head_body(word)


def _answer_body(answer: Answer) -> JsonObject:
    body: JsonObject = {"statement": answer.statement, "result": answer.result}
    if answer.reason:
        body["reason"] = answer.reason
    if answer.row:
        body["row"] = answer.row
    return body


def _head_body(head: Head) -> JsonObject:
    body: JsonObject = {
        "epoch": head.epoch,
        "sequence": head.sequence,
        "until": to_wire(head.until),
    }
    if head.manifest:
        body["manifest"] = head.manifest
    if head.checkpoint:
        body["checkpoint"] = head.checkpoint
    if head.keys:
        body["keys"] = list(head.keys)
    if head.links is not None:
        body["consistency"] = [[link.old, list(link.hashes)] for link in head.links]
    return body
