"""The numbers of clean rows, a block at a time: digits of a common shape, cells in their place."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, compress, count
from operator import add, getitem, itemgetter, not_

from gateway.domain.columns import Columns
from gateway.domain.few_words import FewWords, members
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers_clean import HEAD, NOT_CLEAN, CleanForms, Form
from gateway.domain.sheet_marks import TOTAL_INITIALS, is_strong, lacks_account, may_be_strong
from gateway.domain.verdicts import Found, Verdict

_SAFE_FIRST = frozenset(string.ascii_letters + string.digits) - TOTAL_INITIALS
_WIDEST = 10**6  # columns: a sheet without headers has no width
_NO_DIGITS = "0" * (HEAD + 1)  # stands for a cell that is not clean: the number 0
_head, _tail, _initial = (itemgetter(slice(*ends)) for ends in ((HEAD,), (HEAD, None), (1,)))

Cells = Sequence[Sequence[str]]
"""The columns of a block, each as long as it has rows."""


@dataclass(slots=True)
class Verdicts:
    """What was decided of a block's numbers: the accepted ones, 0 for none, and the verdicts."""

    numbers: list[int]
    each: list[Verdict]

    def put(self, row: int, found: Found) -> None:
        """Decide one row anew; rows count from 0."""
        self.numbers[row], self.each[row] = found

    def columns(self) -> Iterator[FewWords]:
        """Outcomes, confidences, routes, rules and tests."""
        return members(self.each)


class CleanRows:
    """Reads the clean rows of one sheet; the others are looked at one by one elsewhere."""

    def __init__(self, columns: Columns, rules: NumberRules) -> None:
        headed = (i for i, text in enumerate(columns.headers) if text.strip())
        self._forms = CleanForms(rules)
        self._others = (*columns.accounts, *columns.without_phones())
        self._filed, self._files = columns.filed(), columns.files
        self._width, self._exact = columns.width, columns.most
        self._lead = min(next(headed, 0), columns.number)
        self._most = columns.width or _WIDEST
        if columns.header[:1].isdigit() or columns.header[:1] == "+":
            self._most = 0  # no row is clean: the header, met again in the list, is like a number
        # the number itself is no label of a total row
        self._safe = _SAFE_FIRST | {"+"} if self._lead == columns.number else _SAFE_FIRST

    def read(
        self, records: Sequence[Sequence[str]], cells: Cells, raws: Sequence[str]
    ) -> tuple[Verdicts, set[int]]:
        """What is decided of each clean row; number 0 where a row is not clean. `cells` are those
        of the `records` by column, `raws` the number column.

        The set has the rows in which some cell is not where it should be.
        """
        by_head = map(self._forms.__getitem__, map(_head, raws))
        forms = list(map(getitem, by_head, map(len, raws)))
        misplaced = self._misplaced(cells) | self._uneven(records) | self._swapped(cells, forms)
        for i in misplaced:
            forms[i] = NOT_CLEAN
        digits = _digits(raws, forms)
        adds, _, verdicts = zip(*forms, strict=True)
        return Verdicts(list(map(add, map(int, digits), adds)), list(verdicts)), misplaced

    def _misplaced(self, cells: Cells) -> set[int]:
        """The rows whose cells are not all where a clean row has them."""
        lead, beyond = self._lead, cells[self._most :]
        found: set[int] = set()
        for column in (*cells[:lead], *beyond):
            if any(column):
                found.update(i for i, cell in enumerate(column) if cell)
        first = list(map(_initial, cells[lead] if lead < len(cells) else ()))
        if not self._safe.issuperset(first):
            found.update(i for i, initial in enumerate(first) if initial not in self._safe)
        return found

    def _uneven(self, records: Sequence[Sequence[str]]) -> set[int]:
        """The rows that have more or fewer cells than the header."""
        if not self._exact:
            return set()
        lengths = list(map(len, records))
        if self._width <= min(lengths) and max(lengths) <= self._exact:
            return set()
        even = range(self._width, self._exact + 1)
        return {i for i, length in enumerate(lengths) if length not in even}

    def _swapped(self, cells: Cells, forms: Sequence[Form]) -> set[int]:
        """The rows where a phone number may stand in another place than its own, and so an account
        in its place."""
        weak = [i for i, form in enumerate(forms) if form.weak]
        if not weak:
            return set()
        columns = [cells[at] for at in self._others if at < len(cells)]
        strong = filter(may_be_strong, columns)
        found = {i for column in strong for i in weak if is_strong(column[i].strip())}
        if self._filed:
            found.update(self._unfiled([cells[at] for at in self._filed if at < len(cells)], weak))
        return found

    def _unfiled(self, filed: Cells, weak: Sequence[int]) -> Iterator[int]:
        """Those of the rows that lack an account where one should stand."""
        files = self._files
        if not files:  # then a row that has nothing there lacks nothing
            written = set(chain.from_iterable(compress(count(), column) for column in filed))
            weak = [i for i in weak if i in written]
        return (i for i in weak if lacks_account([column[i] for column in filed], files))


def _digits(raws: Sequence[str], forms: list[Form]) -> Sequence[str]:
    """Clean cells, zeros for others; where one has no digits only, its form becomes NOT_CLEAN.

    What a form stands for has digits in its head, so only what follows is looked at."""
    if NOT_CLEAN in forms:
        pairs = zip(raws, forms, strict=True)
        raws = [_NO_DIGITS if form is NOT_CLEAN else raw for raw, form in pairs]
    tails = list(map(_tail, raws))
    text = "".join(tails)
    if text.isascii() and text.isdigit():
        return raws
    digits = list(raws)
    odd = set(compress(count(), map(not_, map(str.isdigit, tails))))
    if not text.isascii():
        odd.update(i for i, tail in enumerate(tails) if not tail.isascii())
    for i in odd:
        forms[i], digits[i] = NOT_CLEAN, _NO_DIGITS
    return digits
