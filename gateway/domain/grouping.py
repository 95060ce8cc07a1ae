"""Doubt in how digits are grouped: row numbers, amounts, dates, ranges, halves of two numbers.

A cell such as ``8 8703456789`` or ``870.345.678`` would read as somebody's mobile number once its
separators are gone. Each check below names the harm that it prevents.
"""

from __future__ import annotations

import re

_GAPS = frozenset(("", "-", ".", "(", ")", ")(", ")-", "-(", ")."))
_PAIRS = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*").fullmatch
_PREFIX = re.compile(r"^(?:0062|62|0)").sub
_LONG = 9  # digits: a group this long is a number by itself


def doubt_in_grouping(text: str, groups: list[str], gaps: list[str], *, plus: bool) -> str:
    """The code of the rule that holds these digit groups, or an empty string.

    `gaps` are the texts between the groups, one fewer than `groups`.
    """
    if not _balanced(text):
        return "grouping"
    if len(groups) == 1:
        return ""
    if any(gap.replace(" ", "") not in _GAPS or gap.count(" ") > 2 for gap in gaps):
        return "grouping"
    if not plus and (_amount(groups, gaps) or _date(groups) or _fraction(groups, gaps)):
        return "amount_or_date"
    if _two_numbers(groups):
        return "two_numbers"
    odd = _row_number(groups, gaps, plus) or _late_bracket(groups, gaps, plus)
    return "grouping" if odd or _tail(groups, gaps) else ""


def _balanced(text: str) -> bool:
    """Brackets in pairs and never nested."""
    return ("(" not in text and ")" not in text) or _PAIRS(text) is not None


def _amount(groups: list[str], gaps: list[str]) -> bool:
    """870.345.678 and 62.870.123.456 are rupiah; a lost zero with dots is nothing else."""
    first = groups[0]
    if first.startswith("8") and "." in "".join(gaps):
        return True
    threes = all(len(group) == 3 for group in groups[1:])
    dots = all(gap.strip() == "." for gap in gaps)
    return threes and not first.startswith("0") and (dots or first != "62")


def _date(groups: list[str]) -> bool:
    """08-12-2024 09.30 has as many digits as a mobile number."""
    return groups[0] in ("8", "08") and int(groups[1]) <= 31


def _fraction(groups: list[str], gaps: list[str]) -> bool:
    """62870.345678 is what a numeric cell of a workbook holds, not a number with a dot in it."""
    return len(groups) == 2 and gaps[0] == "." and not groups[0].startswith("0")


def _two_numbers(groups: list[str]) -> bool:
    """087012 087134: two cut-off numbers, not one."""
    heads = [len(group) >= 6 and group.startswith(("08", "628")) for group in groups]
    return heads[0] and any(heads[1:])


def _row_number(groups: list[str], gaps: list[str], plus: bool) -> bool:
    """8. 8703456789: a row number before a number with a lost zero."""
    first = groups[0]
    if plus:
        return first in ("0", "00", "6")
    if first == "0":
        return "." in gaps[0]
    if len(first) <= 2:
        return first not in ("00", "62", "08")
    return first.startswith("8") and any(len(group) >= _LONG for group in groups)


def _late_bracket(groups: list[str], gaps: list[str], plus: bool) -> bool:
    """0870 3456 7890 (2): brackets not around an area code or after a prefix are a remark."""
    first = 1 if plus or groups[0] in ("0", "00", "62", "0062") else 0
    return any("(" in gap for gap in gaps[first:])


def _tail(groups: list[str], gaps: list[str]) -> bool:
    """0870345678-79 is a range, 87034567890.00 a decimal: something follows a whole number."""
    if any(len(group) >= _LONG for group in groups[:-1]):
        return True
    before = len(_PREFIX("", "".join(groups[:-1])))
    if len(groups[-1]) <= 2 and (len(groups[-2]) >= 5 or (before >= _LONG and not _even(groups))):
        return True  # 0870 3456 7890 2: a footnote, a count, the end of a range
    return before >= _LONG and gaps[-1] not in gaps[:-1]


def _even(groups: list[str]) -> bool:
    """0871-123-456-78 and 08 70 34 56 78 90: eleven digits in pairs or threes end in a pair."""
    sizes = set(map(len, groups[1:-1]))
    whole = len(_PREFIX("", "".join(groups))) == _LONG + 2
    return whole and len(groups[-1]) == 2 and sizes in ({2}, {3})
