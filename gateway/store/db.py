"""One transaction as the repositories see it: statements in, rows out, events collected.

What a delivery costs is mostly statements that are put together: one that is built once, with a
bindparam for each value, takes a fifth of the time of one that is built for each use.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    update,
)
from sqlalchemy.engine import CursorResult
from sqlalchemy.sql.dml import ReturningUpdate

from gateway.domain.errors import Conflict
from gateway.domain.ledger import LedgerEvent
from gateway.domain.period_keys import NoPeriods, Periods, Place, Purged
from gateway.domain.times import Micros
from gateway.store import dialect
from gateway.store.errors import translated

CHUNK = 20_000
"""Rows of one executemany; memory stays flat however long the list is."""


class Db:
    """A connection inside its transaction. `now` is the gateway's time when the unit began.

    `partner` is whom a writer is bound to (ports.Store.write), "" where it is alone.

    Raises Conflict for a write in a read unit and for any use after the end; the database's own
    errors become ours (errors.py).
    """

    def __init__(
        self,
        connection: Connection,
        *,
        writer: bool,
        now: Micros,
        partner: str = "",
        periods: Periods | None = None,
    ) -> None:
        self.connection = connection
        self.periods = periods or NoPeriods()
        self.partner = partner
        self.now = now
        self.events: list[LedgerEvent] = []
        self._streams: list[CursorResult[Any]] = []
        self._kept: dict[tuple[Any, ...], Row[Any] | None] = {}
        self._writer = writer

    def note(self, event: LedgerEvent) -> None:
        """Collect an event for the ledger; it is written at commit. The same object given with
        several rows is one leaf: one act, however many rows it moved."""
        self.require_writer()
        if not any(event is known for known in self.events):
            self.events.append(event)

    def seal(self, place: Place, clear: bytes) -> bytes:
        """Content for a cell, under this month's key; what is empty stays so."""
        return self.periods.seal(place, clear, self.now) if clear else clear

    def open(self, place: Place, sealed: bytes) -> bytes:
        """A cell's content; b"" where it was purged, from the row or with its key."""
        try:
            return self.periods.open(place, sealed) if sealed else b""
        except Purged:
            return b""

    def require_writer(self) -> None:
        """Raises Conflict where this unit may not write."""
        self._require_open()
        if not self._writer:
            raise Conflict("a read unit can't write", hint="open it with store.write()")

    def rows(self, statement: Select[Any], **values: Any) -> Sequence[Row[Any]]:
        """All rows; `values` are those of the statement's bindparams, here and below."""
        with self._using("the database"):
            return self.connection.execute(statement, values).all()

    def first(self, statement: Select[Any], **values: Any) -> Row[Any] | None:
        """The first row, if there is one."""
        with self._using("the database"):
            return self.connection.execute(statement, values).first()

    def kept(self, table: Table, statement: Select[Any], **values: Any) -> Row[Any] | None:
        """As `first`, asked once until this unit writes the table: for rows that no other unit
        changes while this one runs (server.py)."""
        key = (table.name, statement, *values.values())
        if key not in self._kept:
            self._kept[key] = self.first(statement, **values)
        return self._kept[key]

    def _forget(self, table: str) -> None:
        for key in [key for key in self._kept if key[0] == table]:
            del self._kept[key]

    def value(self, statement: Select[Any], **values: Any) -> Any:
        """The one value of the one row."""
        with self._using("the database"):
            return self.connection.execute(statement, values).scalar_one()

    def stream(self, statement: Select[Any]) -> Iterator[Row[Any]]:
        """Rows one after the other, while this unit is open; a server keeps what was not read."""
        with self._using("the database"):
            result = self.connection.execute(statement.execution_options(stream_results=True))
        self._streams.append(result)
        while True:
            with self._using("the database"):
                chunk = result.fetchmany(CHUNK)
            if not chunk:
                return
            yield from chunk

    def end_streams(self) -> None:
        """Close what was not read to its end."""
        for result in self._streams:
            result.close()

    def tuples(self, statement: Select[Any], **values: Any) -> Iterator[tuple[Any, ...]]:
        """Rows as the driver gives them, for a million of them: half the time of `stream`.

        No type is converted; SQLite gives 0 and 1 for a flag.
        """
        with self._using("the database"):
            result = self.connection.execute(statement, values)
        while True:
            with self._using("the database"):
                chunk = result.cursor.fetchmany(CHUNK)
            if not chunk:
                return result.close()
            yield from chunk

    def lock(self, statement: Select[Any], *, skip: bool = False) -> Select[Any]:
        """The statement, its rows locked until this unit ends where it is a writer.

        `skip` leaves out what another unit has locked: for claims, never for counts.
        """
        if not self._writer:
            return statement
        return _locked(statement, skip)

    def lock_alone(self, statement: Select[Any]) -> Select[Any]:
        """As `lock` in a writer that is alone. One that is bound to a partner only reads these
        rows, which no other unit can change meanwhile, and so does not queue for them."""
        return statement if self.partner else self.lock(statement)

    def insert(self, table: Table, values: dict[str, Any]) -> int:
        """Insert one row; returns the key that the database gave, 0 where it gives none."""
        key = self._write(_inserting(table), table.name, values).inserted_primary_key
        return key[0] if key and isinstance(key[0], int) else 0

    def put(self, table: Table, values: dict[str, Any]) -> None:
        """Insert one row or overwrite the one of its primary key."""
        self._write(dialect.upsert(self.connection, table, values), table.name, values)

    def returned(
        self, table: Table, statement: ReturningUpdate[Any], values: dict[str, Any]
    ) -> Row[Any] | None:
        """Update one row; what the statement returns of it, None where there is no such row."""
        self.require_writer()
        self._forget(table.name)
        with self._using(f"table {table.name}"):
            return self.connection.execute(statement, values).first()

    def update(self, table: Table, statement: Update, values: dict[str, Any] | None = None) -> int:
        """Update rows of the table; returns how many. `values` go to a statement that was built
        without them (changing)."""
        return self._write(statement, table.name, values or {}).rowcount

    def bulk(self, table: Table, rows: Iterable[tuple[Any, ...]], *, skip: bool = False) -> int:
        """Insert tuples in the column order of the table; returns how many were new.

        Goes to the driver as tuples: four times faster than dicts (measured.md 4). With `skip`, a
        row whose key is there is left as it is.
        """
        self.require_writer()
        self._forget(table.name)
        source, new = iter(rows), 0
        while chunk := list(islice(source, CHUNK)):
            with self._using(f"table {table.name}"):
                new += dialect.insert_rows(self.connection, table, chunk, skip_present=skip)
        return new

    def _write(
        self, statement: Insert | Update, table: str, values: dict[str, Any]
    ) -> CursorResult[Any]:
        self.require_writer()
        self._forget(table)
        with self._using(f"table {table}"):
            return self.connection.execute(statement, values)

    def _using(self, what: str) -> translated:
        self._require_open()
        return translated(what)

    def _require_open(self) -> None:
        if not self.connection.in_transaction():
            raise Conflict("this unit of work has ended", hint="open a new one")


@cache
def _inserting(table: Table) -> Insert:
    return table.insert()


@lru_cache(maxsize=64)
def _locked(statement: Select[Any], skip: bool) -> Select[Any]:
    return statement.with_for_update(skip_locked=skip, key_share=True)


def changing(*columns: Column[Any]) -> Update:
    """An update of the row in which these columns of one table have the values of `seen`."""
    return update(columns[0].table).where(*map(_as_seen, columns))


def _as_seen(column: Column[Any]) -> ColumnElement[bool]:
    value: BindParameter[Any] = bindparam(f"seen_{column.name}")
    # two moments that have not come are the same; PostgreSQL finds no row that way by an index
    return column.is_not_distinct_from(value) if column.nullable else column == value


def seen(**values: Any) -> dict[str, Any]:
    """What `changing` compares with, beside the new values."""
    return {f"seen_{name}": value for name, value in values.items()}


def plain(record: Any) -> dict[str, Any]:
    """A frozen dataclass as column values: its own fields, an enum as its value."""
    pairs = ((name, getattr(record, name)) for name in _fields(record.__class__))
    return {name: value.value if isinstance(value, Enum) else value for name, value in pairs}


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))
