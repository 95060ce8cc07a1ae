"""Periods of reports: a month or a quarter on the Jakarta calendar (domain.md 0 and 6.4)."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.errors import InputError
from gateway.domain.times import SECOND, WIB, Micros

_MONTH = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_QUARTER = re.compile(r"(2\d{3})-Q([1-4])", re.ASCII)


class PeriodKind(StrEnum):
    """How long a period is."""

    MONTH = "month"
    QUARTER = "quarter"


_FORMS = {
    PeriodKind.MONTH: ("YYYY-MM, as 2026-11", "months are 01 (January) to 12 (December)"),
    PeriodKind.QUARTER: (
        "YYYY-Qn, as 2026-Q4",
        "quarters are Q1 (January to March) to Q4 (October to December)",
    ),
}


@dataclass(frozen=True, slots=True)
class Period:
    """From `begin` on, until before `end`; `name` is `2026-11` or `2026-Q4`."""

    kind: PeriodKind
    name: str
    begin: Micros
    end: Micros


def read_period(kind: PeriodKind, name: str) -> Period:
    """The period of that name. Raises InputError."""
    form = _MONTH if kind is PeriodKind.MONTH else _QUARTER
    match = form.fullmatch(name)
    if match is None:
        expected, hint = _FORMS[kind]
        raise InputError(
            f"expected a {kind} written {expected}, got {name!r}",
            hint=hint,
        )
    year, number = int(match[1]), int(match[2])
    first, months = (number, 1) if kind is PeriodKind.MONTH else (3 * number - 2, 3)
    return Period(kind, name, _begin(year, first), _begin(year, first + months))


def _begin(year: int, month: int) -> Micros:
    """The first moment of a Jakarta month; month 13 is January of the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return int(datetime(year, month, 1, tzinfo=WIB).timestamp()) * SECOND
