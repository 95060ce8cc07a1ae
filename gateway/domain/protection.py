"""Rows of the protected list that can't do what they are there for: they match no number."""

import re

from gateway.domain.numbering import ProtectedRow, e164_prefix
from gateway.domain.numbers_foreign import foreign_kind

_MOBILE = re.compile(r"8[1-35-9][0-9]{7,10}")
_MOBILE_HEAD = re.compile(r"8(?:[1-35-9][0-9]{0,10})?")
_NEVER_TAKEN = re.compile(r"1[0-9]{1,7}|80[0-9]{1,9}")
"""Short codes, 14xxx, 1500xxx and 0800 to 0809: no intake takes them, listed or not."""

_LONGEST_HEAD = 14  # digits of a foreign number that leave at least one to follow


def matches_nothing(row: ProtectedRow) -> bool:
    """Whether no number that an intake could accept, and no service code, is under this row.

    Then it is written wrongly, or speaks of a fixed line, which is never accepted anyway.
    """
    digits = e164_prefix(row.pattern)
    if not digits.startswith("62"):
        whole = row.match == "exact"
        return foreign_kind(digits) is None if whole else len(digits) > _LONGEST_HEAD
    national = digits[2:]
    if not national or _NEVER_TAKEN.fullmatch(national):
        return not national and row.match == "exact"
    fits = _MOBILE if row.match == "exact" else _MOBILE_HEAD
    return fits.fullmatch(national) is None
