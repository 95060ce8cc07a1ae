"""One pass over a file's bytes before it is read: digest, size, encoding, whether lines are long.

Files come from Indonesian Windows: cp1252 or UTF-8 with a mark, sometimes UTF-16 (domain.md 3.4).
An encoding is taken only when the whole file is valid in it.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.errors import InputError
from gateway.ports.reading import MAX_BYTES, MAX_CELL, MAX_COLUMNS
from gateway.reading.window import Handle

ONE_COLUMN = "\x1f"  # unit separator: a delimiter that no accepted text contains
_PIECE = 16 * 1024  # below MAX_CELL: where each piece has a line end, no line is as long as a cell
_LONGEST = 2 * MAX_CELL * MAX_COLUMNS  # bytes of a line
_UTF16_SHARE = 3  # of four bytes of a plain list in UTF-16 nearly two are zero


@dataclass(frozen=True, slots=True)
class Survey:
    """Facts of a file. `encoding` is "" when not asked for.

    `long_lines`: some may be longer than a cell may be.
    """

    digest: str
    size: int
    encoding: str
    long_lines: bool


def survey(file: Handle, *, text: bool) -> Survey:
    """Read a file once. Raises InputError beyond MAX_BYTES or the longest line."""
    size = os.fstat(file.descriptor).st_size
    if size > MAX_BYTES:
        raise InputError(
            f"expected at most {MAX_BYTES} bytes, {file.name} has {size}",
            hint="split the file into several",
        )
    digest = hashlib.sha256()
    decoding = _Decoding(os.pread(file.descriptor, 400, 0), file.name) if text else None
    for piece in _pieces(file.descriptor):
        digest.update(piece)
        if decoding:
            decoding.feed(piece)
    encoding, long_lines = decoding.end() if decoding else ("", False)
    return Survey(f"sha256:{digest.hexdigest()}", size, encoding, long_lines)


def _pieces(descriptor: int) -> Iterator[bytes]:
    at = 0
    while piece := os.pread(descriptor, _PIECE, at):
        yield piece
        at += len(piece)


class _Decoding:
    """The encodings that the bytes so far are valid in, likeliest first."""

    def __init__(self, head: bytes, name: str) -> None:
        self._name = name
        self._alive = {name: codecs.getincrementaldecoder(name)() for name in _encodings(head)}
        self._unbroken = 0
        self._long = False

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        plain = piece.isascii() and b"\0" not in piece and b"\x1f" not in piece
        broken = b"\n" in piece or b"\r" in piece
        for encoding in list(self._alive):
            if plain and encoding == "cp1252":
                continue  # every ASCII byte is valid in it
            text = self._decode(encoding, piece, final)
            if text is None:
                del self._alive[encoding]
            elif encoding.startswith("utf-16"):
                broken = "\n" in text or "\r" in text
        self._count(len(piece), broken, final)

    def _decode(self, encoding: str, piece: bytes, final: bool) -> str | None:
        try:
            text = self._alive[encoding].decode(piece, final)
        except UnicodeDecodeError:
            return None  # the caller drops this encoding; when none is left, `end` refuses
        return None if "\0" in text or ONE_COLUMN in text else text

    def _count(self, length: int, broken: bool, final: bool) -> None:
        self._unbroken = 0 if broken else self._unbroken + length
        self._long = self._long or not (broken or final)
        if self._unbroken > _LONGEST:
            raise InputError(
                f"expected at most {_LONGEST} bytes in a row, {self._name} has a longer one",
                hint="look for a file without line ends, and save it as CSV or XLSX again",
            )

    def end(self) -> tuple[str, bool]:
        """The encoding, and whether lines are long. Raises InputError when it is not text."""
        self.feed(b"", final=True)
        for encoding in self._alive:
            return encoding, self._long
        raise InputError(
            f"expected text in UTF-8, UTF-16 or Windows-1252, {self._name} is none of them",
            hint="save it as CSV UTF-8",
        )


def _encodings(head: bytes) -> tuple[str, ...]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if head.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    if head.count(0) * _UTF16_SHARE > len(head):
        return ("utf-16-le",) if head[1::2].count(0) > head[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "cp1252")
