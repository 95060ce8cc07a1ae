"""Foreign numbers, asked of phonenumbers: whether every written digit belongs to a valid number.

The library's parser costs five times its answer about the kind of number, and it repairs: it takes
a national prefix out of what was written. So a number in whose digits such a prefix could be is
parsed and compared with what was written; for the others the country code is looked up and no
digit can be lost (tests/intake compares both ways).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, PhoneNumberType

_SHORTEST, _LONGEST = 5, 15  # digits with the country code; E.164 has 15, the library allows 17


@lru_cache(maxsize=4096)  # repeats, and files that are read twice
def foreign_kind(digits: str) -> int | None:
    """The library's kind of number for E.164 digits, None when no such number can be."""
    number = _number(digits)
    kind = None if number is None else phonenumbers.number_type(number)
    return None if kind == PhoneNumberType.UNKNOWN else kind


def is_possible(digits: str) -> bool:
    """Whether a number of these digits and this length may be."""
    number = _number(digits)
    return number is not None and phonenumbers.is_possible_number(number)


def _number(digits: str) -> PhoneNumber | None:
    """The number, if the library keeps every digit as written; else None."""
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return None
    codes = (digits[:length] for length in (1, 2, 3))
    code = next((code for code in codes if int(code) in COUNTRY_CODE_TO_REGION_CODE), "")
    national = digits[len(code) :]
    if not code or national.startswith("0") or _may_have_prefix(code)(national):
        return _parsed(digits)
    return PhoneNumber(country_code=int(code), national_number=int(national))


def _parsed(digits: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None  # not a number at all: the caller names the rule
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return number if written == "+" + digits else None


@cache
def _may_have_prefix(code: str) -> Callable[[str], re.Match[str] | None]:
    """Whether a national number may begin with a prefix that the parser would take away."""
    region = COUNTRY_CODE_TO_REGION_CODE[int(code)][0]
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    pattern = metadata.national_prefix_for_parsing if metadata else ""
    return re.compile(pattern or r"(?!)").match
