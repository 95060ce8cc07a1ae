"""One number, from the cell that somebody wrote to what a partner declared."""

from dataclasses import dataclass

from demo.cast import OPERATOR_A, OTT
from demo.peek import listed
from demo.shell import DemoFailed
from demo.stage import Stage
from demo.story.rows import cells_of
from gateway.domain.masked_cells import mask_text
from gateway.domain.numbering import mask


@dataclass(frozen=True, slots=True)
class Chosen:
    """The number, the row that it came from, and its entry at the operator."""

    number: int
    row: int
    entry: int


def tell(stage: Stage, batch: int) -> Chosen:
    """Show the way of a number that operator and OTT both acted upon."""
    chosen = _choose(stage)
    actor = stage.actor(OPERATOR_A.id)
    delivery = actor.delivery(batch)
    shown = stage.palang.json("delivery", "show", delivery, "--entries")
    entry = shown["entries_list"][chosen.entry - 1]
    if entry["declared"] != "diblokir_total" or entry["number"] != mask(chosen.number):
        raise DemoFailed(f"entry {chosen.entry} of {delivery} is not as its kit has it")
    raw = mask_text(cells_of(stage.made)[chosen.row])
    stage.screen.part(
        "ONE",
        f'row {chosen.row} "{raw}" -> {entry["number"]} -> entry {chosen.entry} of {delivery}',
    )
    said, received = _hour(entry["said"]), _hour(shown["receipts"][0]["received"])
    stage.screen.more(
        f"-> acknowledged {received} -> declared blocked {said} WIB by {actor.id} "
        f"({entry['declared']})"
    )
    return chosen


def _hour(shown: str) -> str:
    """`14.03` of `24-11-2026 14.03 WIB`."""
    return shown.split(" ")[1]


def _choose(stage: Stage) -> Chosen:
    """The first row, written as a link or with blanks, whose number both have acted upon."""
    here = listed(stage.actor(OPERATOR_A.id).home)
    there = listed(stage.actor(OTT.id).home)
    for row in stage.made.expected:
        if row.cls in ("link", "punctuation", "+62_0") and row.number in here.keys() & there.keys():
            answers = OPERATOR_A.answer(here[row.number]), OTT.answer(there[row.number])
            if [a.disposition for a in answers if a] == ["diblokir_total", "ditindak"]:
                return Chosen(row.number, row.row, here[row.number])
    raise DemoFailed("no number of the list was acted upon by operator and OTT")
