"""Names of files and sheets without the numbers that people put into them (promise H)."""

import re

_LONG = re.compile(r"\d{6,}")
_DAY = re.compile(r"20\d{2}(?:0[1-9]|1[0-2])(?:[0-3]\d)?|[0-3]\d(?:0[1-9]|1[0-2])20\d{2}", re.ASCII)
_PHONE = re.compile(r"(?<!\d)(?:\+?62|0)?[ ._()-]{0,2}8[1-9](?:[ ._()-]{0,2}\d){7,}")


def without_numbers(name: str) -> str:
    """The name with "..." for phone numbers, in groups or not, and for other long runs of digits;
    days and months (20261124, 202611) stay."""
    return _LONG.sub(lambda run: _kept(run[0]), _PHONE.sub("...", name))


def _kept(digits: str) -> str:
    return digits if _DAY.fullmatch(digits) else "..."
