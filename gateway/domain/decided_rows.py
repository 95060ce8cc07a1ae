"""Decided rows kept column by column: a million rows cost seventeen lists, not a million tuples."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.domain.records import IntakeRow

DecidedRow = tuple[
    int, str, str, int, str, str, str, str, str, str, str, str, str, bool, str, str, int
]
"""The members of records.IntakeRow, in its order."""

FIELDS = IntakeRow._fields
_EMPTY: tuple[tuple[Any, ...], ...] = ((),) * len(FIELDS)


class DecidedRows(Collection[DecidedRow]):
    """Consecutive rows; `columns` has the members of records.IntakeRow in its order.

    Iterating makes the rows as tuples, which costs more than all else here: it is for few rows, or
    for those that a person looks at.
    """

    __slots__ = ("columns",)

    def __init__(self, columns: Iterable[Sequence[Any]]) -> None:
        self.columns = tuple(columns)

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> DecidedRows:
        """From rows as tuples, or as IntakeRow."""
        return cls(tuple(zip(*rows, strict=True)) or _EMPTY)

    def column(self, name: str) -> Sequence[Any]:
        """One member of every row, by its name in IntakeRow."""
        return self.columns[FIELDS.index(name)]

    def row(self, at: int) -> IntakeRow:
        """One row, by its place from 0."""
        return IntakeRow._make(column[at] for column in self.columns)

    def replaced(self, columns: Mapping[str, Sequence[Any]]) -> DecidedRows:
        """With these columns in the place of their own."""
        pairs = zip(FIELDS, self.columns, strict=True)
        return DecidedRows(columns.get(name, column) for name, column in pairs)

    def changed(self, rows: Mapping[int, DecidedRow]) -> DecidedRows:
        """With other rows at these places (from 0)."""
        if not rows:
            return self
        columns = list(map(list, self.columns))
        for at, row in rows.items():
            for column, member in zip(columns, row, strict=True):
                column[at] = member
        return DecidedRows(columns)

    def __len__(self) -> int:
        return len(self.columns[0])

    def __iter__(self) -> Iterator[DecidedRow]:
        return zip(*self.columns, strict=True)

    def __contains__(self, row: object) -> bool:
        return any(row == one for one in self)
