"""What the library that reads workbooks does not tell of a sheet: hidden rows, and odd cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Patch:
    """Cells that must read `text`, whatever the library says: rows from 1, columns from 0."""

    first: int
    last: int
    left: int
    right: int
    text: str


@dataclass(slots=True)
class Layout:
    """One sheet; `hidden_rows` are ranges in rising order, `at` its place among all sheets.

    `last_row` is the last one with anything in it, as far as that was looked at: the library must
    not see fewer.
    """

    name: str
    at: int
    visible: bool = True
    last_row: int = 0
    hidden_columns: set[int] = field(default_factory=set)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)

    def hide(self, first: int, last: int) -> None:
        """Note hidden rows; they come in rising order."""
        if self.hidden_rows and first <= self.hidden_rows[-1][1] + 1:
            first = min(first, self.hidden_rows[-1][0])
            last = max(last, self.hidden_rows.pop()[1])
        self.hidden_rows.append((first, last))

    def hidden_between(self, first: int, last: int) -> list[int]:
        """The hidden rows of a stretch."""
        at = max(0, bisect_right(self.hidden_rows, (first, 0)) - 1)
        found: list[int] = []
        for start, end in self.hidden_rows[at:]:
            if start > last:
                break
            found += range(max(start, first), min(end, last) + 1)
        return found

    def last_patched(self) -> int:
        """The last row that a patch fills; 0 when there is none."""
        return max((patch.last for patch in self.patches if patch.text), default=0)


class Patches:
    """Applies patches to rows that come in rising order."""

    def __init__(self, patches: Iterable[Patch], columns: int) -> None:
        self._waiting = sorted(patches, key=lambda patch: patch.first, reverse=True)
        self._active: list[Patch] = []
        self._columns = columns

    def apply(self, row: int, cells: list[str]) -> None:
        """Overwrite the patched cells of a row."""
        while self._waiting and self._waiting[-1].first <= row:
            self._active.append(self._waiting.pop())
        if not self._active:
            return
        self._active = [patch for patch in self._active if patch.last >= row]
        for patch in self._active:
            right = min(patch.right, self._columns - 1)
            if patch.text and right >= len(cells):
                cells.extend([""] * (right + 1 - len(cells)))
            for column in range(patch.left, min(right + 1, len(cells))):
                cells[column] = patch.text
