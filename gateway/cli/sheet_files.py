"""Tables as XLSX and CSV for people: every cell text, nothing that runs as a formula (W9).

In XLSX each cell has the type text, so a number with a plus or a leading zero stays as it is. In
CSV a cell that a spreadsheet would run gets an apostrophe in front.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO

import xlsxwriter  # type: ignore[import-untyped]  # it brings no types

from gateway.cli.common import new_file
from gateway.domain.errors import InputError
from gateway.services.intake_report import safe_cell

_SHEET_ROWS = 1_000_000  # of one sheet, without its header; a spreadsheet holds 1,048,576
_AS_TEXT = {"num_format": "@", "valign": "top"}
_HEADER = {"bold": True, "bg_color": "#1F3864", "font_color": "#FFFFFF", "text_wrap": True}
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def write_table(
    path: Path,
    title: str,
    headers: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[str]],
) -> int:
    """A new file for its owner only, XLSX or CSV by its extension; returns how many rows it has.

    `widths` are of the columns, in characters. Raises Conflict, InputError.
    """
    kind = path.suffix.lower()
    if kind not in (".xlsx", ".csv"):
        raise InputError(
            f"expected a name that ends with .xlsx or .csv, got {path.name}",
            hint="choose another name with --out",
        )
    with new_file(path) as file:
        if kind == ".csv":
            return _csv(file, headers, rows)
        return _xlsx(file, path.parent, title, headers, widths, rows)


def _csv(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """UTF-8 with BOM and semicolons, as Excel of Indonesian settings reads it; CRLF."""
    count = 0
    with io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        for row in chain([headers], rows):
            writer.writerow(list(map(safe_cell, row)))
            count += 1
    return count - 1


def _xlsx(
    file: IO[bytes],
    folder: Path,
    title: str,
    headers: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[Sequence[str]],
) -> int:
    """Its working files, with numbers in them, lie beside the file until it is closed."""
    count = 0
    with xlsxwriter.Workbook(file, {**_OPTIONS, "tmpdir": str(folder)}) as book:
        head, text = book.add_format(_HEADER), book.add_format(_AS_TEXT)
        for number, page_rows in enumerate(_pages(rows), 1):
            page = book.add_worksheet(title if number == 1 else f"{title} {number}")
            for at, width in enumerate(widths):
                page.set_column(at, at, width, text)
            page.freeze_panes(1, 0)
            count += _page(page, headers, head, text, page_rows)
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
