"""Tables as XLSX and CSV for people: every cell text, nothing that runs as a formula (W9).

In XLSX each cell has the type text, so a number with a plus or a leading zero stays as it is. In
CSV a cell that a spreadsheet would run gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from gateway.services.intake_report import safe_cell

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Kinds of file -> media types."""

_SHEET_ROWS = 1_000_000  # of one sheet, without its header; a spreadsheet holds 1,048,576
_AS_TEXT = {"num_format": "@", "valign": "top"}
_HEADER = {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table to write: its title, its columns with their widths in characters, its rows."""

    title: str
    headers: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[str]]


def write(kind: str, table: Table, file: IO[bytes], folder: Path | None = None) -> int:
    """Write it as `csv` or `xlsx`; returns how many rows it has.

    An XLSX keeps working files with its rows beside the file, in `folder` (the system's for None),
    until it is closed. Raises KeyError for another kind.
    """
    return {"csv": _csv, "xlsx": _xlsx}[kind](file, table, folder)


def _csv(file: IO[bytes], table: Table, _folder: Path | None) -> int:
    """UTF-8 with BOM and semicolons, as Excel of Indonesian settings reads it; CRLF."""
    count = 0
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in chain([table.headers], table.rows):
        writer.writerow(list(map(safe_cell, row)))
        count += 1
    text.flush()
    text.detach()
    return count - 1


def _xlsx(file: IO[bytes], table: Table, folder: Path | None) -> int:
    count = 0
    place = {"tmpdir": str(folder)} if folder else {}
    with xlsxwriter.Workbook(file, {**_OPTIONS, **place}) as book:
        head, text = book.add_format(_HEADER), book.add_format(_AS_TEXT)
        for number, page_rows in enumerate(_pages(table.rows), 1):
            page = book.add_worksheet(table.title if number == 1 else f"{table.title} {number}")
            for at, width in enumerate(table.widths):
                page.set_column(at, at, width, text)
            page.freeze_panes(1, 0)
            count += _page(page, table.headers, head, text, page_rows)
    return count


def _pages(rows: Iterable[Sequence[str]]) -> Iterator[Iterable[Sequence[str]]]:
    """The rows of each sheet; the first one is there also where there is none."""
    source = iter(rows)
    yield islice(source, _SHEET_ROWS)
    for ahead in source:
        yield chain([ahead], islice(source, _SHEET_ROWS - 1))


def _page(
    page: "xlsxwriter.worksheet.Worksheet",
    headers: Sequence[str],
    head: "xlsxwriter.format.Format",
    text: "xlsxwriter.format.Format",
    rows: Iterable[Sequence[str]],
) -> int:
    for at, header in enumerate(headers):
        page.write_string(0, at, header, head)
    last = 0
    for last, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            if cell:
                page.write_string(last, at, cell, text)
    page.autofilter(0, 0, last, len(headers) - 1)
    return last
