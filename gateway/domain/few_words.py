"""Columns of few words, with a character for each row that says which.

What rows have in common is found once, and the columns that follow from it are written without
another look at each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final, overload

FIRST: Final = ord("a")  # what stands for the first word, as pages have it
_INDEX: Final = 1  # in the index: so 127 words are ASCII, which is translated fastest


class FewWords(Sequence[Any]):
    """Row i has the word whose place in `words` is the character `marks[i]`, counted from "a".

    The words are all different. Written by `of`, `changed` and `members` they are in the order in
    which the rows first have them, and none is too many.
    """

    __slots__ = ("marks", "words")

    def __init__(self, words: list[Any], marks: str) -> None:
        self.words = words
        self.marks = marks

    @classmethod
    def always(cls, word: Any, rows: int) -> FewWords:
        """The same in every row."""
        return cls([word], chr(FIRST) * rows)

    @classmethod
    def of(cls, column: Sequence[Any]) -> FewWords:
        """Of any column."""
        if isinstance(column, FewWords):
            return column
        marks = {word: chr(at) for at, word in enumerate(dict.fromkeys(column), FIRST)}
        return cls(list(marks), "".join(map(marks.__getitem__, column)))

    def places(self, word: Any) -> list[int]:
        """The rows (from 0) that have this word, one of `words`."""
        mark = chr(FIRST + self.words.index(word))
        return [i for i, other in enumerate(self.marks) if other == mark]

    def changed(self, rows: Mapping[int, Any]) -> FewWords:
        """With other words in these rows (from 0)."""
        words = list(dict.fromkeys((*self.words, *rows.values())))
        known = {word: chr(at) for at, word in enumerate(words, FIRST)}
        marks = list(self.marks)
        for at, word in rows.items():
            marks[at] = known[word]
        text = "".join(marks)
        used = dict.fromkeys(text)
        order = {ord(mark): at for at, mark in enumerate(used, FIRST)}
        return FewWords([words[ord(mark) - FIRST] for mark in used], text.translate(order))

    def __len__(self) -> int:
        return len(self.marks)

    def __iter__(self) -> Iterator[Any]:
        known = dict(zip(map(chr, count(FIRST)), self.words, strict=False))
        return map(known.__getitem__, self.marks)

    def __contains__(self, word: object) -> bool:
        return word in self.words

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return list(self)[at]
        return self.words[ord(self.marks[at]) - FIRST]


def members(rows: Sequence[tuple[Any, ...]]) -> Iterator[FewWords]:
    """The columns of rows that are a few tuples again and again, each the same object."""
    places = list(map(id, rows))
    known = dict(zip(places, rows, strict=True))
    marks = dict(zip(known, map(chr, count(_INDEX)), strict=False))
    index = "".join(map(marks.__getitem__, places))
    return map(_column(index), zip(*known.values(), strict=True))


def _column(index: str) -> Callable[[tuple[Any, ...]], FewWords]:
    """Makes the column whose word is, for each character of the index, the one in its place."""

    def column(words: tuple[Any, ...]) -> FewWords:
        marks = {word: FIRST + at for at, word in enumerate(dict.fromkeys(words))}
        table = {at: marks[word] for at, word in enumerate(words, _INDEX)}
        return FewWords(list(marks), index.translate(table))

    return column
