"""Cells of the four common shapes, decided by their length and first characters alone.

`0870...`, `62870...`, `+62870...` and `870...`, digits only: nine rows of ten in an export. The
table holds what `numbers.decide` says of them, worked out once for each beginning.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.domain.numbering import NumberRules, PlanRow
from gateway.domain.verdicts import Verdict, acceptance

_MOST = 20_000  # beginnings kept; a file has a few hundred

HEAD = 6  # characters of a cell that decide, with its length, how all like it are read
_SHAPE = re.compile(r"(\+62|62|0|)(8[1-35-9][0-9]*)").fullmatch
_NATIONAL = range(9, 13)  # digits of a mobile number without its zero (domain.md 3.5)
_RULES = {"+62": "country_code", "62": "country_code", "0": "national_zero", "": "lost_zero"}


class Form(NamedTuple):
    """How cells of one beginning and length are read: as the whole number plus `add`.

    An account number can have the shape of a `weak` one: no zero in front, or nine digits.
    """

    add: int
    weak: bool
    verdict: Verdict


NOT_CLEAN = Form(0, True, ("", "", "", "", False))
"""Such a cell is looked at whole. It has no outcome."""


class CleanForms(dict[str, "_ByLength"]):
    """First characters -> length -> form."""

    def __init__(self, rules: NumberRules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, head: str) -> _ByLength:
        if len(self) >= _MOST:  # what senders write has no end
            self.clear()
        shape = _SHAPE(head) if len(head) == HEAD else None
        row = self._rules.uniform_row("62" + shape[2]) if shape else None
        return self.setdefault(head, _by_length(shape[1], row) if shape and row else _NEVER)


class _ByLength(dict[int, Form]):
    """Length -> form, of cells with one beginning."""

    def __missing__(self, length: int) -> Form:
        return NOT_CLEAN


_NEVER = _ByLength()


def _by_length(prefix: str, row: PlanRow) -> _ByLength:
    return _ByLength((n + len(prefix), _form(prefix, n, row)) for n in _NATIONAL)


def _form(prefix: str, digits: int, row: PlanRow) -> Form:
    short = digits == _NATIONAL[0]
    rule = "short_62" if short and prefix == "62" else _RULES[prefix]
    add = 0 if prefix in ("62", "+62") else 62 * 10**digits
    weak = short or not prefix
    return Form(add, weak, acceptance(rule, row.partner, test=row.test))
