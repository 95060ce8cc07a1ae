"""ASCII armour and the cleartext signature framework, strict (RFC 9580 6.2 and 7).

One block and nothing beside it. Verifiers were fooled by text before, after or between blocks, by
header lines that look like text, and by characters that a screen does not show; all refused here.
"""

import binascii
import re
from dataclasses import dataclass

from gateway.domain.errors import NotVerified

MESSAGE = "PGP MESSAGE"
SIGNATURE = "PGP SIGNATURE"
PUBLIC_KEY = "PGP PUBLIC KEY BLOCK"
CLEARTEXT = b"-----BEGIN PGP SIGNED MESSAGE-----"

_FOOTER = re.compile(rb"=[A-Za-z0-9+/]{4}")
_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_HEADER = re.compile(rb"(?:Version|Comment|MessageID|Charset): [ -~]*")
_HASH = re.compile(rb"Hash: (?:SHA256|SHA384|SHA512)")
_MAX_LINE = 76  # characters of base64 in a line
_COLUMNS = 64
_GENERATOR = 0x1864CFB


@dataclass(frozen=True, slots=True)
class Cleartext:
    """A `gpg --clearsign` document: what was hashed, and the signature packets.

    `hashed` has CRLF between lines; the one after the last line is not signed by gpg (others sign
    it). `text` is the same with LF, and always ends with one.
    """

    hashed: bytes
    text: bytes
    signature: bytes


def is_armored(data: bytes) -> bool:
    """Whether it begins as armour, and not as binary packets (whose first bit is set)."""
    return data[:5] == b"-----"


def read(data: bytes, label: str) -> bytes:
    """The bytes in a single armoured block.

    Raises NotVerified("malformed"): another label, text around it, a second block, no base64.
    """
    return _block([line.rstrip(b" \t\r") for line in data.split(b"\n")], label)


def _block(lines: list[bytes], label: str) -> bytes:
    while lines and not lines[-1]:
        lines.pop()
    begin, end = (f"-----{word} {label}-----".encode() for word in ("BEGIN", "END"))
    if lines[:1] != [begin] or lines[-1] != end:
        raise NotVerified("malformed", f"expected one armoured {label} and nothing around it")
    body = lines[1:-1]
    if b"" not in body:
        raise NotVerified("malformed", f"the armoured {label} has no empty line after its headers")
    blank = body.index(b"")
    if any(not _HEADER.fullmatch(line) for line in body[:blank]):
        raise NotVerified("malformed", f"the armoured {label} has a header that is not known")
    return _decode(body[blank + 1 :], label)


def _decode(lines: list[bytes], label: str) -> bytes:
    if lines and _FOOTER.fullmatch(lines[-1]):
        lines.pop()  # CRC-24: it protects nothing, and must not be judged (RFC 9580 6.1)
    if not all(_LINE.fullmatch(line) and len(line) <= _MAX_LINE for line in lines):
        raise _not_base64(label)
    try:
        return binascii.a2b_base64(b"".join(lines), strict_mode=True)
    except binascii.Error:
        raise _not_base64(label) from None


def _not_base64(label: str) -> NotVerified:
    return NotVerified("malformed", f"the armoured {label} is not in base64")


def write(data: bytes, label: str) -> bytes:
    """One armoured block. With a checksum: gpg 2.2 misreads some blocks that have none."""
    text = binascii.b2a_base64(data, newline=False)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    begin, end = (f"-----{word} {label}-----".encode() for word in ("BEGIN", "END"))
    return b"\n".join([begin, b"", *lines, b"=" + _checksum(data), end, b""])


def _checksum(data: bytes) -> bytes:
    """CRC-24 as base64 (RFC 4880 6.1); a byte at a time: what is armoured is small."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (_GENERATOR if crc & 0x800000 else 0)
    return binascii.b2a_base64((crc & 0xFFFFFF).to_bytes(3), newline=False)


def read_cleartext(data: bytes) -> Cleartext:
    """Take a cleartext signed document apart (RFC 9580 7). Raises NotVerified("malformed").

    Blanks at the end of a line are not signed, so they are not in `text` either.
    """
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    begin = f"-----BEGIN {SIGNATURE}-----".encode()
    if lines[0] != CLEARTEXT or lines.count(begin) != 1:
        raise NotVerified("malformed", "expected one cleartext signed document and no more")
    blank = _after_headers(lines)
    middle = lines.index(begin)
    text = [_line(line) for line in lines[blank + 1 : middle]]
    signature = _block([line.rstrip(b" \t") for line in lines[middle:]], SIGNATURE)
    readable = b"\n".join(text).removesuffix(b"\n") + b"\n"
    return Cleartext(b"\r\n".join(text), readable, signature)


def _after_headers(lines: list[bytes]) -> int:
    """Where the empty line is; before it only `Hash:` headers, which the signature overrules."""
    for at, line in enumerate(lines[1:5], start=1):
        if not line:
            return at
        if not _HASH.fullmatch(line):
            break
    raise NotVerified("malformed", "before the signed text only Hash headers and an empty line")


def _line(line: bytes) -> bytes:
    if line[:1] == b"-":
        if line[:2] != b"- ":
            raise NotVerified("malformed", "a line of the signed text begins with a bare dash")
        line = line[2:]
    if b"\r" in line or b"\0" in line:
        raise NotVerified("malformed", "the signed text has a control character in a line")
    return line.rstrip(b" \t")
