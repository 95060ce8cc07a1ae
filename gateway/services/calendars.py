"""The calendar that rules: the dated table `calendar`, where this gateway has one."""

from dataclasses import dataclass
from functools import lru_cache

from gateway.domain.calendar import Holiday, closed, read_calendar
from gateway.domain.errors import NotFound
from gateway.domain.records import ReferenceTable
from gateway.domain.times import Micros, to_wib
from gateway.ports import Clock, Store

KIND = "calendar"


@dataclass(frozen=True, slots=True)
class Calendars:
    """Reads closed days."""

    store: Store
    clock: Clock

    def ahead(self, days: int) -> tuple[Holiday, ...]:
        """Closed days from today on."""
        now = self.clock.now()
        return tuple(closed(self._ruling(now), to_wib(now).date(), days))

    def _ruling(self, at: Micros) -> tuple[Holiday, ...]:
        """Empty where the gateway was made before there was such a table; weekends are known."""
        with self.store.read() as uow:
            try:
                table = uow.registry.reference(KIND, at)
            except NotFound:
                return ()
        return _days(table)


@lru_cache(2)
def _days(table: ReferenceTable) -> tuple[Holiday, ...]:
    """Of the same version once: its days do not change, and every first page shows them."""
    return read_calendar(dict(zip(table.columns, row, strict=True)) for row in table.rows)
