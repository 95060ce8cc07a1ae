"""Intakes, batches and their entries."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select, update

from gateway.domain.batch import Batch, BatchState, Entry
from gateway.domain.delivery import Priority
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import Intake, IntakeRow
from gateway.store import dialect
from gateway.store.db import Db, plain
from gateway.store.tables.lists import BATCHES, COUNTERS, ENTRIES, INTAKE_ROWS, INTAKES

_ENTRY = [column for column in ENTRIES.c if column.name != "batch"]
_INTAKE_ROW = [column for column in INTAKE_ROWS.c if column.name not in ("intake", "position")]


class SqlLists:
    """ports.Lists over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def intake_by_digest(self, digest: str) -> Intake | None:
        """The intake of the same file, if there was one."""
        row = self._db.first(select(INTAKES).where(INTAKES.c.digest == digest))
        return to_intake(row) if row is not None else None

    def add_intake(self, intake: Intake, rows: Iterable[IntakeRow], event: LedgerEvent) -> int:
        """Store a decided file with all its rows; returns its id.

        Raises Conflict where the same file is there.
        """
        values = _values(intake)
        key = self._db.insert(INTAKES, values)
        self._db.bulk(INTAKE_ROWS, ((key, place, *row) for place, row in enumerate(rows, 1)))
        self._db.note(event)
        return key

    def intakes(self) -> tuple[Intake, ...]:
        """All, newest first."""
        return tuple(map(to_intake, self._db.rows(select(INTAKES).order_by(INTAKES.c.id.desc()))))

    def intake_rows(self, intake: int, outcome: str = "") -> Iterator[IntakeRow]:
        """The rows of an intake in order, all or of one outcome."""
        wanted = select(*_INTAKE_ROW).where(INTAKE_ROWS.c.intake == intake)
        if outcome:
            wanted = wanted.where(INTAKE_ROWS.c.outcome == outcome)
        return map(IntakeRow._make, self._db.stream(wanted.order_by(INTAKE_ROWS.c.position)))

    def next_batch(self) -> int:
        """The next batch number; it only rises. Others wait for it until this unit ends."""
        counter = update(COUNTERS).where(COUNTERS.c.name == "batch")
        self._db.update(COUNTERS, counter.values(value=COUNTERS.c.value + 1))
        return int(self._db.value(select(COUNTERS.c.value).where(COUNTERS.c.name == "batch")))

    def batch(self, batch: int) -> Batch:
        """In a writing unit locked until it ends: a release happens once. Raises NotFound."""
        row = self._db.first(self._db.lock_alone(select(BATCHES).where(BATCHES.c.id == batch)))
        if row is None:
            raise NotFound(f"no batch {batch}", hint="palang batch list shows all")
        return to_batch(row)

    def batches(self) -> tuple[Batch, ...]:
        """All, newest first."""
        return tuple(map(to_batch, self._db.rows(select(BATCHES).order_by(BATCHES.c.id.desc()))))

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

    def entries(self, batch: int) -> list[Entry]:
        """The entries in the order of their numbers."""
        wanted = select(*_ENTRY).where(ENTRIES.c.batch == batch).order_by(ENTRIES.c.number)
        return list(map(Entry._make, self._db.tuples(wanted)))

    def released_before(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of these numbers, those in a batch that was ever released, with the action of the latest.

        A batch that was stopped after its release counts: parts of it may have arrived.
        """
        released = select(ENTRIES.c.number, ENTRIES.c.action).join(BATCHES)
        released = released.where(
            BATCHES.c.released_at.is_not(None),
            dialect.among(self._db.connection, ENTRIES.c.number, numbers),
        )
        rows = self._db.stream(released.order_by(ENTRIES.c.batch))
        return {row.number: row.action for row in rows}


_LISTS = ("counts", "sheets", "dropped")
"""Members of an intake that are lists of lists, JSON in the table."""


def _values(intake: Intake) -> dict[str, Any]:
    """The intake as column values, without its id: the database gives it."""
    values = plain(intake) | {name: json.dumps(getattr(intake, name)) for name in _LISTS}
    del values["id"]
    return values


def to_intake(row: Row[Any]) -> Intake:
    """The intake of a row."""
    lists = {name: tuple(map(tuple, json.loads(row._mapping[name]))) for name in _LISTS}
    return Intake(**(dict(row._mapping) | lists))


def to_batch(row: Row[Any]) -> Batch:
    """The batch's head of a row."""
    typed = {"priority": Priority(row.priority), "state": BatchState(row.state)}
    return Batch(**(dict(row._mapping) | typed))


SAVE: dict[type, Callable[[Db, Any], object]] = {
    Batch: lambda db, batch: db.put(BATCHES, plain(batch)),
}
"""How the aggregates of this noun are written."""
