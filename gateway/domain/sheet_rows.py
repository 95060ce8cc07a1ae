"""From the blocks of an open file to decided rows, in order and in bounded memory.

Three passes at most. Where a file has an action column, the first finds the numbers that it asks to
unblock, the second which of them it also asks to block; the last decides. Besides one block, what
is held is a set of those numbers and, for repeats, the first row of every accepted number: about
110 bytes a row, and rows are capped (gateway.ports.reading).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.opened import Opened
from gateway.domain.sheet_bulk import Bulk
from gateway.domain.sheet_judge import DecidedRow, Judge
from gateway.domain.sheet_plan import ReadingPlan
from gateway.domain.sheet_words import Deciding

__all__ = ["DecidedRow", "Deciding", "decide_file"]


def decide_file(opened: Opened, plan: ReadingPlan, by: Deciding) -> Iterator[list[DecidedRow]]:
    """Every row below the headers of the planned sheets, decided, one list for each block.

    A row is a tuple in the column order of records.IntakeRow. Of several rows of one number the
    first accepted one stays, the others are duplicates that refer to it; a number that the file
    asks both to block and to unblock is held in every row. Raises what the blocks raise.
    """
    disputed = _disputed(opened, plan, by)
    first: dict[int, int] = {}
    for sheet in plan.sheets:
        bulk = Bulk(Judge(sheet, by, disputed, first))
        for block in opened.blocks(sheet.index):
            yield bulk.decide(block)


def _disputed(opened: Opened, plan: ReadingPlan, by: Deciding) -> frozenset[int]:
    """Numbers for which the rows ask different actions (no action means block)."""
    if not any("action" in sheet.columns.optional for sheet in plan.sheets):
        return frozenset()
    unblocked = _asked(opened, plan, by, unblock=True)
    return frozenset(unblocked & _asked(opened, plan, by, unblock=False) if unblocked else ())


def _asked(opened: Opened, plan: ReadingPlan, by: Deciding, *, unblock: bool) -> set[int]:
    found: set[int] = set()
    for sheet in plan.sheets:
        judge = Judge(sheet, by, frozenset(), {})
        for block in opened.blocks(sheet.index):
            found.update(judge.numbers(block, unblock=unblock))
    return found
