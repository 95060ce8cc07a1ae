"""The port Reader: opens files of every kind that Palang reads."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from gateway.domain.errors import InputError
from gateway.domain.opened import Block, Kind, Opened, SheetHead
from gateway.domain.plain_names import without_numbers
from gateway.ports.reading import BLOCK_ROWS, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from gateway.reading.delimited import open_delimited, shown_separator
from gateway.reading.kinds import HEAD, find_kind, is_compound, refuse_compound
from gateway.reading.limits import Limits
from gateway.reading.objects import Objects
from gateway.reading.survey import Survey, survey
from gateway.reading.window import Handle
from gateway.reading.workbooks import open_workbook

LIMITS = Limits(rows=MAX_ROWS, columns=MAX_COLUMNS, cell=MAX_CELL, block_rows=BLOCK_ROWS)


class FileReader:
    """Reads text in this process and workbooks in a child with `limits`."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits

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
        if kind in ("csv", "text", "ndjson"):
            return _text(file, kind)
        found = survey(file, text=False)
        book = open_workbook(file, kind, self._limits)
        stack.callback(book.close)
        return _opened(file, found, book.kind, "", book.sheets, book.blocks)


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


def _text(file: Handle, kind: Kind) -> Opened:
    found = survey(file, text=True)
    one_sheet = (SheetHead(""),)
    if kind == "ndjson":
        objects = Objects(file, found)
        return _opened(file, found, kind, "", one_sheet, lambda _: objects.blocks())
    delimited = open_delimited(file, found, pasted=kind == "text")
    separator = shown_separator(delimited.separator)
    return _opened(file, found, kind, separator, one_sheet, lambda _: delimited.blocks())


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
        try:
            yield from opened.blocks(sheet)
        except UnicodeDecodeError as bad:
            raise file.changed() from bad  # the survey found every byte valid
        file.check()

    return blocks


def _refuse_compound(file: Handle) -> NoReturn:
    with mmap.mmap(file.descriptor, 0, access=mmap.ACCESS_READ) as content:
        refuse_compound(content, file.name)
