"""An intake's rows for a screen: a page at a time, filtered, and how many each rule has.

Rows of a complete intake never change, so what is learnt of them once is remembered: a byte a row.
No intake is read whole into memory.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice

from gateway.domain.records import Intake, IntakeRow
from gateway.domain.source_list import ReceivedList
from gateway.ports import Store

CHUNK = 1_000  # rows read at once, about a stored page
MOST = 100_000  # rows that one search by sheet looks through
_REMEMBERED = 30  # intakes of which the outcomes are remembered, a byte a row

Placed = tuple[int, IntakeRow]
Ended = tuple[str, str]
"""Outcome and rule of a row."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows; empty members do not filter."""

    outcome: str = ""
    rule: str = ""
    sheet: str = ""

    def wants(self, row: IntakeRow) -> bool:
        """Whether a row is one of them."""
        return self.ends((row.outcome, row.rule)) and self.sheet in ("", row.sheet)

    def ends(self, ended: Ended) -> bool:
        """Whether it wants rows that ended so."""
        return self.outcome in ("", ended[0]) and self.rule in ("", ended[1])


@dataclass(frozen=True, slots=True)
class RowPage:
    """Rows with their positions. `after` is where the next page begins, 0 where this is the last;
    it may have fewer rows than asked for, even none, where a search ended before the rows did."""

    rows: tuple[Placed, ...]
    after: int


@dataclass(frozen=True, slots=True)
class _Index:
    """How each row ended: a byte a row, its place in `kinds`."""

    kinds: tuple[Ended, ...]
    marks: bytes

    def after(self, wanted: RowFilter, position: int) -> Iterator[int]:
        """The positions above one that end as is wanted, in order."""
        some = {at for at, kind in enumerate(self.kinds) if wanted.ends(kind)}
        marks = self.marks
        return (at + 1 for at in range(position, len(marks)) if marks[at] in some)


@dataclass(slots=True)
class IntakeRows:
    """Pages and counts of intakes' rows."""

    store: Store
    _known: dict[int, _Index] = field(default_factory=dict)

    def page(self, intake: int, wanted: RowFilter, after: int, limit: int) -> RowPage:
        """At most `limit` rows at positions above `after`. Raises NotFound."""
        found: list[Placed] = []
        last = after
        for position, row in self._candidates(intake, wanted, after, limit + 1):
            if len(found) == limit:
                return RowPage(tuple(found), last)
            if wanted.wants(row):
                found.append((position, row))
                last = position
            elif position - after > MOST:
                return RowPage(tuple(found), position)
        return RowPage(tuple(found), 0)

    def tally(self, intake: int) -> Counter[Ended]:
        """How many rows each outcome and rule has. Raises NotFound."""
        index = self._index(intake)
        return Counter({kind: index.marks.count(at) for at, kind in enumerate(index.kinds)})

    def counted(self, intake: int) -> bool:
        """Whether `tally` answers at once."""
        return intake in self._known

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

    def _candidates(
        self, intake: int, wanted: RowFilter, after: int, first: int
    ) -> Iterator[Placed]:
        """Rows above a position that end as is wanted, in order; `first` of them are read first:
        a page is mostly done with these."""
        if wanted.outcome or wanted.rule:
            positions: Iterator[int] = self._index(intake).after(wanted, after)
        else:
            with self.store.read() as uow:
                total = sum(rows for _, rows in uow.lists.intake(intake).counts)
            positions = iter(range(after + 1, total + 1))
        step = first
        while some := list(islice(positions, step)):
            yield from sorted(self.some(intake, some).items())
            step = CHUNK

    def _index(self, intake: int) -> _Index:
        if intake not in self._known:
            kinds: dict[Ended, int] = {}
            with self.store.read() as uow:
                uow.lists.intake(intake)
                rows = uow.lists.placed_rows(intake)
                marks = bytes(
                    kinds.setdefault((row.outcome, row.rule), len(kinds)) for _, row in rows
                )
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)), None)
            self._known[intake] = _Index(tuple(kinds), marks)
        return self._known[intake]
