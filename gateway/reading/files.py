"""The port Reader: opens files of every kind that Palang reads."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from gateway.domain.errors import InputError
from gateway.domain.opened import Block, Kind, Opened, SheetHead
from gateway.domain.plain_names import without_numbers
from gateway.ports.reading import BLOCK_ROWS, MAX_BYTES, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from gateway.reading.apart import WORTH, Apart, cores
from gateway.reading.delimited import open_delimited, shown_separator
from gateway.reading.kinds import HEAD, find_kind, is_compound, refuse_compound
from gateway.reading.limits import Limits
from gateway.reading.objects import Objects
from gateway.reading.survey import Survey, survey
from gateway.reading.window import Handle
from gateway.reading.workbooks import open_workbook

LIMITS = Limits(rows=MAX_ROWS, columns=MAX_COLUMNS, cell=MAX_CELL, block_rows=BLOCK_ROWS)
LIST_LIMITS = replace(LIMITS, seconds=600)
"""Far more than the largest list takes: it was always read, however slow the machine."""

_ONE_SHEET = (SheetHead(""),)


class FileReader:
    """Reads text in this process and workbooks in a child with `limits`.

    The rows of a list of `apart_from` bytes and more are decided in a child, with `list_limits`.
    """

    def __init__(
        self,
        limits: Limits = LIMITS,
        list_limits: Limits = LIST_LIMITS,
        apart_from: int | None = None,
    ) -> None:
        self._limits = limits
        self._list_limits = list_limits
        self._apart_from = apart_from

    @contextmanager
    def open(self, path: Path, name: str) -> Iterator[Opened]:
        """See the port. Numbers in the name are neither repeated in errors nor kept (promise H)."""
        kept = without_numbers(name)
        shown = kept or "the file"
        with ExitStack() as stack:
            descriptor = _open(path, shown)
            stack.callback(os.close, descriptor)
            file = Handle(descriptor, shown)
            opened = self._opened(file, stack)
            yield replace(opened, name=kept, blocks=_guarded(file, opened))

    def _opened(self, file: Handle, stack: ExitStack) -> Opened:
        head = os.pread(file.descriptor, HEAD, 0)
        if is_compound(head):
            survey(file, text=False)  # refuses what is too large to be looked through
            _refuse_compound(file)
        kind = find_kind(head, file.name)
        if kind == "ndjson":
            return _objects(file)
        if kind in ("csv", "text"):
            return self._text(file, kind, stack)
        found = survey(file, text=False)
        book = open_workbook(file, kind, self._limits)
        stack.callback(book.close)
        return _opened(file, found, book.kind, "", book.sheets, book.blocks)

    def _text(self, file: Handle, kind: Kind, stack: ExitStack) -> Opened:
        apart = Apart(file, self._list_limits, stack) if self._is_apart(file) else None
        found = survey(file, text=True)
        listed = open_delimited(file, found, pasted=kind == "text")
        separator = shown_separator(listed.separator)
        opened = _opened(file, found, kind, separator, _ONE_SHEET, lambda _: listed.blocks())
        return replace(opened, decided_apart=partial(apart.decided, listed)) if apart else opened

    def _is_apart(self, file: Handle) -> bool:
        least = self._apart_from
        if least is None:
            least = WORTH if cores() > 1 else MAX_BYTES + 1
        return least <= os.fstat(file.descriptor).st_size <= MAX_BYTES


def _open(path: Path, name: str) -> int:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as bad:
        raise InputError(
            f"expected a file that can be read, {name} can't be opened: {bad.strerror}"
        ) from bad
    if not os.path.isfile(f"/dev/fd/{descriptor}"):
        os.close(descriptor)
        raise InputError(f"expected a file, {name} is a folder or a device")
    return descriptor


def _objects(file: Handle) -> Opened:
    found = survey(file, text=True)
    objects = Objects(file, found)
    return _opened(file, found, "ndjson", "", _ONE_SHEET, lambda _: objects.blocks())


def _opened(
    file: Handle,
    found: Survey,
    kind: Kind,
    separator: str,
    sheets: tuple[SheetHead, ...],
    blocks: Callable[[int], Iterator[Block]],
) -> Opened:
    return Opened(
        kind, file.name, found.digest, found.size, found.encoding, separator, sheets, blocks
    )


def _guarded(file: Handle, opened: Opened) -> Callable[[int], Iterator[Block]]:
    """The blocks, with the checks that no kind of file is spared."""

    def blocks(sheet: int) -> Iterator[Block]:
        if not 0 <= sheet < len(opened.sheets):
            raise InputError(
                f"expected a sheet from 1 to {len(opened.sheets)} in {file.name}, not {sheet + 1}"
            )
        yield from file.guarded(opened.blocks(sheet))

    return blocks


def _refuse_compound(file: Handle) -> NoReturn:
    with mmap.mmap(file.descriptor, 0, access=mmap.ACCESS_READ) as content:
        refuse_compound(content, file.name)
