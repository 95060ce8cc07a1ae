"""The first rows of a sheet taken apart: header, list, and what each column looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.domain.columns_words import (
    is_number_header,
    names_another_thing,
    role_of,
    says_phone,
    says_reported,
    words,
)
from gateway.domain.people import (
    NEVER_NUMBERS,
    WHO_COMPLAINS,
    Kind,
    kind_of_header,
    kind_of_value,
    tells_story,
)

_HEADER_DEPTH = 30  # rows above the list: letterhead, title, remarks
_CLEARLY_MOBILE = re.compile(r"'?(?:\+?62|0|0062)[ ().-]{0,2}8[0-9 ().-]{8,16}")
_PHONE_SHAPE = re.compile(r"'?(?:\+|00)?[0-9](?:[ .()-]{0,2}[0-9]){8,14}(?:\.0)?")
# a mobile number anywhere in a cell, as in links and remarks, its zero lost or not
_HAS_MOBILE = re.compile(
    r"(?<![0-9])(?:(?:00)?62[ ().-]{0,2}0?|0[ ().-]{0,2})?"
    r"8[1-9](?:[ ().-]{0,2}[0-9]){7,10}(?![0-9])"
)
_LIKE_ACCOUNT = re.compile(r"'?(?!62)[1-9][0-9]+(?:\.0)?")
_SOME_DIGITS = 5  # in a cell of a sheet with one column; what has fewer is words
_SHARE = 0.3  # of the filled cells must have a shape for a column to be of it


@dataclass(frozen=True, slots=True)
class Look:
    """`kinds` has the columns that may hold people; `first` is the index of the list's first row.

    `groups` has the words above each header ("DATA PELAPOR" over three columns); `titled` says that
    a title above the list names complainants.
    """

    headers: list[str]
    body: Sequence[list[str]]
    first: int
    width: int
    kinds: dict[int, Kind]
    groups: dict[int, str]
    titled: bool

    def name(self, index: int) -> str:
        """A header in comparable form, "" where there is none."""
        return words(cell(self.headers, index))

    def forbidden(self, index: int) -> bool:
        """Whether the column may never be read as the reported numbers."""
        return self.kinds.get(index) in NEVER_NUMBERS

    def reported(self, index: int) -> bool:
        """Whether the header, or the group that it stands in, says that this is the reported's."""
        name = self.name(index)
        return says_reported(name) or says_reported(self.groups.get(index, ""))

    def candidates(self) -> list[int]:
        """The columns that could hold the reported numbers, by header or by clear values.

        One whose header says "reported" always is, whatever its values look like.
        """
        free = [index for index in range(self.width) if not self.forbidden(index)]
        named = [index for index in free if is_number_header(cell(self.headers, index))]
        reported = [index for index in free if self._may_be_reported(index)]
        if self.width == 1:
            return named or reported or [index for index in free if self._is_list(index)]
        filled = [index for index in named if self._is(index, _phone_shape)] or named
        unsaid = [index for index in free if index not in named and self._says_nothing(index)]
        mobile = [index for index in unsaid if self._is(index, _clearly_mobile)]
        if named or reported:
            hinted = [index for index in unsaid if self._is(index, _has_mobile)]
            return sorted({*filled, *reported, *hinted})
        shaped = [index for index in unsaid if self._is(index, _phone_shape)]
        return shaped if mobile else []  # accounts alone, without a header, are no numbers

    def who_complains(self, number: int) -> list[int]:
        """The columns that make it likely that this number is the complainant's own; the number
        itself where a title says so. None where its header says that it is the reported's."""
        if self.reported(number):
            return []
        beside = [i for i in range(self.width) if i != number and self._about_complainant(i)]
        return beside or ([number] if self.titled else [])

    def _about_complainant(self, index: int) -> bool:
        kind = self.kinds.get(index)
        if kind == "narrative":
            return tells_story(self.name(index)) or self._is(index, _has_mobile)
        return kind in WHO_COMPLAINS

    def _may_be_reported(self, index: int) -> bool:
        name = self.name(index)
        if says_phone(name):
            return self.reported(index)
        another = index in self.kinds or names_another_thing(name) or role_of(name)
        return says_reported(name) and not another

    def _is_list(self, index: int) -> bool:
        """Whether a column without a word about telephones holds numbers, and not accounts: those
        have no zero in front, as numbers have that lost it."""
        cells = [text for row in self.body if _has_digits(text := cell(row, index).strip())]
        bare = sum(_LIKE_ACCOUNT.fullmatch(text) is not None for text in cells)
        return self._is(index, _has_digits) and len(cells) - bare >= _SHARE * len(cells)

    def _says_nothing(self, index: int) -> bool:
        """Whether the header leaves open what the column holds."""
        name = self.name(index)
        another = index in self.kinds or names_another_thing(name) or role_of(name)
        return says_phone(name) or not another

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
    return Look(headers, body, first, width, kinds, groups, _titled(rows[: at or 0]))


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


def _has_mobile(text: str) -> bool:
    return _HAS_MOBILE.search(text) is not None and kind_of_value(text) is None


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


def _titled(above: Sequence[list[str]]) -> bool:
    """Whether a title above the header names complainants and not the reported."""
    titles = [words(" ".join(row)) for row in above if _filled(row) == 1]
    complains = any(kind_of_header(title) == "complainant" for title in titles)
    return complains and not any(map(says_reported, titles))


def _filled(row: Sequence[str]) -> int:
    return sum(bool(text.strip()) for text in row)


def used_width(row: Sequence[str]) -> int:
    """The width of a row up to its last filled cell: readers may fill rows up with empty ones."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)
