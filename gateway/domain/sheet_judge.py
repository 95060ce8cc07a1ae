"""Deciding the rows of one sheet: the number cell, the row's place, its words, its repeats.

Rows are tuples, not objects: a million dataclasses cost 1.6 s, tuples 0.1 s (design 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.codes import CodeList
from gateway.domain.columns import Role
from gateway.domain.columns_words import evidence_type
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import Decision, decide, refused
from gateway.domain.opened import Block
from gateway.domain.people import without_identities
from gateway.domain.sheet_marks import action_of, iso_date, mark
from gateway.domain.sheet_plan import SheetPlan

DecidedRow = tuple[
    int, str, str, int, str, str, str, str, str, str, str, str, str, bool, str, str, int
]
"""The columns of records.IntakeRow, in its order."""

_MAX_COUNT_DIGITS = 6  # a total of rows has no more; beyond it a total row may hide a number
_MAX_RAW = 200  # characters kept of a number cell: what is longer is a story, not a number
_REF_OTHER = re.compile(r"[^A-Za-z0-9_./:-]+")
_MAX_REF = 64  # characters of an evidence reference, as entries allow
_SHEET_BITS = 21  # row numbers stay below 2^21 (1,048,576 rows), the sheet's place is above


@dataclass(frozen=True, slots=True)
class Deciding:
    """By what rows are decided, and what stands for a field that a row lacks.

    `category` and `channel` are codes, `evidence_date` is YYYY-MM-DD; each may be "".
    """

    numbers: NumberRules
    categories: CodeList
    channels: CodeList
    category: str = ""
    channel: str = ""
    evidence_date: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The optional cells of a row, read; `rule` is the one that holds the row, or ""."""

    category: str
    channel: str
    evidence_date: str
    action: str
    evidence_type: str
    rule: str


def clean_reference(text: str) -> str:
    """An evidence or letter reference in the characters that entries allow, at most 64."""
    return _REF_OTHER.sub("-", without_identities(text).strip()).strip("-")[:_MAX_REF]


class Judge:
    """Decides the rows of one sheet; `first` is shared by the sheets of a file and grows."""

    def __init__(
        self, sheet: SheetPlan, by: Deciding, disputed: frozenset[int], first: dict[int, int]
    ) -> None:
        self._sheet = sheet
        self._by = by
        self._disputed = disputed
        self._first = first

    def decide(self, block: Block) -> list[DecidedRow]:
        """The decided rows of a block, those above the list left out."""
        return [
            self._row(number, record, number in block.hidden)
            for number, record in self._listed(block)
        ]

    def numbers(self, block: Block, *, unblock: bool) -> Iterator[int]:
        """The numbers that the rows of a block ask to unblock, or else to block."""
        at = self._sheet.columns.optional.get("action", -1)
        for _, record in self._listed(block):
            if (action_of(_cell(record, at).strip()) == "unblock") is unblock:
                number = self._judged(record, self._words(record)).number
                if number is not None:
                    yield number

    def _listed(self, block: Block) -> Iterator[tuple[int, list[str]]]:
        skipped = max(0, self._sheet.first_row - block.first)
        return enumerate(block.rows[skipped:], block.first + skipped)

    def _row(self, number: int, record: list[str], hidden: bool) -> DecidedRow:
        said = self._words(record)
        decision = self._judged(record, said)
        rule, refers = "", 0
        if decision.number is not None:
            rule, refers = self._against(number, decision.number, hidden)
        if rule:
            decision = refused(rule)
        raw = without_identities(_cell(record, self._sheet.columns.number))
        return (
            number,
            raw if len(raw) <= _MAX_RAW else raw[:_MAX_RAW] + "…",
            str(decision.outcome),
            decision.number or 0,
            decision.confidence,
            decision.route,
            decision.rule,
            "",
            said.category,
            said.channel,
            clean_reference(self._optional(record, "evidence_ref")),
            said.evidence_date,
            said.action or "block",
            decision.test,
            self._sheet.name,
            said.evidence_type,
            refers,
        )

    def _judged(self, record: list[str], said: Words) -> Decision:
        """What the cell, the row's place and its words make of it, apart from all other rows."""
        raw = _cell(record, self._sheet.columns.number)
        place = mark(record, raw, self._sheet.columns)
        if place == "header":
            return refused("header_again")
        if place == "total":
            digits = sum(char.isdigit() for char in raw)
            return refused("total_unclear" if digits > _MAX_COUNT_DIGITS else "total_row")
        if place == "shifted":
            return refused("shifted_row")
        decision = decide(raw, self._by.numbers)
        return refused(said.rule) if said.rule and decision.number is not None else decision

    def _against(self, row: int, number: int, hidden: bool) -> tuple[str, int]:
        """The rule by which other rows refuse a number, and the row it repeats; "" and 0: none."""
        if number in self._disputed:
            return "conflicting_action", 0
        if hidden and number not in self._first:
            return "hidden_row", 0
        here = self._sheet.index << _SHEET_BITS | row
        earlier = self._first.setdefault(number, here)
        if earlier == here:
            return "", 0
        same = earlier >> _SHEET_BITS == self._sheet.index
        return "repeat" if same else "repeat_sheet", earlier & (1 << _SHEET_BITS) - 1

    def _words(self, record: list[str]) -> Words:
        by = self._by
        category, channel = self._optional(record, "category"), self._optional(record, "channel")
        action = action_of(self._optional(record, "action"))
        coded = by.categories.code_for(category) if category else by.category
        channelled = by.channels.code_for(channel) if channel else by.channel
        unknown = "unknown_code" if coded is None or channelled is None else ""
        return Words(
            coded or "",
            channelled or "",
            iso_date(self._optional(record, "evidence_date")) or by.evidence_date,
            action or "",
            evidence_type(self._optional(record, "evidence_type")),
            "unknown_action" if action is None else unknown,
        )

    def _optional(self, record: list[str], role: Role) -> str:
        return _cell(record, self._sheet.columns.optional.get(role, -1)).strip()


def _cell(record: Sequence[str], index: int) -> str:
    return record[index] if 0 <= index < len(record) else ""
