"""Files for the tests of readers: written, changed by hand, read as a whole."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import xlsxwriter  # type: ignore[import-untyped]  # it has no stubs

from gateway.domain.opened import Opened
from gateway.reading.files import LIMITS, FileReader
from gateway.reading.limits import Limits

ONE, TWO = "087034567890", "087134567890"
_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
)
_ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"

Rows = dict[int, list[str]]


def rows_of(opened: Opened, sheet: int = 0) -> Rows:
    """All rows of a sheet by number, the blank ones left out."""
    found: Rows = {}
    for block in opened.blocks(sheet):
        found |= {block.first + at: row for at, row in enumerate(block.rows) if row}
    return found


def hidden_of(opened: Opened, sheet: int = 0) -> set[int]:
    """The numbers of the rows that a sheet hides."""
    return {row for block in opened.blocks(sheet) for row in block.hidden}


def read(path: Path, name: str = "", limits: Limits = LIMITS) -> Rows:
    """Open a file and read its first sheet."""
    with FileReader(limits).open(path, name or path.name) as opened:
        return rows_of(opened)


def drain(path: Path, name: str = "") -> int:
    """Open a file and read all sheets; how many rows there were."""
    with FileReader().open(path, name or path.name) as opened:
        sheets = range(len(opened.sheets))
        return sum(len(block.rows) for sheet in sheets for block in opened.blocks(sheet))


def written(path: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    """Write a file and return its path."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def workbook(path: Path, fill: Callable[[openpyxl.Workbook], None] | None = None) -> Path:
    """An XLSX of one sheet with a header and two numbers, or what `fill` puts into it."""
    book = openpyxl.Workbook()
    if fill:
        fill(book)
    else:
        for row in (["NO", "HP"], [1, ONE], [2, 6287134567890]):
            book.worksheets[0].append(row)
    book.save(path)
    book.close()
    return path


def shared(path: Path) -> Path:
    """The same small list, its texts in a table of shared strings, as Excel writes them."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Data")
    for at, values in enumerate((["NO", "HP"], [1, ONE], [2, 6287134567890])):
        sheet.write_row(at, 0, values)
    book.close()
    return path


def table(body: str, name: str = "Data") -> str:
    """One sheet of an ODS."""
    return f'<table:table table:name="{name}">{body}</table:table>'


def row(*cells: str, more: str = "") -> str:
    """One row of an ODS; `more` has its attributes."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def cell(text: str, tag: str = "table-cell", more: str = "") -> str:
    """One text cell of an ODS."""
    kind = 'office:value-type="string"'
    return f"<table:{tag} {kind} {more}><text:p>{text}</text:p></table:{tag}>"


def document(path: Path, body: str, more: dict[str, bytes] | None = None) -> Path:
    """An ODS with these tables; `more` adds or replaces members."""
    members = {
        "mimetype": ODS_TYPE,
        "content.xml": (_ODS_HEAD + body + _ODS_TAIL).encode(),
        "META-INF/manifest.xml": b"<manifest/>",
    }
    return packed(path, members | (more or {}))


def packed(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A ZIP of these members."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def changed(path: Path, change: dict[str, bytes]) -> Path:
    """The same workbook with members added or replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return packed(path, members | change)


def sheet_xml(path: Path) -> bytes:
    """The XML of a workbook's first sheet."""
    with zipfile.ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml")
