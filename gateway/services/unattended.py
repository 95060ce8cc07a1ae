"""Rows of a file that no officer looked at: only what is certain is accepted (promise F)."""

from collections.abc import Iterator
from typing import Final

from gateway.domain.rules import RULES
from gateway.domain.sheet_rows import DecidedRows
from gateway.services.context import refused

UNATTENDED = RULES["unattended"]

# places in records.IntakeRow
_NUMBER: Final = 3
_CONFIDENCE: Final = 4


def hold_uncertain(blocks: Iterator[DecidedRows]) -> Iterator[DecidedRows]:
    """The rows, an accepted one held whose number was inferred."""
    for rows in blocks:
        inferred = {
            at: refused(row, UNATTENDED)
            for at, row in enumerate(rows)
            if row[_NUMBER] and row[_CONFIDENCE] == "inferred"
        }
        yield rows.changed(inferred)
