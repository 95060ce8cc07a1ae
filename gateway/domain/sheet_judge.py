"""Deciding the rows of one sheet: the number cell, the row's place, its words, its repeats.

Rows are tuples, not objects: a million dataclasses cost 1.6 s, tuples 0.1 s (design 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.domain.entries import UNBLOCK
from gateway.domain.numbers import Decision, decide, refused
from gateway.domain.opened import Block
from gateway.domain.people import without_identities
from gateway.domain.sheet_marks import mark
from gateway.domain.sheet_plan import SheetPlan
from gateway.domain.sheet_words import Deciding, RowWords, picker

DecidedRow = tuple[
    int, str, str, int, str, str, str, str, str, str, str, str, str, bool, str, str, int
]
"""The columns of records.IntakeRow, in its order."""

_MAX_COUNT_DIGITS = 6  # a total of rows has no more; beyond it a total row may hide a number
_MAX_RAW = 200  # characters kept of a number cell: what is longer is a story, not a number
_REF_OTHER = re.compile(r"[^A-Za-z0-9_./:-]+")
_REF_CLEAN = re.compile(r"(?:[A-Za-z0-9_./:](?:[A-Za-z0-9_./:-]{0,13}[A-Za-z0-9_./:])?)?").fullmatch
_MAX_REF = 64  # characters of an evidence reference, as entries allow
_SHEET_BITS = 21  # row numbers stay below 2^21 (1,048,576 rows), the sheet's place is above


def clean_reference(text: str) -> str:
    """An evidence or letter reference in the characters that entries allow, at most 64."""
    if _REF_CLEAN(text):
        return text
    return _REF_OTHER.sub("-", without_identities(text).strip()).strip("-")[:_MAX_REF]


class Judge:
    """Decides the rows of one sheet, one by one.

    `first` has the place of the first accepted row of each number; the sheets of a file share it
    and it grows. A place is `here` of the sheet plus the row's number.
    """

    def __init__(
        self, sheet: SheetPlan, by: Deciding, disputed: frozenset[int], first: dict[int, int]
    ) -> None:
        self.sheet = sheet
        self.by = by
        self.disputed = disputed
        self.first = first
        self.here = sheet.index << _SHEET_BITS
        self.ref = sheet.columns.optional.get("evidence_ref", -1)
        self.pick = picker(sheet.columns)
        self.words = RowWords(sheet.columns, by)

    def numbers(self, block: Block, *, unblock: bool) -> Iterator[int]:
        """The numbers that the rows of a block ask to unblock, or else to block."""
        for _, record in self.listed(block):
            said, holds = self.words[self.pick(record)]
            if (said[3] == UNBLOCK) is unblock:
                number = self._judged(record, holds).number
                if number is not None:
                    yield number

    def listed(self, block: Block) -> Iterator[tuple[int, list[str]]]:
        """The rows of a block below the header, each with its number."""
        skipped = max(0, self.sheet.first_row - block.first)
        return enumerate(block.rows[skipped:], block.first + skipped)

    def row(self, number: int, record: list[str], hidden: bool) -> DecidedRow:
        """One row, decided."""
        said, holds = self.words[self.pick(record)]
        decision = self._judged(record, holds)
        rule, refers = "", 0
        if decision.number is not None:
            rule, refers = self._against(number, decision.number, hidden)
        if rule:
            decision = refused(rule)
        raw = without_identities(_cell(record, self.sheet.columns.number))
        category, channel, day, action, kind = said
        return (
            number,
            raw if len(raw) <= _MAX_RAW else raw[:_MAX_RAW] + "…",
            str(decision.outcome),
            decision.number or 0,
            decision.confidence,
            decision.route,
            decision.rule,
            "",
            category,
            channel,
            clean_reference(_cell(record, self.ref)),
            day,
            action,
            decision.test,
            self.sheet.name,
            kind,
            refers,
        )

    def _judged(self, record: list[str], holds: str) -> Decision:
        """What the cell, the row's place and its words make of it, apart from all other rows."""
        raw = _cell(record, self.sheet.columns.number)
        place = mark(record, raw, self.sheet.columns)
        if place == "header":
            return refused("header_again")
        if place == "total":
            digits = sum(char.isdigit() for char in raw)
            return refused("total_unclear" if digits > _MAX_COUNT_DIGITS else "total_row")
        if place == "shifted":
            return refused("shifted_row")
        decision = decide(raw, self.by.numbers)
        return refused(holds) if holds and decision.number is not None else decision

    def _against(self, row: int, number: int, hidden: bool) -> tuple[str, int]:
        """The rule by which other rows refuse a number, and the row it repeats; "" and 0: none."""
        if number in self.disputed:
            return "conflicting_action", 0
        if hidden and number not in self.first:
            return "hidden_row", 0
        here = self.here + row
        earlier = self.first.setdefault(number, here)
        if earlier == here:
            return "", 0
        same = earlier >> _SHEET_BITS == self.sheet.index
        return "repeat" if same else "repeat_sheet", earlier & (1 << _SHEET_BITS) - 1


def _cell(record: Sequence[str], index: int) -> str:
    return record[index] if 0 <= index < len(record) else ""
