"""Blocks of rows decided column by column: clean rows cost no call each, the others are judged.

What a clean row gets is what the judge would give it (tests/intake proves it); it is only cheaper.
Rows are tuples, never objects (design 2): a million dataclasses cost more than their decisions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, repeat

from gateway.domain.numbers import Decision, refused
from gateway.domain.numbers_clean import Verdict
from gateway.domain.opened import Block
from gateway.domain.sheet_clean import CleanRows
from gateway.domain.sheet_judge import clean_reference, judge, kept_text
from gateway.domain.sheet_plan import SheetPlan
from gateway.domain.sheet_words import Deciding, RowWords, Said, picker

DecidedRow = tuple[
    int, str, str, int, str, str, str, str, str, str, str, str, str, bool, str, str, int
]
"""The columns of records.IntakeRow, in its order."""

_SHEET_BITS = 21  # row numbers stay below 2^21 (1,048,576 rows), the sheet's place is above
_ROW = (1 << _SHEET_BITS) - 1


class Decider:
    """Decides the blocks of one sheet, in order.

    `first` has the place of the first accepted row of each number; the sheets of a file share it
    and it grows. `disputed` numbers are held.
    """

    def __init__(
        self, sheet: SheetPlan, by: Deciding, disputed: frozenset[int], first: dict[int, int]
    ) -> None:
        self._sheet = sheet
        self._rules = by.numbers
        self._disputed = disputed
        self._first = first
        self._here = sheet.index << _SHEET_BITS
        self._words = RowWords(sheet.columns, by)
        self._pick = picker(sheet.columns)
        self._clean = CleanRows(sheet.columns, by.numbers)

    def decide(self, block: Block) -> list[DecidedRow]:
        """The decided rows of a block, those above the list left out."""
        start, records = self._listed(block)
        if not records:
            return []
        raws, numbers, verdicts, said = self._decided(start, records, block.hidden)
        refers = self._repeats(start, numbers, verdicts)
        outcomes, confidences, routes, rules, tests = zip(*verdicts, strict=True)
        categories, channels, days, actions, kinds = zip(*said, strict=True)
        ref = self._sheet.columns.optional.get("evidence_ref", -1)
        refs = [clean_reference(_cell(row, ref)) for row in records] if ref >= 0 else repeat("")
        return list(
            zip(
                count(start), raws, outcomes, numbers, confidences, routes, rules, repeat(""),
                categories, channels, refs, days, actions, tests, repeat(self._sheet.name), kinds,
                refers,
            )
        )  # fmt: skip

    def asked(self, block: Block) -> tuple[Sequence[int], list[str]]:
        """The number of each row, 0 where it has none, and the action that it asks for."""
        start, records = self._listed(block)
        if not records:
            return (), []
        _, numbers, _, said = self._decided(start, records, frozenset())
        return numbers, [actions for _, _, _, actions, _ in said]

    def _listed(self, block: Block) -> tuple[int, list[list[str]]]:
        skipped = max(0, self._sheet.first_row - block.first)
        return block.first + skipped, block.rows[skipped:]

    def _decided(
        self, start: int, records: list[list[str]], hidden: frozenset[int]
    ) -> tuple[list[str], list[int], list[Verdict], Sequence[Said]]:
        """Kept texts, numbers, verdicts and words of rows, apart from repeats."""
        columns = self._sheet.columns
        at = columns.number
        raws = [row[at] if at < len(row) else "" for row in records]
        said, holds = zip(*map(self._words.__getitem__, map(self._pick, records)), strict=True)
        numbers, verdicts = self._clean.read(records, raws)
        for i in [i for i, number in enumerate(numbers) if not number]:
            decision = judge(records[i], raws[i], columns, self._rules)
            raws[i] = kept_text(raws[i])
            numbers[i], verdicts[i] = decision.number or 0, _verdict_of(decision)
        for i, rule in self._held(start, numbers, holds, hidden):
            numbers[i], verdicts[i] = 0, _verdict_of(refused(rule))
        return raws, numbers, verdicts, said

    def _held(
        self, start: int, numbers: list[int], holds: Sequence[str], hidden: frozenset[int]
    ) -> list[tuple[int, str]]:
        """The rows that would be accepted but for their words, their neighbours or a filter."""
        found = []
        if hidden:
            found = [(row - start, "hidden_row") for row in hidden]
        if self._disputed:
            clash = self._disputed
            found += [(i, "conflicting_action") for i, n in enumerate(numbers) if n in clash]
        if any(holds):
            found += [(i, rule) for i, rule in enumerate(holds) if rule]
        return [(i, rule) for i, rule in found if 0 <= i < len(numbers) and numbers[i]]

    def _repeats(self, start: int, numbers: list[int], verdicts: list[Verdict]) -> list[int]:
        """Make later rows of one number duplicates; the row that each repeats, 0 for none."""
        places = range(self._here + start, self._here + start + len(numbers))
        earlier = list(map(self._first.setdefault, numbers, places))
        refers = [0] * len(numbers)
        if self._first.pop(0, None) is None and earlier == list(places):
            return refers
        for i, (number, place) in enumerate(zip(numbers, earlier, strict=True)):
            if number and place != places[i]:
                same = place >> _SHEET_BITS == self._sheet.index
                numbers[i], refers[i] = 0, place & _ROW
                verdicts[i] = _verdict_of(refused("repeat" if same else "repeat_sheet"))
        return refers


def _verdict_of(decision: Decision) -> Verdict:
    return (
        decision.outcome.value,
        decision.confidence,
        decision.route,
        decision.rule,
        decision.test,
    )


def _cell(record: Sequence[str], index: int) -> str:
    return record[index] if 0 <= index < len(record) else ""
