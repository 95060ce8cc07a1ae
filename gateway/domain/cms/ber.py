"""Reading BER (X.690) strictly and with a ceiling: what CMS needs of it and nothing more.

Definite and indefinite lengths, as `openssl cms` and `openssl cms -stream` write them. Nesting,
number of elements and sizes are bounded before anything is looked at, and nothing is copied: every
value is a view of what came.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.errors import NotVerified

INTEGER, BITS, OCTETS, NULL, OID = 0x02, 0x03, 0x04, 0x05, 0x06
SEQUENCE, SET = 0x30, 0x31
MOST_DEPTH = 16  # a CMS message with its certificates has 12
MOST_ELEMENTS = (
    200_000  # of one message; 192 MB in the pieces of 4 kB that openssl writes have 50,000
)

_CONSTRUCTED = 0x20
_INDEFINITE = 0x80


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, its whole encoding, its value; a constructed one has its parts."""

    tag: int
    encoded: memoryview
    value: memoryview
    parts: tuple["Element", ...] = ()

    def one(self, tag: int, what: str) -> "Element":
        """The single part, of this tag. Raises NotVerified("malformed")."""
        if len(self.parts) != 1:
            raise malformed(f"{what}: expected one element, got {len(self.parts)}")
        return self.parts[0].be(tag, what)

    def be(self, tag: int, what: str) -> "Element":
        """Itself, if it has this tag. Raises NotVerified("malformed")."""
        if self.tag != tag:
            raise malformed(f"{what}: expected tag {tag:#04x}, got {self.tag:#04x}")
        return self

    def number(self, what: str) -> int:
        """A small INTEGER that is not negative. Raises NotVerified("malformed")."""
        value = self.be(INTEGER, what).value
        shortest = len(value) == 1 or (len(value) > 1 and (value[0] or value[1] & 0x80))
        if not shortest or len(value) > 4 or value[0] & 0x80:
            raise malformed(f"{what}: expected a small number in its shortest form")
        return int.from_bytes(value)

    def octets(self, what: str, most: int) -> bytes:
        """An OCTET STRING in one piece. Raises NotVerified("malformed")."""
        value = self.be(OCTETS, what).value
        if len(value) > most:
            raise malformed(f"{what}: expected at most {most} bytes, got {len(value)}")
        return bytes(value)

    def pieces(self, tag: int, what: str) -> list[memoryview]:
        """The bytes of an OCTET STRING under this tag, in one piece or in several."""
        if self.tag == tag:
            return [self.value]
        self.be(tag | _CONSTRUCTED, what)
        return [view for part in self.parts for view in part.pieces(OCTETS, what)]


def malformed(message: str) -> NotVerified:
    """What this module and its users raise."""
    return NotVerified("malformed", message)


class Fields:
    """The parts of a SEQUENCE, taken in their order."""

    def __init__(self, element: Element, what: str, tag: int = SEQUENCE) -> None:
        self._parts: Iterator[Element] = iter(element.be(tag, what).parts)
        self._next = next(self._parts, None)
        self._what = what

    def take(self, tag: int | None = None) -> Element:
        """The next part. Raises NotVerified("malformed") where it is missing or another."""
        found = self._next
        if found is None:
            raise malformed(f"{self._what}: a part is missing")
        if tag is not None:
            found.be(tag, self._what)
        self._next = next(self._parts, None)
        return found

    def optional(self, tag: int) -> Element | None:
        """The next part, if it has this tag."""
        if self._next is None or self._next.tag != tag:
            return None
        return self.take()

    def end(self) -> None:
        """Nothing is left. Raises NotVerified("malformed")."""
        if self._next is not None:
            raise malformed(f"{self._what}: an unexpected part with tag {self._next.tag:#04x}")


def read(data: bytes | memoryview, what: str) -> Element:
    """The one element that these bytes are. Raises NotVerified("malformed")."""
    view = memoryview(data)
    reader = _Reader(view, what)
    element, end = reader.element(0, len(view), 0)
    if end != len(view):
        raise malformed(f"{what}: {len(view) - end} bytes after its end")
    return element


class _Reader:
    """Goes through a message once. Depth is bounded, so the recursion is."""

    def __init__(self, view: memoryview, what: str) -> None:
        self._view = view
        self._what = what
        self._left = MOST_ELEMENTS

    def element(self, at: int, stop: int, depth: int) -> tuple[Element, int]:
        """The element that begins at `at`, and where it ends; none goes beyond `stop`."""
        self._left -= 1
        if depth > MOST_DEPTH or not self._left:
            raise malformed(f"{self._what}: nested too deeply or in too many pieces")
        tag, length, begin = self._head(at, stop)
        if length is not None:
            end = after = begin + length
            parts = self._parts(begin, end, depth) if tag & _CONSTRUCTED else ()
        else:
            if not tag & _CONSTRUCTED:
                raise malformed(f"{self._what}: a primitive element without a length")
            parts, end = self._until_end(begin, stop, depth)
            after = end + 2
        view = self._view
        return Element(tag, view[at:after], view[begin:end], parts), after

    def _head(self, at: int, stop: int) -> tuple[int, int | None, int]:
        """Tag, length (None: until the end marker), where the value begins."""
        if at + 2 > stop:
            raise malformed(f"{self._what}: cut off")
        tag, first = self._view[at], self._view[at + 1]
        if tag & 0x1F == 0x1F:
            raise malformed(f"{self._what}: a tag of several bytes")
        at += 2
        if first == _INDEFINITE:
            return tag, None, at
        length = first
        if first & 0x80:
            count = first & 0x7F
            if count > 4 or at + count > stop:
                raise malformed(f"{self._what}: a length of {count} bytes")
            length = int.from_bytes(self._view[at : at + count])
            at += count
        if length > stop - at:
            raise malformed(f"{self._what}: cut off")
        return tag, length, at

    def _parts(self, begin: int, end: int, depth: int) -> tuple[Element, ...]:
        found = []
        while begin < end:
            part, begin = self.element(begin, end, depth + 1)
            found.append(part)
        return tuple(found)

    def _until_end(self, begin: int, stop: int, depth: int) -> tuple[tuple[Element, ...], int]:
        found = []
        while bytes(self._view[begin : begin + 2]) != b"\x00\x00":
            part, begin = self.element(begin, stop, depth + 1)
            found.append(part)
        if begin + 2 > stop:
            raise malformed(f"{self._what}: cut off")
        return tuple(found), begin
