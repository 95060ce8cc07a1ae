"""OpenPGP packet framing, strict: version 4 things and their lengths (RFC 9580 4.2, RFC 4880).

Reads what gpg writes: old and new headers, partial lengths (gpg in a pipe), the indeterminate
length of an old compressed packet. Writes one form only: new headers with definite lengths.
"""

from dataclasses import dataclass
from enum import IntEnum

from gateway.domain.errors import NotVerified

MIN_PARTIAL = 512  # bytes; the RFC asks it of the first piece, we ask it of each: no slivers


class Tag(IntEnum):
    """The packets that are known here at all."""

    PKESK = 1
    SIGNATURE = 2
    ONE_PASS = 4
    PUBLIC_KEY = 6
    COMPRESSED = 8
    LITERAL = 11
    USER_ID = 13
    PUBLIC_SUBKEY = 14
    USER_ATTRIBUTE = 17
    SEIPD = 18


_DATA = frozenset({Tag.COMPRESSED, Tag.LITERAL, Tag.SEIPD})  # only these may come in pieces


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet without its header."""

    tag: Tag
    body: memoryview


class Reader:
    """Bytes taken one after the other. Raises NotVerified("malformed") at the end of them."""

    def __init__(self, data: bytes | memoryview, what: str) -> None:
        self._data = memoryview(data)
        self._at = 0
        self._what = what

    @property
    def left(self) -> int:
        """How many bytes were not taken yet."""
        return len(self._data) - self._at

    def take(self, count: int) -> memoryview:
        """The next `count` bytes."""
        if count > self.left:
            raise NotVerified("malformed", f"{self._what} is cut off")
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def number(self, count: int) -> int:
        """The next `count` bytes as a number, the highest byte first."""
        return int.from_bytes(self.take(count))

    def rest(self) -> memoryview:
        """All that is left."""
        return self.take(self.left)

    def integer(self) -> bytes:
        """A multiprecision integer as its bytes (RFC 9580 3.2).

        Its length is that of the number or, as old gpg write curve values, of the whole bytes.
        """
        bits = self.number(2)
        value = bytes(self.take((bits + 7) // 8))
        if bits not in (int.from_bytes(value).bit_length(), 8 * len(value)):
            raise NotVerified(
                "malformed", f"{self._what} has a number that is shorter than it says"
            )
        return value

    def end(self) -> None:
        """Raise NotVerified("malformed") unless everything was taken."""
        if self.left:
            raise NotVerified("malformed", f"{self._what} has bytes after its end")


def read(data: bytes | memoryview, what: str, most: int) -> list[Packet]:
    """All packets of `data`, at most `most` of them. Raises NotVerified("malformed")."""
    reader = Reader(data, what)
    found: list[Packet] = []
    while reader.left:
        if len(found) == most:
            raise NotVerified("malformed", f"{what} has more than {most} packets")
        found.append(_packet(reader, what))
    return found


def _packet(reader: Reader, what: str) -> Packet:
    head = reader.number(1)
    if not head & 0x80:
        raise NotVerified("malformed", f"{what} is no series of OpenPGP packets")
    new = bool(head & 0x40)
    number = head & 0x3F if new else (head >> 2) & 0x0F
    if number not in set(Tag):
        raise NotVerified("malformed", f"{what} has a packet of type {number}, which is not taken")
    tag = Tag(number)
    return Packet(tag, _new(reader, tag, what) if new else _old(reader, tag, head & 3, what))


def _old(reader: Reader, tag: Tag, kind: int, what: str) -> memoryview:
    if kind < 3:
        return reader.take(reader.number(1 << kind))
    if tag not in _DATA:
        raise NotVerified("malformed", f"{what} has a packet without a length")
    return reader.rest()


def _new(reader: Reader, tag: Tag, what: str) -> memoryview:
    pieces: list[memoryview] = []
    while True:
        length, partial = _length(reader)
        if partial and (tag not in _DATA or length < MIN_PARTIAL):
            raise NotVerified("malformed", f"{what} has a packet in pieces that are not allowed")
        pieces.append(reader.take(length))
        if not partial:
            return pieces[0] if len(pieces) == 1 else memoryview(b"".join(pieces))


def _length(reader: Reader) -> tuple[int, bool]:
    """A new-format length, and whether another piece follows (RFC 9580 4.2.1)."""
    first = reader.number(1)
    if first < 192:
        return first, False
    if first < 224:
        return ((first - 192) << 8) + reader.number(1) + 192, False
    if first < 255:
        return 1 << (first & 0x1F), True
    return reader.number(4), False


def header(tag: Tag, length: int) -> bytes:
    """The header of a packet of that many bytes."""
    return bytes([0xC0 | tag]) + _written(length)


def _written(length: int) -> bytes:
    if length < 192:
        return bytes([length])
    if length < 8384:
        return (length - 192 + (192 << 8)).to_bytes(2)
    return b"\xff" + length.to_bytes(4)


def write(tag: Tag, body: bytes | memoryview) -> bytes:
    """One packet."""
    return header(tag, len(body)) + body


def integer(value: bytes) -> bytes:
    """A multiprecision integer of these bytes (RFC 9580 3.2)."""
    number = int.from_bytes(value)
    bits = number.bit_length()
    return bits.to_bytes(2) + number.to_bytes((bits + 7) // 8)


def subpackets(data: memoryview, what: str) -> list[tuple[int, bool, bytes]]:
    """Type, criticality and value of each signature subpacket (RFC 9580 5.2.3.7)."""
    reader = Reader(data, what)
    found = []
    while reader.left:
        length, partial = _subpacket_length(reader)
        if partial or not length:
            raise NotVerified("malformed", f"{what} has an empty subpacket")
        kind = reader.number(1)
        found.append((kind & 0x7F, bool(kind & 0x80), bytes(reader.take(length - 1))))
    return found


def _subpacket_length(reader: Reader) -> tuple[int, bool]:
    """Like a packet's, but two-byte lengths go up to 254 (RFC 9580 5.2.3.7)."""
    first = reader.number(1)
    if first < 192:
        return first, False
    if first < 255:
        return ((first - 192) << 8) + reader.number(1) + 192, False
    return reader.number(4), False


def subpacket(kind: int, value: bytes, *, critical: bool = False) -> bytes:
    """One signature subpacket."""
    return _written(len(value) + 1) + bytes([kind | (0x80 if critical else 0)]) + value
