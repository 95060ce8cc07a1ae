"""XML of a workbook, read in a stream and only as far as it is harmless (threats.md W10).

A document type declaration is refused wherever it stands: without it there are no entities, so none
that grow and none that fetch. Nothing but UTF-8 is taken, so that the bytes say what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from xml.parsers import expat

from gateway.domain.errors import InputError

_DECLARATION = (b"<!DOCTYPE", b"<!ENTITY")
_KEPT = 64  # bytes carried from one piece to the next, so that no word is cut in two
_ENCODING = re.compile(rb"""^<\?xml[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_UTF8 = (b"utf-8", b"utf8", b"us-ascii", b"ascii")

Start = Callable[[str, dict[str, str]], None]


def refuse_declarations(
    pieces: Iterable[bytes], name: str, seen: Callable[[bytes], None] | None = None
) -> None:
    """Read a part to its end; `seen` gets every stretch of it, a little of it twice.

    Raises InputError for a document type, an entity, or another encoding.
    """
    kept = b""
    for at, piece in enumerate(pieces):
        stretch = kept + piece
        if at == 0:
            _check_encoding(stretch, name)
        if any(word in stretch for word in _DECLARATION):
            raise unsafe(name, "a document type or entity")
        if seen:
            seen(stretch)
        kept = stretch[-_KEPT:]


def parse(
    pieces: Iterable[bytes],
    name: str,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Hand the elements to the functions as they are named. Raises InputError when damaged."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def declared(*_: object) -> None:
        raise unsafe(name, "a document type or entity")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = declared
    if end:
        parser.EndElementHandler = end
    if text:
        parser.CharacterDataHandler = text
    try:
        for piece in pieces:
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as bad:
        raise InputError(
            f"expected a workbook that can be read, {name} is damaged",
            hint="open it in a spreadsheet program and save it again",
        ) from bad


def local(tag: str) -> str:
    """A name without its prefix."""
    return tag.rpartition(":")[2] if ":" in tag else tag


def _check_encoding(head: bytes, name: str) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    encoding = _ENCODING.match(text)
    if not text.startswith(b"<") or b"\0" in head[:_KEPT]:
        raise unsafe(name, "parts in another encoding")
    if encoding and encoding[1].lower() not in _UTF8:
        raise unsafe(name, "parts in another encoding")


def unsafe(name: str, what: str) -> InputError:
    """The error for XML that no spreadsheet program writes."""
    return InputError(
        f"expected a workbook with plain XML in UTF-8 inside, {name} has {what}",
        hint="open it in a spreadsheet program and save it again; if that does not help, ask who "
        "made it",
    )
