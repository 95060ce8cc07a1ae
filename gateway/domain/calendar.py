"""Days on which an office may be closed; the clock of 1 x 24 jam runs through them all the same.

They come from the dated table `calendar`, which an administrator renews after each SKB 3 Menteri
(domain.md 3.6); a gateway without one shows Saturdays and Sundays only.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Holiday:
    """A closed day. `kind` is libur_nasional, cuti_bersama or akhir_pekan; `tentative` is one that
    hangs on the moon and may move."""

    day: date
    name: str
    kind: str
    tentative: bool


def read_calendar(rows: Iterable[Mapping[str, str]]) -> tuple[Holiday, ...]:
    """The rows of the table, by day. Raises ValueError for a day that is none."""
    found = (
        Holiday(date.fromisoformat(r["date"]), r["name"], r["kind"], r["tentative"] == "yes")
        for r in rows
    )
    return tuple(sorted(found, key=lambda one: (one.day, one.kind)))


def closed(calendar: Iterable[Holiday], first: date, days: int) -> Iterator[Holiday]:
    """The closed days from `first` on, weekends among them, one a day."""
    named: dict[date, Holiday] = {}
    for one in calendar:
        named.setdefault(one.day, one)
    for ahead in range(days):
        day = first + timedelta(ahead)
        if day in named:
            yield named[day]
        elif day.weekday() >= SATURDAY:
            yield Holiday(day, "", "akhir_pekan", tentative=False)
