"""Lists decided apart: a child reads a text file and decides its rows while this process stores.

What comes back is decided rows as pages, each checked like one that was stored before it counts.
The child leaves the cells that need a look at their own to this process, which else would wait.
The child is started when the file is opened, as it takes as long to get ready as the file to be
looked through, and told what to do when the rows are wanted.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from gateway.domain.decided_rows import DecidedRows
from gateway.domain.errors import InputError
from gateway.domain.row_pages import read_page
from gateway.domain.sheet_plan import SheetPlan
from gateway.domain.sheet_words import Deciding
from gateway.domain.unsettled import settled
from gateway.reading.children import Child, Said
from gateway.reading.delimited import Delimited
from gateway.reading.frames import decoded
from gateway.reading.limits import Limits
from gateway.reading.window import Handle

WORTH = 8 * 1024 * 1024
"""Bytes of a file from which on a child pays: to start it takes as long as 100,000 rows."""

_COMMAND = (sys.executable, "-I", "-m", "gateway.reading.apart_child")
_AGAIN = (
    "nothing of it was kept: add it again, and if that ends alike look whether the machine has "
    "memory left"
)
_SAID = Said("a list", "split it into several files", "lost the process that read it", _AGAIN)
_PAGE = b'{"count":'  # no other message begins so


def cores() -> int:
    """On how many cores this process may run: on one, a child only takes turns with it."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Order:
    """What a child does: decide the rows of this file by these rules, within these limits."""

    file: Delimited
    sheets: Sequence[SheetPlan]
    by: Deciding
    limits: Limits


class Apart:
    """Children for one open file, all ended when `stack` is closed."""

    def __init__(self, file: Handle, limits: Limits, stack: ExitStack) -> None:
        self._file = file
        self._limits = limits
        self._stack = stack
        self._ready: Child | None = self._start()

    def decided(
        self, file: Delimited, sheets: Sequence[SheetPlan], by: Deciding
    ) -> Iterator[tuple[int, DecidedRows]]:
        """See Opened.decided_apart. `by.dropped` grows at the end."""
        child, self._ready = self._ready or self._start(), None
        # a pickle, because it goes one way: to a child of ours that has not seen the file yet
        child.send(pickle.dumps(Order(file, sheets, by, self._limits)))
        while (body := child.receive()).startswith(_PAGE):
            yield sheets[0].index, settled(_rows(child, body), by.numbers)
        child.close()
        said = decoded(body)
        if "error" in said:
            raise InputError(str(said["error"]), hint=str(said.get("hint", "")))
        dropped = said.get("dropped")
        if not isinstance(dropped, dict) or not set(map(type, dropped.values())) <= {int}:
            raise child.nonsense()
        by.dropped.update(dropped)

    def _start(self) -> Child:
        child = Child(_COMMAND, self._file, self._limits, _SAID)
        self._stack.callback(child.close)
        return child


def _rows(child: Child, page: bytes) -> DecidedRows:
    if b"\n" in page:  # which ends a page in the intake's digest
        raise child.nonsense()
    try:
        return read_page(page)
    except InputError as bad:
        raise child.nonsense() from bad
