"""The numbers of clean rows, a block at a time: digits of a common shape, cells in their place."""

from __future__ import annotations

import string
from operator import add, itemgetter

from gateway.domain.columns import Columns
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers_clean import HEAD, NOT_CLEAN, CleanForms, Form, Verdict
from gateway.domain.sheet_marks import TOTAL_INITIALS, is_strong

_SAFE_FIRST = frozenset(string.ascii_letters + string.digits) - TOTAL_INITIALS
_WIDEST = 10**6  # columns: a sheet without headers has no width
_head, _initial = itemgetter(slice(HEAD)), itemgetter(slice(1))
_skip, _add, _verdict = itemgetter(0), itemgetter(1), itemgetter(2)
_first_cell = itemgetter(0)


class CleanRows:
    """Reads the clean rows of one sheet; the others are looked at one by one elsewhere."""

    def __init__(self, columns: Columns, rules: NumberRules) -> None:
        headed = (i for i, text in enumerate(columns.headers) if text.strip())
        self._forms = CleanForms(rules)
        self._accounts = columns.accounts
        self._lead = min(next(headed, 0), columns.number)
        self._least = columns.number + 1
        self._most = columns.width or _WIDEST
        if columns.header[:1].isdigit() or columns.header[:1] == "+":
            self._most = 0  # no row is clean: the header, met again in the list, is like a number
        # the number itself is no label of a total row
        self._safe = _SAFE_FIRST | {"+"} if self._lead == columns.number else _SAFE_FIRST

    def read(
        self, records: list[list[str]], raws: list[str]
    ) -> tuple[list[int], list[Verdict], set[int]]:
        """Number and verdict of each clean row; 0 and an empty one where a row is not clean.

        The set has the rows in which some cell is not where it should be.
        """
        keys = zip(map(_head, raws), map(len, raws), strict=True)
        forms = list(map(self._forms.__getitem__, keys))
        misplaced = self._misplaced(records)
        if self._accounts:
            weak = (i for i, form in enumerate(forms) if form[3])
            misplaced.update(i for i in weak if self._may_be_swapped(records[i]))
        for i in misplaced:
            forms[i] = NOT_CLEAN
        digits = raws
        if NOT_CLEAN in forms or not _all_digits(raws, forms):
            digits = raws.copy()
            for i, form in enumerate(forms):
                raw = raws[i]
                if form is NOT_CLEAN or not (raw.isascii() and raw[form[0] :].isdigit()):
                    forms[i], digits[i] = NOT_CLEAN, "0"
        numbers = list(map(add, map(int, digits), map(_add, forms)))
        return numbers, list(map(_verdict, forms)), misplaced

    def _misplaced(self, records: list[list[str]]) -> set[int]:
        """The rows whose cells are not all where a clean row has them."""
        if self._all_in_place(records):
            return set()
        return {i for i, row in enumerate(records) if not self._in_place(row)}

    def _in_place(self, row: list[str]) -> bool:
        lead = self._lead
        return (
            self._least <= len(row)
            and not any(row[self._most :])
            and row[lead][:1] in self._safe
            and not (lead and any(row[:lead]))
        )

    def _all_in_place(self, records: list[list[str]]) -> bool:
        """Whether all are, for less than it costs to look at each."""
        widths = set(map(len, records))
        most = self._most
        if self._lead or min(widths) < self._least:
            return False
        if max(widths) > most and any(any(row[most:]) for row in records):
            return False
        return self._safe.issuperset(map(_initial, map(_first_cell, records)))

    def _may_be_swapped(self, row: list[str]) -> bool:
        """Whether a phone number stands where an account should, and so the other way round."""
        return any(is_strong(row[i].strip()) for i in self._accounts if i < len(row))


def _all_digits(raws: list[str], forms: list[Form]) -> bool:
    """Whether the cells hold ASCII digits only, each with a plus where its form has one."""
    text = "".join(raws)
    signs = text.count("+")
    return text.isascii() and text.replace("+", "").isdigit() and signs == sum(map(_skip, forms))
