"""A proposal for a cell that holds several numbers: what they are, if each is beyond doubt.

It is a proposal only: the row stays held until an officer takes it, part by part (design 1).
"""

from __future__ import annotations

import re
from itertools import pairwise

from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import Decision, decide

_MOST = 10  # numbers of one cell; more is a list, not a cell
_SEVERAL = ("two_numbers", "grouping")  # rules of cells that may hold several
_BETWEEN = re.compile(r"[;|/&,\r\n\t]+|\b(?:dan|atau|and|or|serta)\b", re.IGNORECASE)
_PLUS = re.compile(r"(?<=[0-9 ])(?=\+)")
_RANGE = re.compile(r"s/?d|sampai|until|\bto\b", re.IGNORECASE)


def propose_split(raw: str, rules: NumberRules) -> tuple[Decision, ...]:
    """The numbers of a held cell that has several, in order; () where one is in doubt.

    Each is accepted by itself with certainty, all are different, and nothing of the cell is left
    out. A range ("s/d") is none of its ends.
    """
    if decide(raw, rules).rule not in _SEVERAL or _RANGE.search(raw):
        return ()
    for parts in (_BETWEEN.split(raw), _PLUS.split(raw), raw.split()):
        found = _certain(parts, rules)
        if found:
            return found
    return ()


def _certain(parts: list[str], rules: NumberRules) -> tuple[Decision, ...]:
    filled = [text for part in parts if (text := part.strip())]
    if not 2 <= len(filled) <= _MOST:
        return ()
    found = tuple(decide(text, rules) for text in filled)
    if any(decision.confidence != "certain" for decision in found):
        return ()
    numbers = sorted(decision.number or 0 for decision in found)
    return () if any(one == two for one, two in pairwise(numbers)) else found
