"""Repeats: of several rows of one number in a file the first accepted one stays."""

from __future__ import annotations

from itertools import compress
from operator import ne
from typing import Final

from gateway.domain.decided_rows import DecidedRows
from gateway.domain.verdict_columns import with_verdicts
from gateway.domain.verdicts import Found, refused

_SHEET_BITS: Final = 21  # row numbers stay below 2^21 (1,048,576 rows), the sheet's place is above
_ROW: Final = (1 << _SHEET_BITS) - 1


class Repeats:
    """The first row of every accepted number of one file, some 110 bytes each."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def marked(self, sheet: int, rows: DecidedRows) -> DecidedRows:
        """The next rows of a sheet (its place from 0) in their order; one whose number came before
        becomes a duplicate that refers to that row."""
        if not len(rows):
            return rows
        numbers, start = rows.column("number"), rows.column("row")[0]
        here = sheet << _SHEET_BITS
        places = range(here + start, here + start + len(rows))
        earlier = list(map(self._first.setdefault, numbers, places))
        self._first.pop(0, None)
        found = compress(range(len(rows)), map(ne, earlier, places))
        again = {i: earlier[i] for i in found if numbers[i]}
        return _refer(rows, again, sheet) if again else rows


def _refer(rows: DecidedRows, again: dict[int, int], sheet: int) -> DecidedRows:
    """The rows, those at the places of `again` duplicates."""
    refers = list(rows.column("refers"))
    found: dict[int, Found] = {}
    for i, first in again.items():
        refers[i] = first & _ROW
        found[i] = refused("repeat" if first >> _SHEET_BITS == sheet else "repeat_sheet")
    return with_verdicts(rows, found, {"refers": refers})
