"""Batches, their entries and where those come from; intakes are in intakes.py."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from gateway.domain import period_keys
from gateway.domain.batch import Batch, BatchState, Entry
from gateway.domain.delivery import Priority
from gateway.domain.errors import Conflict, NotFound
from gateway.store import dialect
from gateway.store import entries as reading
from gateway.store.db import Db, plain
from gateway.store.intakes import SqlIntakes
from gateway.store.profiles import SqlProfiles
from gateway.store.resolutions import SqlResolutions
from gateway.store.tables.lists import BATCHES, COUNTERS, ENTRIES, ENTRY_SOURCES

_ONE = select(BATCHES).where(BATCHES.c.id == bindparam("batch"))


class SqlLists(SqlIntakes):
    """ports.Lists over the tables."""

    def __init__(self, db: Db) -> None:
        super().__init__(db)
        self.profiles = SqlProfiles(db)
        self.resolutions = SqlResolutions(db)

    def next_batch(self) -> int:
        """The next batch number; it only rises. Others wait for it until this unit ends."""
        counter = update(COUNTERS).where(COUNTERS.c.name == "batch")
        self._db.update(COUNTERS, counter.values(value=COUNTERS.c.value + 1))
        return int(self._db.value(select(COUNTERS.c.value).where(COUNTERS.c.name == "batch")))

    def batch(self, batch: int) -> Batch:
        """In a writing unit locked until it ends: a release happens once. Raises NotFound."""
        row = self._db.first(self._db.lock_alone(_ONE), batch=batch)
        if row is None:
            raise NotFound(f"no batch {batch}", hint="palang batch list shows all")
        return self._batch(row)

    def batches(self) -> tuple[Batch, ...]:
        """All, newest first."""
        rows = self._db.rows(select(BATCHES).order_by(BATCHES.c.id.desc()))
        return tuple(map(self._batch, rows))

    def _batch(self, row: Row[Any]) -> Batch:
        batch = to_batch(row)
        return replace(batch, salt=self._db.open(_salt_of(batch.id), batch.salt))

    def put_entries(self, batch: int, entries: Iterable[Entry]) -> int:
        """Add entries to a PREPARED batch; a number that is there already is left.

        Returns how many were new. Raises NotFound, or Conflict where the batch is frozen.
        """
        row = self._db.first(self._db.lock(select(BATCHES.c.state).where(BATCHES.c.id == batch)))
        if row is None:
            raise NotFound(f"no batch {batch}", hint="save the batch before its entries")
        if row.state != BatchState.PREPARED:
            raise Conflict(
                f"batch {batch} is {row.state}: its entries can't change", hint="prepare a new one"
            )
        rows = ((batch, *entry) for entry in sorted(entries))  # in key order: twice as fast
        return self._db.bulk(ENTRIES, rows, skip=True)

    def put_sources(self, batch: int, sources: Iterable[tuple[int, int, int]]) -> None:
        """Every row that asks for an entry's number: (number, intake, position)."""
        rows = ((batch, *source) for source in sorted(sources))
        self._db.bulk(ENTRY_SOURCES, rows, skip=True)

    def sources(self, batch: int) -> list[tuple[int, int, int]]:
        """The same, in the order of numbers, intakes and positions."""
        table = ENTRY_SOURCES.c
        wanted = select(table.number, table.intake, table.position).where(table.batch == batch)
        wanted = wanted.where(table.number != 0)  # under 0 stand those of a purged batch
        rows = self._db.tuples(wanted.order_by(table.number, table.intake, table.position))
        return [(number, intake, position) for number, intake, position in rows]

    def entries(self, batch: int) -> list[Entry]:
        """The entries in the order of their numbers."""
        return reading.to_keep(chain.from_iterable(self.blocks(batch)))

    def blocks(self, batch: int) -> Iterator[list[Entry]]:
        """The same, some at a time: what is decided entry by entry needs no list of all."""
        return reading.of_batch(self._db, batch)

    def released_numbers(self, most: int) -> frozenset[int] | None:
        """All numbers of which released_before knows, None where there are more than `most`."""
        released = select(ENTRIES.c.number).join(BATCHES).where(BATCHES.c.released_at.is_not(None))
        rows = self._db.tuples(released.distinct().limit(most + 1))
        numbers = frozenset(number for (number,) in rows)
        return numbers if len(numbers) <= most else None

    def released_before(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of these numbers, those in a batch that was ever released, with the action of the latest.

        A batch that was stopped after its release counts: parts of it may have arrived.
        """
        kind = self._db.connection.dialect.name
        rows = self._db.rows(_released(kind), listed=dialect.listing(kind, numbers))
        return {row.number: row.action for row in rows}


@cache
def _released(kind: str) -> Select[Any]:
    asked = dialect.listed(kind)
    entries = asked.join(ENTRIES, ENTRIES.c.number == asked.c.value).join(BATCHES)
    wanted = select(ENTRIES.c.number, ENTRIES.c.action).select_from(entries)
    return wanted.where(BATCHES.c.released_at.is_not(None)).order_by(ENTRIES.c.batch)


def to_batch(row: Row[Any]) -> Batch:
    """The batch's head of a row."""
    typed = {"priority": Priority(row.priority), "state": BatchState(row.state)}
    return Batch(**(dict(row._mapping) | typed))


def _salt_of(batch: int) -> period_keys.Place:
    return period_keys.of_batch(batch, "batches.salt")


def _put_batch(db: Db, batch: Batch) -> None:
    sealed = db.seal(_salt_of(batch.id), batch.salt)
    db.put(BATCHES, plain(batch) | {"salt": sealed})


SAVE: dict[type, Callable[[Db, Any], object]] = {
    Batch: _put_batch,
}
"""How the aggregates of this noun are written."""
