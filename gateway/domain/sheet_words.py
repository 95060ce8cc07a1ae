"""The optional cells of a sheet, column by column, each word read once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from gateway.domain.codes import CodeList
from gateway.domain.columns import Columns
from gateway.domain.columns_words import evidence_type
from gateway.domain.entries import BLOCK
from gateway.domain.few_words import FewWords
from gateway.domain.numbering import NumberRules
from gateway.domain.people import without_identities
from gateway.domain.sheet_marks import action_of, iso_date

_MOST = 20_000  # words kept of a column; a file has a few hundred
_LONGEST = 40  # characters kept of a word that is in no list: what is longer is a story
_NO_CODE = "unknown_code"
_DIGITS = re.compile(r"\d(?:\W{0,2}\d){4,}")  # no number is kept with it


@dataclass(frozen=True, slots=True)
class Deciding:
    """By what rows are decided, and what stands for a field that a row lacks.

    `category` and `channel` are codes, `evidence_date` is YYYY-MM-DD; each may be "". Evidence from
    after `today` (YYYY-MM-DD; "" is no limit) has no date. `dropped` counts, as rows are decided,
    the cells that said nothing that can be kept: evidence_ref, evidence_date.
    """

    numbers: NumberRules
    categories: CodeList
    channels: CodeList
    category: str = ""
    channel: str = ""
    evidence_date: str = ""
    today: str = ""
    dropped: Counter[str] = field(default_factory=Counter, compare=False)

    def day(self, text: str) -> str:
        """The date of a cell, "" for none that can be: what is not sure ends no doubt."""
        day = iso_date(text)
        return "" if self.today and day > self.today else day


Words = Sequence[str | None]
"""One column; None stands where a cell's word is in no list."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the optional cells of a block say, one sequence a column; `doubtful` where some cell of
    the sheet so far is in no list."""

    doubtful: bool
    categories: Words
    channels: Words
    days: Words
    actions: Words
    kinds: Words

    def holds(self) -> list[tuple[int, str]]:
        """The rows that their words hold, each with its rule."""
        if not self.doubtful:
            return []
        found = _unknown(self.actions, "unknown_action")
        codes = (*_unknown(self.categories, _NO_CODE), *_unknown(self.channels, _NO_CODE))
        return [*found, *codes]


class SheetWords:
    """Reads the optional cells of one sheet, each word once."""

    def __init__(self, columns: Columns, by: Deciding) -> None:
        optional = columns.optional
        self._categories = _Column(optional.get("category"), by.categories.code_for, by.category)
        self._channels = _Column(optional.get("channel"), by.channels.code_for, by.channel)
        self._days = _Column(optional.get("evidence_date"), by.day, by.evidence_date)
        self._day = optional.get("evidence_date")
        self._actions = _Column(optional.get("action"), action_of, BLOCK)
        self._kinds = _Column(optional.get("evidence_type"), evidence_type, "")

    def read(self, cells: Sequence[Sequence[str]], rows: int) -> Said:
        """What the columns of a block of so many rows say."""
        columns = (self._categories, self._channels, self._days, self._actions, self._kinds)
        words = [column.read(cells, rows) for column in columns]
        return Said(any(column.doubtful for column in columns), *words)

    def undated(self, said: Said, cells: Sequence[Sequence[str]]) -> int:
        """How many evidence dates are none, or none that can be yet."""
        at = self._day
        return 0 if at is None or at >= len(cells) else lost(cells[at], said.days)

    def kept(self, said: Said, cells: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
        """Categories, channels, days, actions and evidence types as they are stored: a word that is
        in no list as its sender wrote it, so that it is never taken for another one."""
        words = (said.categories, said.channels, said.days, said.actions, said.kinds)
        columns = (self._categories, self._channels, self._days, self._actions, self._kinds)
        for column, heard in zip(columns, words, strict=True):
            if said.doubtful and None in heard:
                yield column.kept(heard, cells)
            else:
                yield cast("Sequence[str]", heard)


class _Column(dict[str, str | None]):
    """Cell -> what it says; a blank one says `unsaid`."""

    def __init__(self, at: int | None, hear: Callable[[str], str | None], unsaid: str) -> None:
        super().__init__()
        self._at = at
        self._hear = hear
        self._unsaid = unsaid
        self.doubtful = False

    def __missing__(self, cell: str) -> str | None:
        if len(self) >= _MOST:
            self.clear()
        text = cell.strip()
        said = self._hear(text) if text else self._unsaid
        self.doubtful = self.doubtful or said is None
        return self.setdefault(cell, said)

    def read(self, cells: Sequence[Sequence[str]], rows: int) -> Words:
        at = self._at
        if at is None:
            return FewWords.always(self._unsaid, rows)
        if at >= len(cells):
            return FewWords.always(self[""], rows)
        return list(map(self.__getitem__, cells[at]))

    def kept(self, heard: Words, cells: Sequence[Sequence[str]]) -> list[str]:
        """What was heard, and of other cells their own words."""
        written = cells[self._at] if self._at is not None else ()
        pairs = zip(heard, written, strict=True)
        return [self._own(cell) if word is None else word for word, cell in pairs]

    def _own(self, cell: str) -> str:
        text = _DIGITS.sub("…", " ".join(without_identities(cell).split()))[:_LONGEST]
        return "?" if self._hear(text) is not None else text  # its beginning may be in the list


def lost(cells: Sequence[str], kept: Words) -> int:
    """How many cells are filled of which nothing is kept."""
    if "" not in kept:
        return 0
    return sum(1 for cell, word in zip(cells, kept, strict=True) if word == "" and cell.strip())


def _unknown(said: Words, rule: str) -> list[tuple[int, str]]:
    return [(i, rule) for i, word in enumerate(said) if word is None] if None in said else []
