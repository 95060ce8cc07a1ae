"""A received mail taken apart under caps (threats.md M1, M2, M8).

The standard parser recurses once a nesting level and builds an object a header, so a small mail can
cost it gigabytes. Here the structure is cut by one pass a level over the bytes, with caps on
depth, parts, header bytes and fields; the library only reads header blocks that passed them.
Nothing is rendered, fetched or unpacked: text, HTML, S/MIME and archives are bytes that are passed
over.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

MOST_DEPTH = 4  # multiparts within each other; statement in a list footer in a signature has 3
MOST_PARTS = 40
MOST_HEADER = 64 * 1024  # bytes of the header block of a mail or part
MOST_FIELDS = 300
_MOST_BOUNDARY = 70  # RFC 2046 5.1.1
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
#: what the library's readers of header parameters let through on hostile values
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")


class Odd(Exception):
    """The mail is no mail that anything here reads; its text is the reason, in our own words."""


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the mail: header and encoded body."""

    header: Message
    body: bytes

    @property
    def kind(self) -> str:
        """The media type in lower case, without parameters."""
        return self.header.get_content_type()

    @property
    def file_name(self) -> str:
        """The file name that the sender gave it; only ever compared, never used as a path."""
        try:
            return str(self.header.get_filename(""))
        except _UNREADABLE as error:
            raise Odd("a file name that can't be read") from error

    def content(self, most: int) -> bytes:
        """The decoded body. Raises Odd where it is larger than `most` or not decodable."""
        if len(self.body) > 3 * most + MOST_HEADER:  # quoted-printable makes three of one
            raise Odd(f"an attachment larger than {most} bytes")
        data = _decoded(self.body, str(self.header.get("Content-Transfer-Encoding", "7bit")))
        if len(data) > most:
            raise Odd(f"an attachment larger than {most} bytes")
        return data


def header_of(mail: bytes) -> Message:
    """The header of a mail or part. Raises Odd."""
    return _split(mail)[0]


def top_of(mail: bytes) -> Message:
    """As much of a mail's header as the caps allow: enough to tell whose it is, however odd."""
    end = _END_OF_HEADER.search(mail, 0, MOST_HEADER)
    block = mail[: end.start() if end else MOST_HEADER]
    lines = block.split(b"\n", MOST_FIELDS)[:MOST_FIELDS]
    return BytesHeaderParser(policy=compat32).parsebytes(b"\n".join(lines))


def parts_of(mail: bytes) -> list[Part]:
    """All leaves in order. Raises Odd beyond a cap."""
    found: list[Part] = []
    _walk(mail, 0, found)
    return found


def _walk(data: bytes, depth: int, found: list[Part]) -> None:
    header, body = _split(data)
    if header.get_content_maintype() != "multipart":
        found.append(Part(header, body))
        if len(found) > MOST_PARTS:
            raise Odd(f"a mail of more than {MOST_PARTS} parts")
        return
    if depth == MOST_DEPTH:
        raise Odd(f"a mail nested deeper than {MOST_DEPTH}")
    for piece in _pieces(body, _boundary(header)):
        _walk(piece, depth + 1, found)


def _split(data: bytes) -> tuple[Message, bytes]:
    """Header and body; a part may begin with its body (RFC 2046 5.1)."""
    if data.startswith((b"\n", b"\r\n")):
        return Message(compat32), data[data.index(b"\n") + 1 :]
    end = _END_OF_HEADER.search(data, 0, MOST_HEADER)
    if end is None and len(data) > MOST_HEADER:
        raise Odd(f"a header of more than {MOST_HEADER} bytes")
    block = data[: end.start()] if end else data
    if block.count(b"\n") >= MOST_FIELDS:
        raise Odd(f"a header of more than {MOST_FIELDS} lines")
    return BytesHeaderParser(policy=compat32).parsebytes(block), data[end.end() :] if end else b""


def _boundary(header: Message) -> bytes:
    try:
        text = str(header.get_boundary(""))
    except _UNREADABLE as error:
        raise Odd("a multipart without a boundary") from error
    if not 0 < len(text) <= _MOST_BOUNDARY or not text.isascii():
        raise Odd("a multipart without a boundary")
    return text.encode()


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """The parts between the boundary's lines; what lies before and after them is no content."""
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|$)")
    begun = -1
    for count, found in enumerate(line.finditer(body)):
        if count > MOST_PARTS:
            raise Odd(f"a mail of more than {MOST_PARTS} parts")
        if begun >= 0:
            yield body[begun : found.start()]
        if found[1]:
            return
        begun = body.find(b"\n", found.end()) + 1 or len(body)
    if begun >= 0:
        raise Odd("a multipart that is cut off")


def _decoded(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "base64":
            try:
                if _NOT_BASE64.search(body):
                    raise Odd("an attachment in damaged base64")
                return binascii.a2b_base64(body)
            except binascii.Error:
                raise Odd("an attachment in damaged base64") from None
        case "quoted-printable":
            return quopri.decodestring(body)
        case "7bit" | "8bit" | "binary":
            return body
    raise Odd("an attachment in an unknown encoding")
