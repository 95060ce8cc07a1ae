"""XLSX and ODS, read by a child process with limits (children.py): this side asks it for rows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain

from gateway.domain.errors import InputError
from gateway.domain.opened import Block, Kind, SheetHead
from gateway.reading.children import Child, Said
from gateway.reading.frames import Message, decoded, encoded
from gateway.reading.limits import Limits
from gateway.reading.window import Handle

_COMMAND = (sys.executable, "-I", "-m", "gateway.reading.child")
_HINT = "open it in a spreadsheet program, keep only the list, save it again"
_SAID = Said("a workbook", _HINT + ", or split it", "is damaged", _HINT)


def open_workbook(file: Handle, kind: Kind | None, limits: Limits) -> Workbook:
    """Start the child and let it check the file. Raises InputError when the file is refused."""
    book = Workbook(file, limits)
    try:
        book.check(kind)
    except BaseException:
        book.close()
        raise
    return book


class Workbook:
    """One child with one open file. Asking it for a row ends whatever it was asked before."""

    kind: Kind
    sheets: tuple[SheetHead, ...]

    def __init__(self, file: Handle, limits: Limits) -> None:
        self._name = file.name
        self._limits = limits
        self._ahead: tuple[int, int] | None = None  # asked for, not yet received
        self._child = Child(_COMMAND, file, limits, _SAID)
        self.close = self._child.close

    def check(self, kind: Kind | None) -> None:
        """Have the file checked, and learn its kind and sheets."""
        limits: Message = dict(asdict(self._limits))
        self._send({"do": "open", "name": self._name, "kind": kind or "", "limits": limits})
        reply = self._receive()
        self.kind = "ods" if reply.get("kind") == "ods" else "xlsx"
        self.sheets = tuple(_head(sheet) for sheet in _list(reply.get("sheets")))

    def blocks(self, sheet: int) -> Iterator[Block]:
        """Stream the rows of a sheet; the child prepares one block while the last one is used."""
        first = 1
        while first:
            block, following = self._block(sheet, first)
            if following:
                self._ask(sheet, following)
            if block.rows:
                yield block
            first = following

    def _block(self, sheet: int, first: int) -> tuple[Block, int]:
        if self._ahead != (sheet, first):
            if self._ahead:
                self._answer()  # somebody stopped reading, and will not want it any more
            self._ask(sheet, first)
        self._ahead = None
        reply = self._receive()
        rows, hidden = _list(reply.get("rows")), _list(reply.get("hidden"))
        following = reply.get("next")
        if not isinstance(following, int) or 0 < following != first + len(rows):
            raise self._child.nonsense()
        if not set(map(type, rows)) <= {list} or not set(map(type, hidden)) <= {int}:
            raise self._child.nonsense()
        if not set(map(type, chain.from_iterable(rows))) <= {str}:
            raise self._child.nonsense()
        return Block(first, rows, frozenset(hidden)), following

    def _ask(self, sheet: int, first: int) -> None:
        self._send({"do": "rows", "sheet": sheet, "first": first})
        self._ahead = (sheet, first)

    def _send(self, message: Message) -> None:
        self._child.send(encoded(message))

    def _receive(self) -> Message:
        reply = self._answer()
        if "error" in reply:
            raise InputError(str(reply["error"]), hint=str(reply.get("hint", "")))
        return reply

    def _answer(self) -> Message:
        return decoded(self._child.receive())


def _list(found: object) -> list:  # type: ignore[type-arg]  # of what came over the pipe
    return found if isinstance(found, list) else []


def _head(found: object) -> SheetHead:
    sheet = found if isinstance(found, dict) else {}
    hidden = (at for at in _list(sheet.get("hidden_columns")) if isinstance(at, int))
    return SheetHead(str(sheet.get("name", "")), bool(sheet.get("visible")), frozenset(hidden))
