"""Which character separates the cells of a text file; nothing is guessed that could move a cell."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice
from typing import Literal

from gateway.domain.columns import is_number_header
from gateway.reading.survey import ONE_COLUMN

Quoting = Literal[0, 3]  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE

SEPARATORS = (";", ",", "\t", "|")
_SAMPLE = 200  # records looked at
_AGREE = 0.6  # share of them that must have the same number of cells


def declared(text: str) -> str:
    """The separator of Excel's own first line `sep=;`, which it does not show as a row; else ""."""
    line = text.partition("\n")[0].rstrip("\r")
    return line[4:] if line[:4].lower() == "sep=" and line[4:] in SEPARATORS else ""


def sniff(text: str, candidates: tuple[str, ...], *, quoted: bool) -> str:
    """The separator that sets a number header apart, else the one most records agree on.

    ONE_COLUMN when there is none. `quoted`: cells may be in quotation marks.
    """
    best, separator = (False, 0.0, 0), ONE_COLUMN
    for candidate in candidates:
        records = _sample(text, candidate, quoted)
        counts = Counter(len(record) for record in records)
        if not counts:
            continue
        width, seen = max(counts.items(), key=lambda item: (item[1], item[0]))
        share = seen / counts.total()
        headed = any(len(record) > 1 and any(map(is_number_header, record)) for record in records)
        if (headed or (width > 1 and share >= _AGREE)) and (headed, share, width) > best:
            best, separator = (headed, share, width), candidate
    return separator


def _sample(text: str, separator: str, quoted: bool) -> list[list[str]]:
    """The first filled records under this separator; none if the quotes make no sense with it."""
    lines = io.StringIO(text, newline="")
    quoting: Quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=separator, quoting=quoting)
    filled = (record for record in reader if any(cell.strip() for cell in record))
    try:
        return list(islice(filled, _SAMPLE))
    except csv.Error:
        return []  # then this is not the separator; reading reports what is wrong with the file
