"""An intake's row report for staff, as cells of text.

Numbers are written as 62... without plus. What machines get is entries.csv, raw and signed.
"""

from collections.abc import Iterable, Iterator

from gateway.domain.records import IntakeRow
from gateway.domain.rules import reason_of

HEADERS = ("position", *IntakeRow._fields)

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def report_rows(rows: Iterable[tuple[int, IntakeRow]]) -> Iterator[tuple[str, ...]]:
    """The cells of each row in the order of HEADERS; the reason is always there as a sentence."""
    for position, row in rows:
        yield tuple(map(_shown, (position, *row._replace(reason=reason_of(row)))))


def safe_cell(text: str) -> str:
    """The text as a spreadsheet shows it, never as it would run it (threats.md W9): with an
    apostrophe in front where it would."""
    return "'" + text if text.lstrip(" ").startswith(_RISKY) else text


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value == 0 and isinstance(value, int) else str(value)
