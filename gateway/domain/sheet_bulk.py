"""Blocks of rows decided column by column: clean rows cost no call each, the others are judged.

What a clean row gets is what the judge would give it (tests/intake proves it); it is only cheaper.
Rows are never objects (design 2): a million dataclasses cost more than their decisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress, repeat, zip_longest
from operator import not_

from gateway.domain.decided_rows import DecidedRow, DecidedRows
from gateway.domain.entries import BLOCK
from gateway.domain.evidence_refs import evidence_references
from gateway.domain.few_words import FewWords
from gateway.domain.numbers import find
from gateway.domain.opened import Block
from gateway.domain.rules import Outcome
from gateway.domain.sheet_clean import Cells, CleanRows, Verdicts
from gateway.domain.sheet_judge import judge, kept_text
from gateway.domain.sheet_plan import SheetPlan
from gateway.domain.sheet_words import Deciding, Said, SheetWords, lost
from gateway.domain.verdicts import refused

__all__ = ["DecidedRow", "Decider"]

_HELD = str(Outcome.HELD)
_SHORT = 5  # characters: (256) numbers the last column


class Decider:
    """Decides the blocks of one sheet, in order; `disputed` numbers are held.

    `leaves` tells that cells which need a look at their own may be left open, where nothing but the
    cell decides: unsettled.py decides those.
    """

    def __init__(
        self, sheet: SheetPlan, by: Deciding, disputed: frozenset[int], *, leaves: bool = False
    ) -> None:
        self._sheet = sheet
        self._rules = by.numbers
        self._dropped = by.dropped
        self._disputed = disputed
        self._leaves = leaves and not disputed
        self._words = SheetWords(sheet.columns, by)
        self._clean = CleanRows(sheet.columns, by.numbers)

    def decide(self, block: Block) -> DecidedRows:
        """The decided rows of a block, those above the list left out; repeats are not yet found."""
        start, records = self._listed(block)
        if not records:
            return DecidedRows.of(())
        cells, rows = _columns(records), len(records)
        said = self._words.read(cells, rows)
        raws, made = self._decided(start, records, cells, said, block.hidden)
        self._dropped["evidence_date"] += self._words.undated(said, cells)
        outcomes, confidences, routes, rules, tests = made.columns()
        blank, none, name = map(FewWords.always, ("", 0, self._sheet.name), repeat(rows))
        categories, channels, days, actions, kinds = self._words.kept(said, cells)
        return DecidedRows(
            (
                range(start, start + rows), raws, outcomes, made.numbers, confidences, routes,
                rules, blank, categories, channels, self._references(cells, rows), days, actions,
                tests, name, kinds, none,
            )
        )  # fmt: skip

    def _references(self, cells: Cells, rows: int) -> Sequence[str]:
        """What is kept of the evidence column; what is not is counted."""
        at = self._sheet.columns.optional.get("evidence_ref", len(cells))
        if at >= len(cells):
            return FewWords.always("", rows)
        kept = evidence_references(cells[at])
        self._dropped["evidence_ref"] += lost(cells[at], kept)
        return kept

    def asked(self, block: Block) -> Iterator[tuple[int, str]]:
        """The number of each row that has one, and the action that it asks for."""
        start, records = self._listed(block)
        if records:
            cells = _columns(records)
            said = self._words.read(cells, len(records))
            _, made = self._decided(start, records, cells, said, frozenset())
            for number, action in zip(made.numbers, said.actions, strict=True):
                if number:
                    yield number, action or BLOCK

    def _listed(self, block: Block) -> tuple[int, list[list[str]]]:
        skipped = max(0, self._sheet.first_row - block.first)
        return block.first + skipped, block.rows[skipped:]

    def _decided(
        self,
        start: int,
        records: list[list[str]],
        cells: Cells,
        said: Said,
        hidden: frozenset[int],
    ) -> tuple[list[str], Verdicts]:
        """Kept texts and verdicts of rows, apart from repeats."""
        columns = self._sheet.columns
        at, header = columns.number, columns.header
        raws = list(cells[at]) if at < len(cells) else [""] * len(records)
        made, misplaced = self._clean.read(records, cells, raws)
        holds = said.holds()
        leaves = self._leaves and not holds and not hidden
        for i in compress(range(len(raws)), list(map(not_, made.numbers))):
            raw = raws[i]
            text = raw.strip()  # it may be empty, a header again, or one of (1) (2) (3)
            if len(text) <= _SHORT or text == header or i in misplaced:
                made.put(i, judge(records[i], raw, columns, self._rules))
            elif leaves:
                continue  # with no outcome yet
            else:
                made.put(i, find(raw, self._rules))  # the row's place says nothing about it
            raws[i] = kept_text(raw)
        for i, rule in self._held(start, made.numbers, holds, hidden):
            made.put(i, refused(rule))
        for i, rule in holds:  # no officer may give such a row its number (proposals.py)
            if made.each[i][0] == _HELD:
                made.put(i, refused(rule))
        return raws, made

    def _held(
        self, start: int, numbers: list[int], holds: list[tuple[int, str]], hidden: frozenset[int]
    ) -> list[tuple[int, str]]:
        """The rows that would be accepted but for their words, their neighbours or a filter."""
        found = [(row - start, "hidden_row") for row in hidden]
        if self._disputed:
            clash = self._disputed
            found += [(i, "conflicting_action") for i, n in enumerate(numbers) if n in clash]
        found += holds
        return [(i, rule) for i, rule in found if 0 <= i < len(numbers) and numbers[i]]


def _columns(records: list[list[str]]) -> Cells:
    """The cells by column, "" where a row does not reach one."""
    return list(zip_longest(*records, fillvalue=""))
