"""Tables as XLSX and CSV for people: every cell text, nothing that runs as a formula (W9).

In XLSX each cell has the type text, so a number with a plus or a leading zero stays as it is. In
CSV a cell that a spreadsheet would run gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from gateway.services.intake_report import safe_cell

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds of file -> media types."""

_SHEET_ROWS = 1_000_000  # of one sheet, without its header; a spreadsheet holds 1,048,576
_AS_TEXT = {"num_format": "@", "valign": "top"}
_AS_COUNT = {"num_format": "#,##0", "valign": "top"}
_HEADER = {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table to write: its title, its columns with their widths in characters, its rows.

    A cell that is an int is a count, never a phone number.
    """

    title: str
    headers: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[str | int]]


def write(kind: str, table: Table, file: IO[bytes], folder: Path | None = None) -> int:
    """Write it as `csv` or `xlsx`; returns how many rows it has.

    An XLSX keeps working files with its rows beside the file, in `folder` (the system's for None),
    until it is closed. Raises KeyError for another kind.
    """
    return {"csv": _csv, "xlsx": _xlsx}[kind](file, table, folder)


def write_book(tables: Sequence[Table], file: IO[bytes], made: datetime) -> None:
    """One XLSX with a sheet for each of a few small tables; whole numbers are cells to count with.

    `made` is the only time in it, so that the same tables give the same bytes.
    """
    with xlsxwriter.Workbook(file, {**_OPTIONS, "constant_memory": False}) as book:
        book.set_properties({"created": made.replace(tzinfo=None)})
        formats = _formats(book)
        for table in tables:
            _sheet(book.add_worksheet(table.title), table, formats, table.rows)


def _csv(file: IO[bytes], table: Table, _folder: Path | None) -> int:
    """UTF-8 with BOM and semicolons, as Excel of Indonesian settings reads it; CRLF."""
    count = 0
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in chain([table.headers], table.rows):
        writer.writerow([safe_cell(str(cell)) for cell in row])
        count += 1
    text.flush()
    text.detach()
    return count - 1


def _xlsx(file: IO[bytes], table: Table, folder: Path | None) -> int:
    count = 0
    place = {"tmpdir": str(folder)} if folder else {}
    with xlsxwriter.Workbook(file, {**_OPTIONS, **place}) as book:
        formats = _formats(book)
        for number, page_rows in enumerate(_pages(table.rows), 1):
            page = book.add_worksheet(table.title if number == 1 else f"{table.title} {number}")
            count += _sheet(page, table, formats, page_rows)
    return count


class _Formats(NamedTuple):
    head: "xlsxwriter.format.Format"
    text: "xlsxwriter.format.Format"
    count: "xlsxwriter.format.Format"


def _formats(book: "xlsxwriter.Workbook") -> _Formats:
    return _Formats(*map(book.add_format, (_HEADER, _AS_TEXT, _AS_COUNT)))


def _sheet(
    page: "xlsxwriter.worksheet.Worksheet",
    table: Table,
    formats: _Formats,
    rows: Iterable[Sequence[str | int]],
) -> int:
    for at, width in enumerate(table.widths):
        page.set_column(at, at, width, formats.text)
    page.freeze_panes(1, 0)
    return _page(page, table.headers, formats, rows)


def _pages(rows: Iterable[Sequence[str | int]]) -> Iterator[Iterable[Sequence[str | int]]]:
    """The rows of each sheet; the first one is there also where there is none."""
    source = iter(rows)
    yield islice(source, _SHEET_ROWS)
    for ahead in source:
        yield chain([ahead], islice(source, _SHEET_ROWS - 1))


def _page(
    page: "xlsxwriter.worksheet.Worksheet",
    headers: Sequence[str],
    formats: _Formats,
    rows: Iterable[Sequence[str | int]],
) -> int:
    for at, header in enumerate(headers):
        page.write_string(0, at, header, formats.head)
    last = 0
    for last, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            if isinstance(cell, int):
                page.write_number(last, at, cell, formats.count)
            elif cell:
                page.write_string(last, at, cell, formats.text)
    page.autofilter(0, 0, last, len(headers) - 1)
    return last
