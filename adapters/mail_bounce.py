"""Reading a delivery report (RFC 3464) as a bounce of one of our own attempts."""

import re
from email.message import Message

from adapters.mail_message import Correspondent
from adapters.mail_parts import Odd, Part, header_of
from gateway.domain import bounced
from gateway.domain.bounced import Bounced
from gateway.domain.canonical import digest
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId
from gateway.domain.times import Micros
from gateway.ports import Inbound

_MOST_BLOCKS = 50  # recipients in a report; our mails have one
_MOST_STATUS = 64 * 1024  # bytes of its machine-readable part
_OURS = re.compile(r"<([A-Za-z0-9.-]{1,80})\.[0-9a-f]{16}@([A-Za-z0-9.-]{1,253})>", re.ASCII)
_HEADERS = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global")
_NEWS = ("delayed", "delivered", "relayed", "expanded")


def is_report(header: Message) -> bool:
    """Whether a mail says of itself that it is a delivery report."""
    kind = str(header.get_param("report-type", ""))
    return header.get_content_type() == "multipart/report" and kind.lower() == "delivery-status"


def is_ours(message_id: str, who: Correspondent) -> bool:
    """Whether a Message-ID has our own form and domain."""
    found = _OURS.fullmatch(message_id.strip())
    return found is not None and found[2].lower() == who.sender.domain


def read(parts: list[Part], who: Correspondent, at: Micros) -> Inbound | None:
    """The bounce; None for a report that the mail is delayed or was delivered.

    Raises Odd where it is about no delivery of this partner.
    """
    blocks = _blocks(parts)
    status = _failure(blocks)
    if status is None:
        return None
    message = _message_id(parts, blocks)
    delivery = _delivery(message, who)
    data = bounced.to_bytes(Bounced(delivery, message, status, at))
    return Inbound("bounce", data, digest(data))


def _blocks(parts: list[Part]) -> list[Message]:
    """The report's fields: of the message, then of each recipient."""
    for part in parts:
        if part.kind == "message/delivery-status":
            text = part.content(_MOST_STATUS).replace(b"\r\n", b"\n").strip(b"\n")
            pieces = re.split(rb"\n\n+", text)
            if len(pieces) > _MOST_BLOCKS:
                raise Odd(f"a delivery report about more than {_MOST_BLOCKS} recipients")
            return [header_of(piece) for piece in pieces]
    raise Odd("a delivery report without a status")


def _failure(blocks: list[Message]) -> str | None:
    """The status of the first failed recipient; None where none failed."""
    actions = [(_field(block, "Action"), _field(block, "Status")) for block in blocks]
    for action, status in actions:
        if action == bounced.FAILED:
            return status if bounced.is_status(status) else "5.0.0"
    if not any(action in _NEWS for action, _status in actions):
        raise Odd("a delivery report without an action")
    return None


def _field(block: Message, name: str) -> str:
    """A field's first word: comments may follow it (RFC 3464 2.1.1)."""
    words = str(block.get(name, "")).lower().split()
    return words[0] if words else ""


def _message_id(parts: list[Part], blocks: list[Message]) -> str:
    """Of the mail that came back: from its returned header, else from the envelope id."""
    for part in parts:
        if part.kind in _HEADERS:
            return str(header_of(part.body).get("Message-ID", "")).strip()
    return f"<{blocks[0].get('Original-Envelope-Id', '')}>"


def _delivery(message: str, who: Correspondent) -> str:
    """The delivery that a Message-ID of ours names, if it is this partner's. Raises Odd."""
    found = _OURS.fullmatch(message)
    if found is None or found[2].lower() != who.sender.domain:
        raise Odd("a bounce of no mail of ours")
    if found[1] == "say":
        raise Odd("a bounce of an answer or head")
    try:
        delivery = DeliveryId.parse(found[1])
    except InputError:
        raise Odd("a bounce of no delivery") from None
    if who.sender.plus(delivery.partner).key != who.ours.key:
        raise Odd("a bounce of another partner's delivery")
    return str(delivery)
