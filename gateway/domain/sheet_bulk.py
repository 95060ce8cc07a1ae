"""Blocks of rows decided column by column: clean rows cost no call each, the others are judged.

What a clean row gets is what the judge would give it (tests/intake proves it); it is only cheaper.
Rows are never objects (design 2): a million dataclasses cost more than their decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from operator import itemgetter

from gateway.domain.decided_rows import DecidedRow, DecidedRows
from gateway.domain.entries import BLOCK
from gateway.domain.numbers import Decision, decide
from gateway.domain.numbers_clean import Verdict
from gateway.domain.opened import Block
from gateway.domain.rules import RULES, Outcome
from gateway.domain.sheet_clean import CleanRows
from gateway.domain.sheet_judge import clean_references, judge, kept_text
from gateway.domain.sheet_plan import SheetPlan
from gateway.domain.sheet_words import Deciding, Said, SheetWords, known

__all__ = ["DecidedRow", "Decider"]

_ACCEPTED, _HELD = str(Outcome.ACCEPTED), str(Outcome.HELD)
_SHEET_BITS = 21  # row numbers stay below 2^21 (1,048,576 rows), the sheet's place is above
_SHORT = 5  # characters: (256) numbers the last column
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
        self._words = SheetWords(sheet.columns, by)
        self._clean = CleanRows(sheet.columns, by.numbers)

    def decide(self, block: Block) -> DecidedRows:
        """The decided rows of a block, those above the list left out."""
        start, records = self._listed(block)
        if not records:
            return DecidedRows.of(())
        said = self._words.read(records)
        raws, numbers, verdicts = self._decided(start, records, said, block.hidden)
        refers = self._repeats(start, numbers, verdicts)
        outcomes, confidences, routes, rules, tests = zip(*verdicts, strict=True)
        ref = self._sheet.columns.optional.get("evidence_ref", -1)
        blank = [""] * len(raws)
        return DecidedRows(
            (
                range(start, start + len(raws)), raws, outcomes, numbers, confidences, routes,
                rules, blank, known(said.categories), known(said.channels),
                clean_references(_column(records, ref)) if ref >= 0 else blank, known(said.days),
                known(said.actions, BLOCK), tests, [self._sheet.name] * len(raws),
                known(said.kinds), refers,
            )
        )  # fmt: skip

    def asked(self, block: Block) -> Iterator[tuple[int, str]]:
        """The number of each row that has one, and the action that it asks for."""
        start, records = self._listed(block)
        if records:
            said = self._words.read(records)
            _, numbers, _ = self._decided(start, records, said, frozenset())
            for number, action in zip(numbers, said.actions, strict=True):
                if number:
                    yield number, action or BLOCK

    def _listed(self, block: Block) -> tuple[int, list[list[str]]]:
        skipped = max(0, self._sheet.first_row - block.first)
        return block.first + skipped, block.rows[skipped:]

    def _decided(
        self, start: int, records: list[list[str]], said: Said, hidden: frozenset[int]
    ) -> tuple[list[str], list[int], list[Verdict]]:
        """Kept texts, numbers and verdicts of rows, apart from repeats."""
        columns = self._sheet.columns
        raws = _column(records, columns.number)
        numbers, verdicts, misplaced = self._clean.read(records, raws)
        for i in [i for i, number in enumerate(numbers) if not number]:
            raw = raws[i]
            if i in misplaced or self._may_be_no_cell(raw):
                decision = judge(records[i], raw, columns, self._rules)
            else:
                decision = decide(raw, self._rules)  # the row's place says nothing about it
            raws[i] = kept_text(raw)
            numbers[i], verdicts[i] = decision.number or 0, _verdict_of(decision)
        for i, rule in self._held(start, numbers, said, hidden):
            numbers[i], verdicts[i] = 0, _refusal(rule)
        for i, rule in said.holds():  # no officer may give such a row its number (proposals.py)
            if verdicts[i][0] == _HELD:
                verdicts[i] = _refusal(rule)
        return raws, numbers, verdicts

    def _may_be_no_cell(self, raw: str) -> bool:
        """Whether a cell may be empty, a header again, or one of (1) (2) (3)."""
        text = raw.strip()
        return len(text) <= _SHORT or text == self._sheet.columns.header

    def _held(
        self, start: int, numbers: list[int], said: Said, hidden: frozenset[int]
    ) -> list[tuple[int, str]]:
        """The rows that would be accepted but for their words, their neighbours or a filter."""
        found = [(row - start, "hidden_row") for row in hidden]
        if self._disputed:
            clash = self._disputed
            found += [(i, "conflicting_action") for i, n in enumerate(numbers) if n in clash]
        found += said.holds()
        return [(i, rule) for i, rule in found if 0 <= i < len(numbers) and numbers[i]]

    def _repeats(self, start: int, numbers: list[int], verdicts: list[Verdict]) -> list[int]:
        """Make later rows of one number duplicates; the row that each repeats, 0 for none."""
        places = list(range(self._here + start, self._here + start + len(numbers)))
        earlier = list(map(self._first.setdefault, numbers, places))
        refers = [0] * len(numbers)
        if self._first.pop(0, None) is None and earlier == places:
            return refers
        for i, (number, place) in enumerate(zip(numbers, earlier, strict=True)):
            if number and place != places[i]:
                same = place >> _SHEET_BITS == self._sheet.index
                numbers[i], refers[i] = 0, place & _ROW
                verdicts[i] = _refusal("repeat" if same else "repeat_sheet")
        return refers


def _verdict_of(decision: Decision) -> Verdict:
    if decision.number is None:
        return _refusal(decision.rule)
    return _ACCEPTED, decision.confidence, decision.route, decision.rule, decision.test


@cache
def _refusal(rule: str) -> Verdict:
    return str(RULES[rule].outcome), "", "", rule, False


def _column(records: list[list[str]], at: int) -> list[str]:
    """The cells of one column, "" where a row does not reach it."""
    if at < min(map(len, records)):
        return list(map(itemgetter(at), records))
    return [row[at] if at < len(row) else "" for row in records]
