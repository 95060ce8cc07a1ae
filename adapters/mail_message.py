"""The mail around a parcel or a statement: one attachment, nothing that needs to be believed.

Made by the standard library's email package with its SMTP policy, so every line ends in CRLF and
none is longer than SMTP allows. Nothing in it comes from a partner or a source.
"""

import secrets
from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from adapters.mail_address import Address
from gateway.domain.canonical import is_digest
from gateway.domain.errors import InputError
from gateway.domain.ids import Envelope
from gateway.domain.signed_forms import form_named, is_statement_name
from gateway.domain.times import SECOND, Micros
from gateway.ports import Message, Parcel

#: a header of ours stays on one line, so that a script can read it with grep (RFC 5322 2.1.1: 998)
_POLICY = SMTP.clone(max_line_length=300)
_LINE = 57  # bytes in a line of base64 (RFC 2045 6.8)
_ENCODED = 78  # the same line as it is sent, with CRLF
_CHUNK = _LINE * 1024  # bytes of the attachment that are encoded at a time

_PARCEL_TEXT = """\
Terlampir satu paket tersegel Palang. Balasan berupa pernyataan bertanda tangan (.jws) sebagai
lampiran, ke alamat Reply-To. Jangan menulis nomor telepon di dalam surel.

One sealed Palang parcel is attached. Answer with signed statements (.jws) as attachments, to the
Reply-To address. Never write a phone number into a mail.
"""
_STATEMENT_TEXT = """\
Terlampir satu pernyataan bertanda tangan dari gerbang Palang.

One signed statement of a Palang gateway is attached.
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to hand over. The attachment is encoded only while it is sent: a whole mail in
    memory would be five times the parcel.
    """

    message_id: str
    head: bytes
    attachment: bytes
    tail: bytes

    @property
    def size(self) -> int:
        """Bytes of the whole mail."""
        lines, rest = divmod(len(self.attachment), _LINE)
        encoded = lines * _ENCODED + (4 * ((rest + 2) // 3) + 2 if rest else 0)
        return len(self.head) + encoded + len(self.tail)

    def pieces(self) -> Iterator[bytes]:
        """The whole mail in order, in lines that end in CRLF; none begins with a dot."""
        before = self.head
        for start in range(0, len(self.attachment), _CHUNK):
            chunk = self.attachment[start : start + _CHUNK]
            yield before + encodebytes(chunk).replace(b"\n", b"\r\n")
            before = b""
        yield before + self.tail


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Who writes to whom. `ours` is where replies and bounces of this one partner come back."""

    sender: Address
    ours: Address
    partner: Address


def of_parcel(who: Correspondent, delivery_id: str, parcel: Parcel, now: Micros) -> Letter:
    """One attempt's mail; its Message-ID is new each time and names the delivery."""
    message, message_id = _begun(who, delivery_id, now)
    message["Subject"] = f"Palang {delivery_id}"
    message["Palang-Delivery"] = delivery_id
    message["Palang-Parcel"] = str(parcel.name)
    message["Palang-Digest"] = parcel.digest
    jose = parcel.name.envelope == "jose"
    return _attached(
        message, message_id, _PARCEL_TEXT, parcel.data, str(parcel.name), "jose" if jose else ""
    )


def of_statement(who: Correspondent, said: Message, now: Micros) -> Letter:
    """The mail of an answer or a head; its Message-ID never looks like a delivery's.

    Raises InputError for a name or digest that a header can't hold as it is.
    """
    if not (is_statement_name(said.name) and is_digest(said.digest)):
        raise InputError("a statement's name must be of A-Z a-z 0-9 . _ - and end as its form does")
    message, message_id = _begun(who, "say", now)
    message["Subject"] = f"Palang {said.name}"
    message["Palang-Statement"] = said.name
    message["Palang-Digest"] = said.digest
    jose = "jose" if form_named(said.name) is Envelope.JOSE else ""  # mail programs act on p7m, asc
    return _attached(message, message_id, _STATEMENT_TEXT, said.data, said.name, jose)


def _begun(who: Correspondent, about: str, now: Micros) -> tuple[EmailMessage, str]:
    message = EmailMessage(policy=_POLICY)
    message_id = f"<{about}.{secrets.token_hex(8)}@{who.sender.domain}>"
    message["From"] = f"Palang <{who.sender}>"
    message["To"] = str(who.partner)
    message["Reply-To"] = str(who.ours)
    message["Date"] = datetime.fromtimestamp(now // SECOND, UTC)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5: no vacation notice in return
    return message, message_id


def _attached(
    message: EmailMessage, message_id: str, text: str, data: bytes, name: str, jose: str
) -> Letter:
    """The email package writes everything around the attachment, whose lines then go between."""
    message.set_content(text, charset="us-ascii", cte="7bit")
    message.add_attachment(
        b"", maintype="application", subtype=jose or "octet-stream", filename=name
    )
    whole = message.as_bytes()
    end = whole.rindex(f"\r\n--{message.get_boundary()}--".encode())
    return Letter(message_id, whole[:end], data, whole[end:])
