"""A number that somebody looks up: found whatever the tables say of it now.

Looking is not deciding, so this reads more loosely than an intake does: a protected or an ended
number has a story too. Nothing that is read here is ever blocked.
"""

import re

from gateway.domain.errors import InputError

_PUNCTUATION = re.compile(r"[\s().\u2010-\u2015-]")
_E164 = re.compile(r"[1-9][0-9]{6,14}")


def searched_number(text: str) -> int:
    """E.164 digits of what was typed. Raises InputError, which repeats nothing of it."""
    digits = _PUNCTUATION.sub("", text).removeprefix("+")
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    if not _E164.fullmatch(digits):
        raise InputError(
            "expected one phone number, written +62..., 62... or 0...",
            hint="type one number alone, as the source wrote it",
        )
    return int(digits)
