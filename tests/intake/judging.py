"""Known rows through the whole of reading, and what came out against what is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice, zip_longest

from config.seed import load_seed
from gateway.domain.codes import code_list
from gateway.domain.opened import Block, Opened, SheetHead
from gateway.domain.records import IntakeRow
from gateway.domain.rules import RULES, reason_of
from gateway.domain.sheet_plan import Wanted, plan_reading
from gateway.domain.sheet_rows import Deciding, decide_file
from tests.domain.number_rules import seed_rules
from tests.intake.lists import HEADER, Known

Rows = Callable[[], Iterator[Known]]
_NUMBER = HEADER.index("NOMOR HP")


@cache
def deciding() -> Deciding:
    """By the seed's numbering plan, protected numbers and code lists."""
    seed = load_seed()
    categories, channels = (code_list(seed.table(name)) for name in ("categories", "channels"))
    return Deciding(seed_rules(), categories, channels)


def in_memory(*sheets: Callable[[], Iterator[list[str]]], size: int = 5_000) -> Opened:
    """Sheets as a reader would hand them over; each is made anew at every pass."""

    def blocks(index: int) -> Iterator[Block]:
        rows, first = sheets[index](), 1
        while block := list(islice(rows, size)):
            yield Block(first, block)
            first += len(block)

    several = len(sheets) > 1
    heads = tuple(SheetHead(f"Lembar {chr(65 + i)}" if several else "") for i in range(len(sheets)))
    return Opened("csv", "list.csv", "sha256:0", 1, "utf-8", ";", heads, blocks)


def as_sheet(rows: Rows) -> Opened:
    """Known rows under their header."""
    return in_memory(lambda: chain([HEADER], (known.cells for known in rows())))


@dataclass(slots=True)
class Judgement:
    """`wrong` counts by spelling, outcome and rule: no number is ever shown by a test."""

    outcomes: Counter[str] = field(default_factory=Counter)
    spellings: Counter[str] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)


def judge(opened: Opened, rows: Rows) -> Judgement:
    """Decide every row and compare it with what is known of it."""
    plan = plan_reading(opened, Wanted(column="NOMOR HP"))
    decided = chain.from_iterable(decide_file(opened, plan, deciding()))
    found, first = Judgement(), dict[int, int]()
    for known, row in zip_longest(rows(), decided):
        assert known is not None and row is not None, "a row vanished or appeared"
        kept = IntakeRow(*row)
        fault = _fault(known, kept, first)
        found.outcomes[kept.outcome] += 1
        found.spellings[known.spelling] += 1
        if fault:
            found.wrong[fault, known.spelling, kept.outcome, kept.rule] += 1
    return found


def _fault(known: Known, row: IntakeRow, first: dict[int, int]) -> str:
    """What is wrong with a decision, or an empty string."""
    rule = RULES.get(row.rule)
    if rule is None or str(rule.outcome) != row.outcome:
        return "no rule for the outcome"
    if not (reason_of(row, "en") and reason_of(row, "id")):
        return "no reason"
    if row.outcome == "accepted":
        return _accepted_fault(known, row, first)
    if row.number or row.route:
        return "a number without acceptance"
    if row.outcome == "duplicate":
        same = first.get(known.number) == row.refers
        return "" if same and known.verdict != "wrong" else "duplicate of another number"
    return "refused though clean" if known.verdict == "right" else ""


def _accepted_fault(known: Known, row: IntakeRow, first: dict[int, int]) -> str:
    if known.verdict == "wrong":
        return "accepted though damaged"
    if row.number != known.number:
        return "another number"
    if known.number in first:
        return "accepted twice"
    first[known.number] = row.row
    if str(row.number).startswith(("621", "6280")):
        return "protected"
    foreign = not str(row.number).startswith("62")
    if foreign != (row.route == "ott"):
        return "wrong route"
    return "" if row.raw == known.cells[_NUMBER] else "raw text changed"
