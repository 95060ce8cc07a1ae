"""What is inside of an OpenPGP message: one literal, perhaps signed once, perhaps compressed once.

The grammar of RFC 9580 10.3 allows any nesting; verifiers were fooled by it (text beside the signed
part, signatures within signatures, bombs). Taken here is only what gpg makes of one file.
"""

import bz2
import zlib
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Packet, Reader, Tag, read

WHAT = "the OpenPGP message"
MAX_MESSAGE = 32 * 1024 * 1024  # bytes of a signed document and of what is in it

_BINARY = ord("b")
_ROOM = 64 * 1024  # bytes beside the file: headers and a signature


class _Inflater(Protocol):
    """What zlib's and bz2's machines have in common."""

    @property
    def eof(self) -> bool:
        """Whether the stream came to its own end."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came after that end."""
        ...

    def decompress(self, data: memoryview, max_length: int, /) -> bytes:
        """At most `max_length` bytes of output."""
        ...


@dataclass(frozen=True, slots=True)
class SignedFile:
    """One file between the two halves of its one signature; nothing is verified."""

    first: Packet
    file: memoryview
    last: Packet


def payload_of(data: bytes) -> bytes:
    """What a signed document says, as keys/openpgp.verify_message gives it; not verified.

    Raises NotVerified: malformed, too-large.
    """
    if len(data) > MAX_MESSAGE:
        raise _too_large(MAX_MESSAGE)
    if data.startswith(armor.CLEARTEXT):
        return armor.read_cleartext(data).text
    raw = armor.read(data, armor.MESSAGE) if armor.is_armored(data) else data
    return bytes(signed(memoryview(raw), MAX_MESSAGE).file)


def literal(data: memoryview, most: int) -> memoryview:
    """The content of a message of one literal, at most `most` bytes of it.

    Raises NotVerified: malformed, too-large.
    """
    packets = inflated(data, 2, most)
    if [packet.tag for packet in packets] != [Tag.LITERAL]:
        raise NotVerified("malformed", "the encrypted message must hold one file and nothing more")
    return _content(packets[0], most)


def signed(data: memoryview, most: int) -> SignedFile:
    """A message as `gpg --sign` makes it. Raises NotVerified: malformed, too-large."""
    packets = inflated(data, 4, most)
    if [packet.tag for packet in packets] != [Tag.ONE_PASS, Tag.LITERAL, Tag.SIGNATURE]:
        raise NotVerified("malformed", f"{WHAT} must be one file, signed by one key")
    first, content, last = packets
    return SignedFile(first, _content(content, most), last)


def _content(packet: Packet, most: int) -> memoryview:
    reader = Reader(packet.body, "the file in the message")
    if reader.number(1) != _BINARY:
        raise NotVerified("malformed", "the file in the message must be of the binary kind")
    reader.take(reader.number(1))  # a name, which is not signed
    reader.take(4)  # a date, likewise
    if reader.left > most:
        raise _too_large(most)
    return reader.rest()


def inflated(data: memoryview, packets: int, most: int) -> list[Packet]:
    """The packets, taken out of the one compressed packet that may be around them."""
    found = read(data, WHAT, packets)
    if [packet.tag for packet in found] != [Tag.COMPRESSED]:
        return found
    inner = _inflate(found[0].body, most + _ROOM)
    return read(inner, WHAT, packets)


def _inflate(body: memoryview, most: int) -> bytes:
    kind = body[0] if body else 0
    try:
        match kind:
            case 1:  # ZIP: without a header
                return _finish(zlib.decompressobj(-15), body[1:], most)
            case 2:  # ZLIB
                return _finish(zlib.decompressobj(), body[1:], most)
            case 3:  # BZip2
                return _finish(bz2.BZ2Decompressor(), body[1:], most)
    except (zlib.error, OSError, EOFError, ValueError):
        raise NotVerified("malformed", f"{WHAT} can't be decompressed") from None
    raise NotVerified("malformed", f"{WHAT} is compressed in a way that is not known")


def _finish(machine: _Inflater, body: memoryview, most: int) -> bytes:
    """The output of one whole stream; a bomb is left alone at the cap (threats.md E12)."""
    data = machine.decompress(body, most + 1)
    if len(data) > most:
        raise _too_large(most)
    if not machine.eof or machine.unused_data:
        raise NotVerified("malformed", f"{WHAT} is cut off, or has bytes after its end")
    return data


def _too_large(most: int) -> NotVerified:
    return NotVerified("too-large", f"{WHAT} holds more than {most} bytes")
