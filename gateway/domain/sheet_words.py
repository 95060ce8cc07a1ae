"""The optional cells of a sheet, column by column, each word read once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import cast

from gateway.domain.codes import CodeList
from gateway.domain.columns import Columns
from gateway.domain.columns_words import evidence_type
from gateway.domain.entries import BLOCK
from gateway.domain.numbering import NumberRules
from gateway.domain.sheet_marks import action_of, iso_date

_MOST = 20_000  # words kept of a column; a file has a few hundred
_NO_CODE = "unknown_code"


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


Words = Sequence[str | None]
"""One column; None stands where a cell's word is in no list."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the optional cells of a block say, one sequence a column."""

    categories: Words
    channels: Words
    days: Words
    actions: Words
    kinds: Words

    def holds(self) -> list[tuple[int, str]]:
        """The rows that their words hold, each with its rule."""
        found = _unknown(self.actions, "unknown_action")
        codes = (*_unknown(self.categories, _NO_CODE), *_unknown(self.channels, _NO_CODE))
        return [*found, *codes]


class SheetWords:
    """Reads the optional cells of one sheet, each word once."""

    def __init__(self, columns: Columns, by: Deciding) -> None:
        optional = columns.optional
        self._categories = _Column(optional.get("category"), by.categories.code_for, by.category)
        self._channels = _Column(optional.get("channel"), by.channels.code_for, by.channel)
        self._days = _Column(
            optional.get("evidence_date"),
            lambda text: iso_date(text) or by.evidence_date,
            by.evidence_date,
        )
        self._actions = _Column(optional.get("action"), action_of, BLOCK)
        self._kinds = _Column(optional.get("evidence_type"), evidence_type, "")

    def read(self, records: list[list[str]]) -> Said:
        """What the rows of a block say."""
        narrowest = min(map(len, records))
        return Said(
            self._categories.read(records, narrowest),
            self._channels.read(records, narrowest),
            self._days.read(records, narrowest),
            self._actions.read(records, narrowest),
            self._kinds.read(records, narrowest),
        )


def known(said: Words, otherwise: str = "") -> Sequence[str]:
    """The words, with another in the place of those that are in no list."""
    if None in said:
        return [word or otherwise for word in said]
    return cast("Sequence[str]", said)


class _Column(dict[str, str | None]):
    """Cell -> what it says; a blank one says `unsaid`."""

    def __init__(self, at: int | None, hear: Callable[[str], str | None], unsaid: str) -> None:
        super().__init__()
        self._at = at
        self._hear = hear
        self._unsaid = unsaid

    def __missing__(self, cell: str) -> str | None:
        if len(self) >= _MOST:
            self.clear()
        text = cell.strip()
        return self.setdefault(cell, self._hear(text) if text else self._unsaid)

    def read(self, records: list[list[str]], narrowest: int) -> Words:
        at = self._at
        if at is None:
            return [self._unsaid] * len(records)
        if at < narrowest:
            return list(map(self.__getitem__, map(itemgetter(at), records)))
        return [self[row[at] if at < len(row) else ""] for row in records]


def _unknown(said: Words, rule: str) -> list[tuple[int, str]]:
    return [(i, rule) for i, word in enumerate(said) if word is None] if None in said else []
