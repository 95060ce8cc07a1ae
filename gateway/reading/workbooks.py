"""XLSX and ODS, read by a child process with limits: this side starts it, asks it and ends it.

The child is a new interpreter, not a fork: it has no key, no database and no memory of ours. What
it may cost is in `limits`; when it dies or is late, the file is refused.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain

from gateway.domain.errors import InputError
from gateway.domain.opened import Block, Kind, SheetHead
from gateway.reading.frames import Message, receive, send
from gateway.reading.limits import MIB, Limits
from gateway.reading.window import Handle

_COMMAND = (sys.executable, "-I", "-m", "gateway.reading.child")
_HINT = "open it in a spreadsheet program, keep only the list, save it again"
_LEFT_ALONE = 1.0  # seconds that a dying child has to be gone


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
        self._file = file
        self._limits = limits
        self._ahead: tuple[int, int] | None = None  # asked for, not yet received
        self._line, other_end = socket.socketpair()
        with other_end:
            self._child = subprocess.Popen(
                [*_COMMAND, str(file.descriptor)],
                stdin=other_end.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a library's complaint may quote a cell
                pass_fds=(file.descriptor,),
                env={"LC_ALL": "C.UTF-8"},
                cwd="/",
            )

    def check(self, kind: Kind | None) -> None:
        """Have the file checked, and learn its kind and sheets."""
        limits: Message = dict(asdict(self._limits))
        self._send({"do": "open", "name": self._file.name, "kind": kind or "", "limits": limits})
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

    def close(self) -> None:
        """Kill the child and wait for it."""
        self._child.kill()
        self._child.wait()
        self._line.close()

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
            raise self._nonsense()
        if not set(map(type, rows)) <= {list} or not set(map(type, hidden)) <= {int}:
            raise self._nonsense()
        if not set(map(type, chain.from_iterable(rows))) <= {str}:
            raise self._nonsense()
        return Block(first, rows, frozenset(hidden)), following

    def _ask(self, sheet: int, first: int) -> None:
        self._send({"do": "rows", "sheet": sheet, "first": first})
        self._ahead = (sheet, first)

    def _send(self, message: Message) -> None:
        try:
            send(self._line.fileno(), message)
        except OSError as bad:
            raise self._died() from bad

    def _receive(self) -> Message:
        reply = self._answer()
        if "error" in reply:
            raise InputError(str(reply["error"]), hint=str(reply.get("hint", "")))
        return reply

    def _answer(self) -> Message:
        try:
            reply = receive(self._line.fileno(), self._limits.seconds)
        except TimeoutError as bad:
            self._child.kill()
            raise self._costly() from bad
        except OSError as bad:
            raise self._died() from bad
        if reply is None:
            raise self._died()
        return reply

    def _died(self) -> InputError:
        """Why the child is gone, by how it ended."""
        try:
            ended = self._child.wait(_LEFT_ALONE)
        except subprocess.TimeoutExpired:
            ended = 0
        limits = (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT)
        return self._costly() if ended in limits else self._damaged()

    def _costly(self) -> InputError:
        return InputError(
            f"expected a workbook that takes at most {self._limits.memory // MIB} MiB and "
            f"{self._limits.seconds} seconds to read, {self._file.name} takes more",
            hint=_HINT + ", or split it",
        )

    def _damaged(self) -> InputError:
        return InputError(
            f"expected a workbook that can be read, {self._file.name} is damaged", hint=_HINT
        )

    def _nonsense(self) -> InputError:
        return InputError(
            f"expected rows from the reader of {self._file.name}, something else came", hint=_HINT
        )


def _list(found: object) -> list:  # type: ignore[type-arg]  # of what came over the pipe
    return found if isinstance(found, list) else []


def _head(found: object) -> SheetHead:
    sheet = found if isinstance(found, dict) else {}
    hidden = (at for at in _list(sheet.get("hidden_columns")) if isinstance(at, int))
    return SheetHead(str(sheet.get("name", "")), bool(sheet.get("visible")), frozenset(hidden))
