"""From the blocks of an open file to decided rows, in order and in bounded memory.

Two passes at most: where a file has an action column, the first finds the numbers that it asks both
to block and to unblock. Besides one block what is held is, in the first, a set of the numbers and,
in the second, the first row of every accepted number, for repeats: about 110 bytes a row each, and
rows are capped (gateway.ports.reading).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gateway.domain.decided_rows import DecidedRow, DecidedRows
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.opened import Block, Opened
from gateway.domain.repeats import Repeats
from gateway.domain.sheet_bulk import Decider
from gateway.domain.sheet_plan import ReadingPlan, SheetPlan
from gateway.domain.sheet_words import Deciding

__all__ = ["DecidedRow", "DecidedRows", "Deciding", "decide_blocks", "decide_file"]

_Blocks = Callable[[int], Iterator[Block]]


def decide_file(opened: Opened, plan: ReadingPlan, by: Deciding) -> Iterator[DecidedRows]:
    """Every row below the headers of the planned sheets, decided, block by block.

    Of several rows of one number the first accepted one stays, the others are duplicates that refer
    to it; a number that the file asks both to block and to unblock is held in every row. Raises
    what the blocks raise.
    """
    repeats = Repeats()
    apart = opened.decided_apart
    decided = apart(plan.sheets, by) if apart else decide_blocks(opened.blocks, plan.sheets, by)
    for sheet, rows in decided:
        yield repeats.marked(sheet, rows)


def decide_blocks(
    blocks: _Blocks, sheets: Sequence[SheetPlan], by: Deciding, *, leaves: bool = False
) -> Iterator[tuple[int, DecidedRows]]:
    """Every row but for repeats, each block with the place of its sheet; what one process can do
    while another looks for repeats and stores. With `leaves` that one has some cells to decide too
    (Decider)."""
    disputed = _disputed(blocks, sheets, by)
    for sheet in sheets:
        decider = Decider(sheet, by, disputed, leaves=leaves)
        for block in blocks(sheet.index):
            yield sheet.index, decider.decide(block)


def _disputed(blocks: _Blocks, sheets: Sequence[SheetPlan], by: Deciding) -> frozenset[int]:
    """Numbers for which the rows ask different actions (no action means block)."""
    if not any("action" in sheet.columns.optional for sheet in sheets):
        return frozenset()
    asked: dict[str, set[int]] = {BLOCK: set(), UNBLOCK: set()}
    for sheet in sheets:
        decider = Decider(sheet, by, frozenset())
        for block in blocks(sheet.index):
            for number, action in decider.asked(block):
                asked[action].add(number)
    return frozenset(asked[BLOCK] & asked[UNBLOCK])
