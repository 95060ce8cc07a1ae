"""The first rows of a sheet taken apart: header, list, and what each column looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.domain.columns_words import is_number_header, names_another_thing, role_of, words
from gateway.domain.people import NEVER_NUMBERS, Kind, kind_of_header, kind_of_value

_HEADER_DEPTH = 30  # rows above the list: letterhead, title, remarks
_CLEARLY_MOBILE = re.compile(r"'?(?:\+?62|0|0062)[ ().-]{0,2}8[0-9 ().-]{8,16}")
_PHONE_SHAPE = re.compile(r"'?(?:\+|00)?[0-9](?:[ .()-]{0,2}[0-9]){8,14}(?:\.0)?")
_SOME_DIGITS = 5  # in a cell of a sheet with one column; what has fewer is words
_SHARE = 0.3  # of the filled cells must have a shape for a column to be of it


@dataclass(frozen=True, slots=True)
class Look:
    """`kinds` has the columns that may hold people; `first` is the index of the list's first row.

    A group header above ("DATA PELAPOR" over three columns) counts for each of its columns.
    """

    headers: list[str]
    body: Sequence[list[str]]
    first: int
    width: int
    kinds: dict[int, Kind]

    def name(self, index: int) -> str:
        """A header in comparable form, "" where there is none."""
        return words(cell(self.headers, index))

    def forbidden(self, index: int) -> bool:
        """Whether the column may never be read as the reported numbers."""
        return self.kinds.get(index) in NEVER_NUMBERS

    def candidates(self) -> list[int]:
        """The columns that could hold the reported numbers, by header or by clear values."""
        free = [index for index in range(self.width) if not self.forbidden(index)]
        named = [index for index in free if is_number_header(cell(self.headers, index))]
        if self.width == 1:
            return named or [index for index in free if self._is(index, _has_digits)]
        filled = [index for index in named if self._is(index, _phone_shape)] or named
        unsaid = [index for index in free if index not in named and self._says_nothing(index)]
        mobile = [index for index in unsaid if self._is(index, _clearly_mobile)]
        if named:
            return sorted({*filled, *mobile})
        shaped = [index for index in unsaid if self._is(index, _phone_shape)]
        return shaped if mobile else []  # accounts alone, without a header, are no numbers

    def _says_nothing(self, index: int) -> bool:
        """Whether the header leaves open what the column holds."""
        name = self.name(index)
        return not (index in self.kinds or names_another_thing(name) or role_of(name))

    def _is(self, index: int, test: Callable[[str], bool]) -> bool:
        return share(self.body, index, test)


def look(rows: Sequence[list[str]], wanted: str | None) -> Look:
    """Take the first rows of a sheet apart; `wanted` is a header that may stand in them."""
    at = _header_row(rows, wanted)
    headers = rows[at] if at is not None else []
    first = at + 1 if at is not None else 0
    body = rows[first:]
    width = max([used_width(headers), *map(used_width, body)])
    groups = _groups(rows, at)
    kinds: dict[int, Kind] = {}
    for index in range(width):
        kind = _kind(words(cell(headers, index)), groups.get(index, ""), body, index)
        if kind:
            kinds[index] = kind
    return Look(headers, body, first, width, kinds)


def cell(row: Sequence[str], index: int) -> str:
    """A cell of a row, "" beyond its end."""
    return row[index] if index < len(row) else ""


def share(body: Sequence[list[str]], index: int, test: Callable[[str], bool]) -> bool:
    """Whether enough of the filled cells of a column pass a test."""
    cells = [text for row in body if (text := cell(row, index).strip())]
    return bool(cells) and sum(map(test, cells)) >= _SHARE * len(cells)


def matching(headers: Sequence[str], wanted: str | None) -> list[int]:
    """The columns whose header is the wanted one, whatever its case and punctuation."""
    key = words(wanted or "")
    return [i for i, header in enumerate(headers) if key and words(header) == key]


def _phone_shape(text: str) -> bool:
    return _PHONE_SHAPE.fullmatch(text) is not None and kind_of_value(text) is None


def _has_digits(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= _SOME_DIGITS


def _clearly_mobile(text: str) -> bool:
    return _CLEARLY_MOBILE.fullmatch(text) is not None and kind_of_value(text) is None


def _kind(name: str, group: str, body: Sequence[list[str]], index: int) -> Kind | None:
    if kind_of_header(group) == "complainant":
        return "complainant"
    named = kind_of_header(name)
    if named or role_of(name):
        return named
    if share(body, index, lambda text: kind_of_value(text) == "identity"):
        return "identity"
    return "email" if share(body, index, lambda text: kind_of_value(text) == "email") else None


def _header_row(rows: Sequence[list[str]], wanted: str | None) -> int | None:
    """The fullest row above the list that names a number column, else a wordy first row."""
    named: list[int] = []
    for index, row in enumerate(rows[:_HEADER_DEPTH]):
        if any(is_number_header(text) for text in row) or matching(row, wanted):
            named.append(index)
        if any(_PHONE_SHAPE.fullmatch(text.strip()) for text in row):
            break  # the list has begun
    if named:
        return max(named, key=lambda index: (_filled(rows[index]), -index))
    first = next((index for index, row in enumerate(rows) if _filled(row)), None)
    wordy = first is not None and not any(char.isdigit() for text in rows[first] for char in text)
    return first if wordy else None


def _groups(rows: Sequence[list[str]], at: int | None) -> dict[int, str]:
    """Header words of the row above, each for its column and the empty ones after it.

    A row with one filled cell is a title and says nothing about columns.
    """
    if not at or _filled(rows[at - 1]) < 2:
        return {}
    groups: dict[int, str] = {}
    said = ""
    for index in range(max(len(rows[at - 1]), len(rows[at]))):
        said = words(cell(rows[at - 1], index)) or said
        groups[index] = said
    return groups


def _filled(row: Sequence[str]) -> int:
    return sum(bool(text.strip()) for text in row)


def used_width(row: Sequence[str]) -> int:
    """The width of a row up to its last filled cell: readers may fill rows up with empty ones."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)
