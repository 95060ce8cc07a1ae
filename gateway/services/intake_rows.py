"""An intake's rows for a screen: a page at a time, filtered, and how many each rule has.

Rows of a complete intake never change, so a count is made once. Nothing here reads an intake whole
into memory: rows come in chunks, and a search that finds little ends after `MOST` rows.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from gateway.domain.records import Intake, IntakeRow
from gateway.domain.source_list import ReceivedList
from gateway.ports import Store

CHUNK = 5_000  # rows read at once, some five stored pages
MOST = 200_000  # rows that one request looks through; some 0.3 s

Placed = tuple[int, IntakeRow]


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows; empty members do not filter."""

    outcome: str = ""
    rule: str = ""
    sheet: str = ""

    def wants(self, row: IntakeRow) -> bool:
        """Whether a row is one of them."""
        return (
            self.outcome in ("", row.outcome)
            and self.rule in ("", row.rule)
            and self.sheet in ("", row.sheet)
        )


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows with their positions. `after` is where the next page begins, 0 where this is the last;
    it may have fewer rows than asked for, even none, where few match."""

    rows: tuple[Placed, ...]
    after: int


@dataclass(slots=True)
class IntakeRows:
    """Pages and counts of intakes' rows."""

    store: Store
    _tallies: dict[int, Counter[tuple[str, str]]] = field(default_factory=dict)

    def page(self, intake: int, wanted: RowFilter, after: int, limit: int) -> RowPage:
        """At most `limit` rows at positions above `after`. Raises NotFound."""
        found: list[Placed] = []
        last = after
        for position, row in self._rows(intake, after):
            if wanted.wants(row):
                if len(found) == limit:
                    return RowPage(tuple(found), last)
                found.append((position, row))
            last = position
        total = self._total(intake)
        return RowPage(tuple(found), last if last < total else 0)

    def tally(self, intake: int) -> Counter[tuple[str, str]]:
        """How many rows each outcome and rule has. Raises NotFound."""
        if intake not in self._tallies:
            with self.store.read() as uow:
                uow.lists.intake(intake)
                rows = uow.lists.placed_rows(intake)
                counted = Counter((row.outcome, row.rule) for _, row in rows)
            self._tallies[intake] = counted
        return self._tallies[intake]

    def counted(self, intake: int) -> bool:
        """Whether `tally` answers at once."""
        return intake in self._tallies

    def some(self, intake: int, positions: Collection[int]) -> dict[int, IntakeRow]:
        """The rows at these positions, those that are there."""
        with self.store.read() as uow:
            return uow.lists.rows_at(intake, positions)

    def around(self, intake: Intake) -> tuple[tuple[Intake, ...], ReceivedList | None]:
        """The intakes that correct this one, and the signed list that it came in, if it did."""
        with self.store.read() as uow:
            signed = None
            if intake.provenance:
                signed = uow.inbox.source_lists.by_provenance(intake.provenance)
            return uow.lists.followers(intake.id), signed

    def _rows(self, intake: int, after: int) -> Iterator[Placed]:
        """Rows above a position in order, at most MOST of them."""
        total = self._total(intake)
        for first in range(after + 1, min(total, after + MOST) + 1, CHUNK):
            wanted = range(first, min(first + CHUNK, total + 1))
            with self.store.read() as uow:
                rows = uow.lists.rows_at(intake, wanted)
            yield from sorted(rows.items())

    def _total(self, intake: int) -> int:
        with self.store.read() as uow:
            return sum(rows for _, rows in uow.lists.intake(intake).counts)
