"""From the bytes of a CSV file to its records: encoding, separator, caps.

Files come from Indonesian Windows: `;` as separator, cp1252 or UTF-8 with BOM, CRLF, title rows
above the header (domain.md 3.4). Nothing is guessed that could move a cell into another column: a
quote that is never closed, or that swallowed rows, refuses the file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from gateway.domain.columns import is_number_header
from gateway.domain.errors import InputError

MAX_BYTES = 128 * 1024 * 1024  # about 2.5 million rows
MAX_ROWS = 1_048_576  # what a spreadsheet can hold
MAX_COLUMNS = 256
MAX_CELL = 32_767  # characters, as in a spreadsheet

SEPARATORS = (";", ",", "\t", "|")
_ONE_COLUMN = "\x1f"  # unit separator: a delimiter that no accepted text contains
_SAMPLE = 200  # records looked at to find the separator
_AGREE = 0.6  # share of the sampled records that must have the same number of cells

_FOREIGN_FORMATS = (
    (b"PK\x03\x04", "an XLSX workbook (or another ZIP)"),
    (b"\xd0\xcf\x11\xe0", "an XLS workbook"),
    (b"%PDF", "a PDF"),
)
_EXPORT_HINT = (
    "reading workbooks comes with a later release: save as CSV UTF-8 with the number column "
    "formatted as text, so that no digit is lost"
)


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file, blank ones too, so that their count from 1 is the spreadsheet row.

    `rows` is read once and raises InputError where a record is not as expected.
    """

    rows: Iterator[list[str]]
    encoding: str
    separator: str  # "" when the file has one column


def read_records(data: bytes, name: str) -> Records:
    """Decode and split a CSV file. Raises InputError when it is too large or can't be read."""
    if len(data) > MAX_BYTES:
        raise InputError(
            f"expected at most {MAX_BYTES} bytes, {name} has {len(data)}",
            hint="split the file into several",
        )
    text, encoding = _decode(data, name)
    text, declared = _declared_separator(text)
    separator = declared or _sniff(text)
    return Records(
        _split(text, separator, name), encoding, "" if separator == _ONE_COLUMN else separator
    )


def _decode(data: bytes, name: str) -> tuple[str, str]:
    for magic, what in _FOREIGN_FORMATS:
        if data.startswith(magic):
            raise InputError(f"expected a CSV file, {name} is {what}", hint=_EXPORT_HINT)
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next encoding is tried; none left raises below
        text = text.removeprefix("\ufeff")
        if not any(char in text for char in ("\0", _ONE_COLUMN)):
            return text, encoding
    raise InputError(
        f"expected text in UTF-8, UTF-16 or Windows-1252, {name} is none of them",
        hint="save it as CSV UTF-8",
    )


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if data.startswith(b"\xef\xbb\xbf"):
        return ("utf-8-sig",)
    head = data[:400]
    if head.count(0) * 3 > len(head):
        return ("utf-16-le",) if head[1::2].count(0) > head[::2].count(0) else ("utf-16-be",)
    return ("utf-8", "cp1252")


def _declared_separator(text: str) -> tuple[str, str]:
    """Excel's own first line `sep=;`, which it does not show as a row."""
    first, _, rest = text.partition("\n")
    line = first.rstrip("\r")
    if line[:4].lower() == "sep=" and line[4:] in SEPARATORS:
        return rest, line[4:]
    return text, ""


def _sniff(text: str) -> str:
    """The separator that sets a number header apart, else the one most records agree on."""
    best, separator = (False, 0.0, 0), _ONE_COLUMN
    for candidate in SEPARATORS:
        records = _sample(text, candidate)
        counts = Counter(len(record) for record in records)
        if not counts:
            continue
        width, seen = max(counts.items(), key=lambda item: (item[1], item[0]))
        share = seen / counts.total()
        headed = any(len(record) > 1 and any(map(is_number_header, record)) for record in records)
        if (headed or (width > 1 and share >= _AGREE)) and (headed, share, width) > best:
            best, separator = (headed, share, width), candidate
    return separator


def _sample(text: str, separator: str) -> list[list[str]]:
    """The first filled records under this separator; none if the quotes make no sense with it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    filled = (record for record in reader if any(cell.strip() for cell in record))
    try:
        return list(islice(filled, _SAMPLE))
    except csv.Error:
        return []  # then this is not the separator; _split reports what is wrong with the file


def _split(text: str, separator: str, name: str) -> Iterator[list[str]]:
    row = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row, record in enumerate(reader, start=1):
            _check(record, row, separator, name)
            yield record
    except csv.Error as bad:
        raise InputError(
            f"expected closed quotes in every cell, {name} breaks off near row {row + 1}",
            hint="look for a single quotation mark in that row, or save the file again",
        ) from bad


def _check(record: list[str], row: int, separator: str, name: str) -> None:
    if row > MAX_ROWS:
        raise InputError(f"expected at most {MAX_ROWS} rows, {name} has more", hint="split it")
    if len(record) > MAX_COLUMNS:
        raise InputError(
            f"expected at most {MAX_COLUMNS} columns, row {row} of {name} has {len(record)}"
        )
    for cell in record:
        if len(cell) > MAX_CELL:
            raise InputError(
                f"expected at most {MAX_CELL} characters in a cell, row {row} of {name} has "
                f"{len(cell)}",
                hint="look for a quotation mark that is not closed in that row",
            )
        if _swallowed(cell, len(record), separator):
            raise InputError(
                f"expected one row, row {row} of {name} holds several inside one quoted cell",
                hint="look for a quotation mark that is not closed in that row",
            )


def _swallowed(cell: str, width: int, separator: str) -> bool:
    """Whether a quoted cell with line breaks looks like whole rows that an open quote swallowed."""
    if width == 1 or ("\n" not in cell and "\r" not in cell):
        return False
    return any(line.count(separator) >= width - 1 for line in cell.splitlines())
