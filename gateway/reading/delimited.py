"""CSV, TSV and pasted text: records streamed from the file, in bounded memory.

A quote that is never closed, or that swallowed rows, refuses the file: nothing is guessed that
could move a cell into another column. Checks cost no step of Python a cell: rows are looked at one
by one only where a record spans lines, or where the survey saw lines longer than a cell may be.
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from gateway.domain.errors import InputError
from gateway.domain.opened import Block
from gateway.ports.reading import BLOCK_ROWS, MAX_CELL, MAX_COLUMNS, MAX_ROWS
from gateway.reading.separators import SEPARATORS, Quoting, declared, sniff
from gateway.reading.survey import ONE_COLUMN, Survey
from gateway.reading.window import Handle, Window, as_text

_HEAD = 256 * 1024  # bytes looked at to find the separator
_BLOCK_BYTES = 8 * 1024 * 1024  # a block ends after as many, with fewer rows
_STEP = 100  # rows taken at once
_QUOTE_HINT = "look for a quotation mark that is not closed in that row"


@dataclass(frozen=True, slots=True)
class Delimited:
    """How one text file is read; `headline` says that its first line is Excel's, not a row."""

    file: Handle
    survey: Survey
    separator: str
    headline: bool
    quoted: bool

    def checked(self, _sheet: int = 0) -> Iterator[Block]:
        """The rows, and at their end whether the file is still the same. Raises as `blocks`."""
        return self.file.guarded(self.blocks())

    def blocks(self) -> Iterator[Block]:
        """Stream the rows. Raises InputError where one is not as expected."""
        window = Window(self.file.descriptor)
        with as_text(window, self.survey.encoding) as lines:
            if self.headline:
                lines.readline()
            records = _Records(_reader(lines, self), window, self)
            while rows := records.take():
                yield Block(records.row - len(rows) + 1, rows)


def open_delimited(file: Handle, survey: Survey, *, pasted: bool) -> Delimited:
    """Find the separator. Pasted text has tabs or semicolons and no quoting, whatever is in it."""
    decoder = codecs.getincrementaldecoder(survey.encoding)()
    head = decoder.decode(os.pread(file.descriptor, _HEAD, 0)).removeprefix("\ufeff")
    said = "" if pasted else declared(head)
    candidates = ("\t", ";") if pasted else SEPARATORS
    separator = said or sniff(head, candidates, quoted=not pasted)
    return Delimited(file, survey, separator, bool(said), not pasted)


class _Reader(Protocol):
    """What csv.reader returns; the class has no public name."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _reader(lines: Iterator[str], how: Delimited) -> _Reader:
    quoting: Quoting = csv.QUOTE_MINIMAL if how.quoted else csv.QUOTE_NONE
    return csv.reader(lines, delimiter=how.separator, quoting=quoting, strict=True)


class _Records:
    """The records of a file in blocks; `row` is the number of the last one taken."""

    def __init__(self, reader: _Reader, window: Window, how: Delimited) -> None:
        self._reader = reader
        self._window = window
        self._how = how
        self._step = 1 if how.survey.long_lines else _STEP
        self.row = 0

    def take(self) -> list[list[str]]:
        """The next block of rows; none at the end."""
        rows: list[list[str]] = []
        end = self._window.at + _BLOCK_BYTES
        while len(rows) < BLOCK_ROWS and self._window.at <= end:
            taken = self._next()
            if not taken:
                break
            rows += taken
        return rows

    def _next(self) -> list[list[str]]:
        lines, taken = self._reader.line_num, list[list[str]]()
        try:
            taken.extend(islice(self._reader, self._step))
        except csv.Error as bad:
            raise self._broken(self.row + len(taken) + 1, str(bad)) from bad
        if taken:
            spans = self._reader.line_num - lines != len(taken)
            self._check(taken, every=spans or self._how.survey.long_lines)
        self.row += len(taken)
        return taken if all(map(any, taken)) else [row if any(row) else [] for row in taken]

    def _broken(self, row: int, why: str) -> InputError:
        if "field limit" in why:
            return InputError(
                f"expected at most {MAX_CELL} characters in a cell, row {row} of "
                f"{self._how.file.name} has more",
                hint=_QUOTE_HINT,
            )
        return InputError(
            f"expected closed quotes in every cell, {self._how.file.name} breaks off near "
            f"row {row}",
            hint="look for a single quotation mark in that row, or save the file again",
        )

    def _check(self, rows: list[list[str]], *, every: bool) -> None:
        name = self._how.file.name
        if self.row + len(rows) > MAX_ROWS:
            raise InputError(f"expected at most {MAX_ROWS} rows, {name} has more", hint="split it")
        if max(map(len, rows)) > MAX_COLUMNS:
            row, wide = next((n, r) for n, r in enumerate(rows) if len(r) > MAX_COLUMNS)
            raise InputError(
                f"expected at most {MAX_COLUMNS} columns, row {self.row + row + 1} of {name} has "
                f"{len(wide)}",
                hint="save only the list itself, without the empty columns beside it",
            )
        if every:
            for row, record in enumerate(rows, start=self.row + 1):
                text = "".join(record)  # a tenth of the time of a look at each cell
                if len(text) > MAX_CELL or "\n" in text or "\r" in text:
                    self._check_record(record, row)

    def _check_record(self, record: list[str], row: int) -> None:
        for cell in record:
            if len(cell) > MAX_CELL:
                raise InputError(
                    f"expected at most {MAX_CELL} characters in a cell, row {row} of "
                    f"{self._how.file.name} has {len(cell)}",
                    hint=_QUOTE_HINT,
                )
            if _swallowed(cell, len(record), self._how.separator):
                raise InputError(
                    f"expected one row, row {row} of {self._how.file.name} holds several "
                    "inside one quoted cell",
                    hint=_QUOTE_HINT,
                )


def _swallowed(cell: str, width: int, separator: str) -> bool:
    """Whether a quoted cell with line breaks looks like whole rows that an open quote swallowed."""
    if width == 1 or ("\n" not in cell and "\r" not in cell):
        return False
    return any(line.count(separator) >= width - 1 for line in cell.splitlines())


def shown_separator(separator: str) -> str:
    """As the outcome names it: "" when the file has one column."""
    return "" if separator == ONE_COLUMN else separator
