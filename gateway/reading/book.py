"""A workbook in the child: checked, loaded a sheet at a time, its rows given out in blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain, islice, repeat
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook

from gateway.domain.errors import InputError
from gateway.reading import ods, xlsx
from gateway.reading.frames import Message
from gateway.reading.layout import Layout, Patch, Patches
from gateway.reading.limits import Limits
from gateway.reading.package import Package
from gateway.reading.values import text_of

_SAVE = "open it in a spreadsheet program and save it as XLSX or ODS"


def open_book(descriptor: int, name: str, kind: str, limits: Limits) -> Book:
    """Check a file and load its workbook; `kind` is what its ending says, "" for nothing.

    Raises InputError; and whatever the libraries raise on a damaged file.
    """
    file = os.fdopen(descriptor, "rb", closefd=False)
    package = Package(file, name, limits)
    found = _kind(package, kind, name)
    layouts = (xlsx if found == "xlsx" else ods).layouts(package, name, limits)
    if not 0 < len(layouts) <= limits.sheets:
        raise package.refused(f"1 to {limits.sheets} sheets", str(len(layouts)))
    file.seek(0)
    workbook = CalamineWorkbook.from_filelike(file)
    names = workbook.sheet_names
    if any(names[layout.at : layout.at + 1] != [layout.name] for layout in layouts):
        raise package.refused("sheets that every reader sees alike", "others")
    return Book(name, found, layouts, workbook, limits)


class Book:
    """One workbook; a sheet is loaded when its first row is asked for."""

    def __init__(
        self,
        name: str,
        kind: str,
        layouts: list[Layout],
        workbook: CalamineWorkbook,
        limits: Limits,
    ) -> None:
        self._name = name
        self._kind = kind
        self._layouts = layouts
        self._workbook = workbook
        self._limits = limits
        self._loaded: tuple[int, CalamineSheet] | None = None
        self._rows: _Rows | None = None

    def describe(self) -> Message:
        """The kind, and the sheets as SheetHead has them."""
        return {"kind": self._kind, "sheets": [_head(layout) for layout in self._layouts]}

    def rows(self, sheet: int, first: int) -> Message:
        """The block of rows that begins at `first`; `next` is where the following does, or 0."""
        layout = self._layouts[sheet]
        rows = self._rows
        if rows is None or rows.layout is not layout or rows.next != first:
            rows = self._rows = _Rows(self._sheet(sheet), layout, self._limits, self._name)
            rows.skip(first - 1)
        block = rows.take()
        hidden = layout.hidden_between(first, first + len(block) - 1)
        return {"rows": block, "hidden": hidden, "next": rows.next}

    def _sheet(self, sheet: int) -> CalamineSheet:
        if self._loaded is None or self._loaded[0] != sheet:
            self._loaded = self._rows = None  # first, so that only one takes memory
            at = self._layouts[sheet].at
            self._loaded = (sheet, self._workbook.get_sheet_by_index(at))
        return self._loaded[1]


class _Rows:
    """The rows of one sheet in order; `next` is the number of the one to come, 0 at the end."""

    def __init__(self, sheet: CalamineSheet, layout: Layout, limits: Limits, name: str) -> None:
        self.layout = layout
        self.next = 1
        self._limits = limits
        self._name = name
        self._last = max(sheet.end[0] + 1 if sheet.end else 0, layout.last_patched())
        self._left = [""] * (sheet.start[1] if sheet.start else 0)
        self._check(sheet)
        self._values = chain(sheet.iter_rows(), repeat([]))
        self._patches = Patches([*layout.patches, *_merged(sheet)], limits.columns)

    def skip(self, count: int) -> None:
        """Go on behind `count` rows."""
        for _ in islice(self._values, count):
            self.next += 1

    def take(self) -> list[list[str]]:
        """The next block."""
        rows: list[list[str]] = []
        characters = 0
        for row in range(self.next, min(self.next + self._limits.block_rows, self._last + 1)):
            cells = self._cells(row, next(self._values))
            characters += sum(map(len, cells))
            rows.append(cells if any(cells) else [])
            if characters > self._limits.block_characters:
                break
        self.next += len(rows)
        if self.next > self._last:
            self.next = 0
        return rows

    def _cells(self, row: int, values: list[Any]) -> list[str]:
        cells = self._left + [
            value if type(value) is str and "\0" not in value else text_of(value)
            for value in values
        ]
        self._patches.apply(row, cells)
        longest = max(map(len, cells), default=0)
        if longest > self._limits.cell:
            raise InputError(
                f"expected at most {self._limits.cell} characters in a cell, row {row} of "
                f"{self._name} has {longest}"
            )
        return cells

    def _check(self, sheet: CalamineSheet) -> None:
        width = sheet.end[1] + 1 if sheet.end else 0
        for figure, cap, what in (
            (self._last, self._limits.rows, "rows"),
            (width, self._limits.columns, "columns"),
        ):
            if figure > cap:
                raise InputError(
                    f"expected at most {cap} {what} in a sheet, {self._name} has {figure} in sheet "
                    f"{self.layout.at + 1}",
                    hint="save only the list itself, or split it",
                )
        if self._last < self.layout.last_row:
            raise InputError(
                f"expected rows that every reader sees alike, {self._name} has others in sheet "
                f"{self.layout.at + 1}",
                hint=_SAVE,
            )


def _merged(sheet: CalamineSheet) -> Iterator[Patch]:
    """What merged areas cover, all but their top-left cells, to be shown empty."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        yield Patch(top + 1, top + 1, left + 1, right, "")
        yield Patch(top + 2, bottom + 1, left, right, "")


def _head(layout: Layout) -> Message:
    return {
        "name": layout.name,
        "visible": layout.visible,
        "hidden_columns": sorted(layout.hidden_columns),
    }


def _kind(package: Package, wanted: str, name: str) -> str:
    workbook, document = xlsx.TYPES in package, ods.MIMETYPE in package
    found, what = ("xlsx" if workbook else "ods"), ""
    if workbook == document:
        what = "both an XLSX and an ODS" if workbook else "another ZIP"
    elif workbook:
        what = xlsx.other_type(package)
    elif package.read(ods.MIMETYPE).strip() != ods.TYPE:
        what = "another document"
    elif ods.is_protected(package):
        raise InputError(
            f"expected a workbook that can be opened, {name} is protected by a password",
            hint="open it, save it without a password, send it again encrypted for this gateway",
        )
    if not what and wanted not in ("", found):
        what = f"an {found.upper()} workbook"
    if what:
        expected = f"an {wanted.upper()} workbook" if wanted else "an XLSX or ODS workbook"
        raise InputError(f"expected {expected}, {name} is {what}", hint=_SAVE)
    return found
