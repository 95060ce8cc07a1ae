"""Cells of the four common shapes, decided by their length and first characters alone.

`0870...`, `62870...`, `+62870...` and `870...`, digits only: nine rows of ten in an export. The
table holds what `numbers.decide` says of them, worked out once for each beginning.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gateway.domain.numbering import NumberRules
from gateway.domain.rules import RULES, Outcome

_MOST = 20_000  # beginnings kept; a file has a few hundred

HEAD = 6  # characters of a cell that decide, with its length, how all like it are read
_SHAPE = re.compile(r"(\+62|62|0|)(8[1-35-9][0-9]*)")
_NATIONAL = range(9, 13)  # digits of a mobile number without its zero (domain.md 3.5)
_RULES = {"+62": "country_code", "62": "country_code", "0": "national_zero", "": "lost_zero"}


Verdict = tuple[str, str, str, str, bool]
"""Outcome, confidence, route, rule and test, as a decided row has them."""


class Form(NamedTuple):
    """How cells of one beginning and length are read: from digit `skip`, the number plus `add`.

    An account number can have the shape of a `weak` one: no zero in front, or nine digits.
    """

    skip: int
    add: int
    verdict: Verdict
    weak: bool


NOT_CLEAN = Form(0, 0, ("", "", "", "", False), weak=True)


class CleanForms(dict[tuple[str, int], Form]):
    """(first characters, length) -> form, or NOT_CLEAN: such a cell is looked at whole."""

    def __init__(self, rules: NumberRules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, key: tuple[str, int]) -> Form:
        head, length = key
        shape = _SHAPE.fullmatch(head)
        if shape is None or length < HEAD:
            return NOT_CLEAN  # not kept: what senders write has no end
        if len(self) >= _MOST:
            self.clear()
        return self.setdefault(key, self._form(shape[1], shape[2], length))

    def _form(self, prefix: str, national: str, length: int) -> Form:
        digits = length - len(prefix)
        short = digits == _NATIONAL[0]
        if digits not in _NATIONAL:
            return NOT_CLEAN
        row = self._rules.uniform_row("62" + national)
        if row is None:
            return NOT_CLEAN
        rule = "short_62" if short and prefix == "62" else _RULES[prefix]
        add = 0 if prefix in ("62", "+62") else 62 * 10**digits
        confidence = "certain" if RULES[rule].certain else "inferred"
        verdict = (str(Outcome.ACCEPTED), confidence, row.partner, rule, row.test)
        return Form(int(prefix.startswith("+")), add, verdict, short or not prefix)
