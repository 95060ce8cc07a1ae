"""The mail system's word that a parcel did not arrive: what an `Inbound` of kind `bounce` holds.

It is unsigned (RFC 3464): whoever saw our mail could have made it. So it names the one attempt by
its Message-ID, whose random part only the mail systems on the way and the partner know, and it
counts for nothing but "try again". Of the report's own words only its codes are taken.
"""

import re
from dataclasses import dataclass

from gateway.domain import fields
from gateway.domain.canonical import decode, encode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import DeliveryId
from gateway.domain.times import Micros, to_wire

TYP = "bounced"
FAILED = "failed"  # RFC 3464 2.3.3; delayed, relayed and expanded are no bounces
MOST_MESSAGE = 400  # characters of a Message-ID
_STATUS = re.compile(r"[45]\.\d{1,3}\.\d{1,3}", re.ASCII)  # RFC 3463


@dataclass(frozen=True, slots=True)
class Bounced:
    """Which attempt came back, with which status (`5.1.1`), and when it reached our mailbox.

    `message` is the Message-ID of the attempt's mail, as in its hand-over: one attempt bounces
    once, whatever else comes under the same id.
    """

    delivery: str
    message: str
    status: str
    at: Micros
    action: str = FAILED


def to_bytes(word: Bounced) -> bytes:
    """The canonical JSON of the word."""
    return encode(
        {
            "v": 1,
            "typ": TYP,
            "delivery": word.delivery,
            "message": word.message,
            "status": word.status,
            "action": word.action,
            "at": to_wire(word.at),
        }
    )


def read(data: bytes) -> Bounced:
    """Read it back. Raises NotVerified("malformed")."""
    document = decode(data, what="the word of a bounce")
    fields.version(document)
    fields.one_of(document, "typ", (TYP,))
    status = fields.text(document, "status", most=16)
    if not is_status(status):
        raise NotVerified("malformed", "member 'status': expected a code like 5.1.1")
    return Bounced(
        _delivery(document.get("delivery")),
        fields.text(document, "message", most=MOST_MESSAGE),
        status,
        fields.moment(document, "at"),
        fields.one_of(document, "action", (FAILED,)),
    )


def is_status(text: str) -> bool:
    """Whether this is an enhanced status code of a failure, temporary or for good."""
    return _STATUS.fullmatch(text) is not None


def _delivery(value: object) -> str:
    try:
        return str(DeliveryId.parse(value))
    except InputError as error:
        raise NotVerified("malformed", f"member 'delivery': {error}") from None
