"""From the blocks of an open file to decided rows, in order and in bounded memory.

Two passes at most: where a file has an action column, the first finds the numbers that it asks both
to block and to unblock. Besides one block what is held is, in the first, a set of the numbers and,
in the second, the first row of every accepted number, for repeats: about 110 bytes a row each, and
rows are capped (gateway.ports.reading).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.decided_rows import DecidedRow, DecidedRows
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.opened import Opened
from gateway.domain.sheet_bulk import Decider
from gateway.domain.sheet_plan import ReadingPlan
from gateway.domain.sheet_words import Deciding

__all__ = ["DecidedRow", "DecidedRows", "Deciding", "decide_file"]


def decide_file(opened: Opened, plan: ReadingPlan, by: Deciding) -> Iterator[DecidedRows]:
    """Every row below the headers of the planned sheets, decided, block by block.

    Of several rows of one number the
    first accepted one stays, the others are duplicates that refer to it; a number that the file
    asks both to block and to unblock is held in every row. Raises what the blocks raise.
    """
    disputed = _disputed(opened, plan, by)
    first: dict[int, int] = {}
    for sheet in plan.sheets:
        decider = Decider(sheet, by, disputed, first)
        for block in opened.blocks(sheet.index):
            yield decider.decide(block)


def _disputed(opened: Opened, plan: ReadingPlan, by: Deciding) -> frozenset[int]:
    """Numbers for which the rows ask different actions (no action means block)."""
    if not any("action" in sheet.columns.optional for sheet in plan.sheets):
        return frozenset()
    asked: dict[str, set[int]] = {BLOCK: set(), UNBLOCK: set()}
    for sheet in plan.sheets:
        decider = Decider(sheet, by, frozenset(), {})
        for block in opened.blocks(sheet.index):
            for number, action in decider.asked(block):
                asked[action].add(number)
    return frozenset(asked[BLOCK] & asked[UNBLOCK])
