"""CMS messages as text: PEM, and the S/MIME bodies that `openssl cms` reads and writes by default.

Only what these writers make: a few header lines, base64, and for multipart/signed two parts. A mail
client's mail goes through adapters/mail.py first.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from gateway.domain.cms.ber import malformed

_BEGIN, _END = b"-----BEGIN CMS-----", b"-----END CMS-----"
_COLUMNS = 64  # characters of base64 in a line (RFC 7468 2)
_MOST_HEAD = 8 * 1024  # bytes of headers
_MIME = re.compile(rb"mime-version:|content-(type|disposition|transfer-encoding):", re.IGNORECASE)
_BOUNDARY = re.compile(rb'boundary="([A-Za-z0-9\'()+_,./:=?-]{1,70})"')
_SIGNED = re.compile(rb"multipart/signed[ \t]*;", re.IGNORECASE)
_BODY = re.compile(rb"application/(x-)?pkcs7-(mime|signature)[ \t]*(;|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """A multipart/signed taken apart: what was signed, in its canonical form, and the signature."""

    content: bytes
    signature: bytes


def is_text(data: bytes) -> bool:
    """Whether these bytes begin as one of the text forms."""
    return data.startswith(_BEGIN) or _MIME.match(data) is not None


def unwrapped(data: bytes) -> bytes:
    """The BER of a message in any of its forms. Raises NotVerified("malformed")."""
    if data.startswith(_BEGIN):
        body, found, rest = data[len(_BEGIN) :].partition(_END)
        if not found or rest.strip():
            raise malformed("the PEM of a CMS message is cut off, or something follows it")
        return _base64(body)
    if _MIME.match(data):
        return _part(data)
    return data


def write(data: bytes) -> bytes:
    """A message as PEM, as `openssl cms -outform PEM` writes it."""
    text = base64.b64encode(data)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return b"\n".join([_BEGIN, *lines, _END, b""])


def pair(data: bytes) -> Pair | None:
    """Content and signature of a multipart/signed; None where it is none.

    The content is what RFC 8551 3.1.1 signs: lines that end in CRLF. Raises
    NotVerified("malformed").
    """
    if not _MIME.match(data):
        return None
    head, body = _split(data)
    kind = head.get(b"content-type", b"")
    if not _SIGNED.match(kind):
        return None
    named = _BOUNDARY.search(kind)
    if named is None:
        raise malformed("a multipart/signed names its boundary")
    parts = re.split(rb"(?:^|\r?\n)--" + re.escape(named[1]), body)
    if len(parts) != 4 or parts[3].strip() not in (b"--", b""):
        raise malformed("a multipart/signed has two parts")
    content, signature = (_after_line(part) for part in parts[1:3])
    return Pair(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), _part(signature))


def _after_line(part: bytes) -> bytes:
    """What follows the rest of the boundary's line."""
    line, found, rest = part.partition(b"\n")
    if not found or line.strip():
        raise malformed("a boundary stands alone in its line")
    return rest


def _part(data: bytes) -> bytes:
    head, body = _split(data)
    if not _BODY.match(head.get(b"content-type", b"")):
        raise malformed("expected a part application/pkcs7-mime or pkcs7-signature")
    if head.get(b"content-transfer-encoding", b"").lower() != b"base64":
        raise malformed("a CMS message in a mail is in base64")
    return _base64(body)


def _split(data: bytes) -> tuple[dict[bytes, bytes], bytes]:
    """Headers, each once, and what follows the empty line."""
    found = re.search(rb"\r?\n\r?\n", data[:_MOST_HEAD])
    if found is None:
        raise malformed("the headers of a CMS message do not end")
    head: dict[bytes, bytes] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", data[: found.start()]).splitlines():
        name, colon, value = line.partition(b":")
        name = name.strip().lower()
        if not colon or name in head:
            raise malformed("a header of a CMS message is not of its form, or stands there twice")
        head[name] = value.strip()
    return head, data[found.end() :]


def _base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text.translate(None, b"\r\n"), validate=True)
    except binascii.Error:
        raise malformed("a CMS message in text is not base64") from None
