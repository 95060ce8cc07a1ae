"""An intake's row report as CSV for staff, safe to open in a spreadsheet (threats.md W9).

A cell that a spreadsheet would run as a formula gets an apostrophe in front; numbers are written as
62... without plus, so they need none. What machines get is entries.csv, raw and signed.
"""

import csv
import io
from collections.abc import Iterable

from gateway.domain.records import IntakeRow

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def report_csv(rows: Iterable[IntakeRow]) -> bytes:
    """UTF-8 with BOM, so that Excel reads it as UTF-8; CRLF; every cell quoted where needed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(IntakeRow._fields)
    for row in rows:
        writer.writerow([safe_cell(_shown(value)) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def safe_cell(text: str) -> str:
    """The text as a spreadsheet shows it, never as it would run it."""
    return "'" + text if text.lstrip(" ").startswith(_RISKY) else text


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value == 0 and isinstance(value, int) else str(value)
