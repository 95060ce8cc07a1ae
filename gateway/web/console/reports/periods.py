"""The periods that the form offers."""

from collections.abc import Iterator

from gateway.domain.periods import Period, PeriodKind, read_period
from gateway.domain.times import Micros, to_wib

MONTHS, QUARTERS = 14, 6
"""How far back the form goes; older ones are made with `palang report`."""


def offered(now: Micros) -> Iterator[Period]:
    """Months, then quarters, the running ones first."""
    today = to_wib(now)
    month = today.year * 12 + today.month - 1
    for one in range(month, month - MONTHS, -1):
        yield read_period(PeriodKind.MONTH, f"{one // 12}-{one % 12 + 1:02}")
    quarter = today.year * 4 + (today.month - 1) // 3
    for one in range(quarter, quarter - QUARTERS, -1):
        yield read_period(PeriodKind.QUARTER, f"{one // 4}-Q{one % 4 + 1}")
