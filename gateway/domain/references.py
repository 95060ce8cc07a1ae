"""References of decisions and evidence, as officers and settings give them: never a phone number.

They stand in the ledger, in entries and in parcels, where no number may be seen (promise H).
"""

import re
from itertools import accumulate

from gateway.domain.errors import InputError

_REFERENCE = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]{2,63}")
_RUN = re.compile(r"\d(?:[^A-Za-z0-9]*\d)*", re.ASCII)
_GROUP = re.compile(r"\d+", re.ASCII)
_UNBROKEN = 7  # digits in a row: letters are counted with fewer, and a date belongs in groups
_IDENTITY = 16  # digits of a NIK
_MANY = 10  # digits: with no year among them this is a number of a phone or an account
_YEAR = re.compile(r"(?:19|20)\d\d")
_PREFIX_GROUP = 3  # digits of the group that an operator's prefix begins
_WITH_PREFIX = re.compile(r"(?:(?:00)?620?|0)8[1-9]\d{6}")  # 8 national digits and more
_WITHOUT = re.compile(r"8[1-9]\d{7}")


def reference(text: str, what: str, example: str) -> str:
    """The reference as it is; `what` and `example` are for the error.

    Raises InputError where it is none: 3 to 64 characters of A-Z a-z 0-9 _ . / : - that begin with
    a letter and look like no phone number and no identity number, written in groups or not.
    """
    if _REFERENCE.fullmatch(text) is None or looks_like_number(text):
        raise InputError(
            f"{what}: expected a reference, 3 to 64 characters of A-Z a-z 0-9 _ . / : - that "
            "begin with a letter, with nothing that looks like a phone or identity number",
            hint=f"for example {example}",
        )
    return text


def looks_like_number(text: str) -> bool:
    """Whether digits of a text may be a phone number or a NIK, whatever stands between them but
    letters. Letter numbers with a year, as B-812/11/2026, are none."""
    return any(_suspect(_GROUP.findall(run)) for run in _RUN.findall(text))


def _suspect(groups: list[str]) -> bool:
    joined = "".join(groups)
    if max(map(len, groups)) >= _UNBROKEN or len(joined) >= _IDENTITY:
        return True
    if len(joined) >= _MANY and not any(map(_YEAR.fullmatch, groups)):
        return True
    dated = any(_YEAR.fullmatch(group) for group in (groups[0], groups[-1]))
    starts = [0, *accumulate(map(len, groups))]
    return any(
        _is_phone(joined[start:], group, dated)
        for start, group in zip(starts, groups, strict=False)
    )


def _is_phone(digits: str, first: str, dated: bool) -> bool:
    """Whether the digits from a group on begin like a mobile number; a shorter group is a day, a
    month or a count."""
    if first.startswith("0") and len(first) < _PREFIX_GROUP:
        return False
    if _WITH_PREFIX.match(digits):
        return True
    return not dated and len(first) >= _PREFIX_GROUP and _WITHOUT.match(digits) is not None
