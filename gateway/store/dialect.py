"""Everything in which SQLite and PostgreSQL differ; the repositories are written once.

`FOR UPDATE` and `SKIP LOCKED` need no branch: SQLAlchemy writes them for PostgreSQL and leaves them
out for SQLite, where BEGIN IMMEDIATE already holds every other writer off.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from gateway.domain.errors import InputError

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
WRITER = "palang_writer"


def known(name: str) -> str:
    """The dialect's name. Raises InputError where Palang has no store for it."""
    if name not in (SQLITE, POSTGRESQL):
        raise InputError(
            f"a database of kind {name} is not supported",
            hint="use sqlite:////path/to/palang.db or postgresql+psycopg://...",
        )
    return name


def holds(
    kind: str, cell: ColumnElement[bytes], needle: ColumnElement[bytes]
) -> ColumnElement[bool]:
    """Whether a cell of bytes holds these bytes somewhere, in a database of that kind."""
    if kind == SQLITE:
        return func.instr(cell, needle) > 0
    # the function behind POSITION(needle IN cell), whose own syntax SQLAlchemy has for texts only
    return func.pg_catalog.position(cell, needle) > 0


def isolate(connection: Connection, *, writer: bool) -> Connection:
    """The connection, its next transaction a writer from its first statement or one view.

    A writer on PostgreSQL sees what was committed before each statement, so what it reads after it
    got its turn (server.py) is as new as a serial order would show it.
    """
    if connection.dialect.name == SQLITE:
        note_writer(connection, writer=writer)
        return connection
    level = "READ COMMITTED" if writer else "REPEATABLE READ"
    return connection.execution_options(isolation_level=level, postgresql_readonly=not writer)


def note_writer(connection: Connection, *, writer: bool) -> None:
    """Tell engine.py how an SQLite connection begins its next transaction; without a word it is a
    writer."""
    connection.info[WRITER] = writer


def upsert(connection: Connection, table: Table, names: Iterable[str]) -> Insert:
    """Insert a row of these columns or, where its primary key is there, write all others; to be
    executed with their values."""
    return _upsert(connection.dialect.name, table, tuple(names))


@cache
def _upsert(kind: str, table: Table, names: tuple[str, ...]) -> Insert:
    keys = [column.name for column in table.primary_key]
    inserted = postgresql.insert(table) if kind == POSTGRESQL else sqlite.insert(table)
    rest = {name: inserted.excluded[name] for name in names if name not in keys}
    return inserted.on_conflict_do_update(index_elements=keys, set_=rest)


def among(
    connection: Connection, column: ColumnElement[int], numbers: Sequence[int]
) -> ColumnElement[bool]:
    """`column IN numbers` as one parameter, however many there are (32,766 is SQLite's limit)."""
    if connection.dialect.name == POSTGRESQL:
        return column == any_(literal(list(numbers), ARRAY(BigInteger)))
    listed = func.json_each(literal(json.dumps(list(numbers)), Text)).table_valued("value")
    return column.in_(select(listed.c.value))


@cache
def listed(kind: str) -> TableValuedAlias:
    """Numbers as a table with a column `value`, in the one parameter `listed` (listing): joined
    with what has an index over them, it takes a third of the time of `among`."""
    value = column("value", BigInteger)
    if kind == POSTGRESQL:
        numbers = func.unnest(bindparam("listed", type_=ARRAY(BigInteger)))
        return numbers.table_valued(value).render_derived()
    return func.json_each(bindparam("listed", type_=Text)).table_valued(value)


def listing(kind: str, numbers: Sequence[int]) -> object:
    """The parameter `listed`."""
    return list(numbers) if kind == POSTGRESQL else json.dumps(list(numbers))


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]], *, skip_present: bool
) -> int:
    """Insert tuples in the column order of the table; returns how many were new.

    SQLite: executemany. PostgreSQL: one statement over one array a column, five times as fast as
    psycopg's executemany, and unlike COPY it can leave out what is there (measured.md 4).
    """
    on_server = connection.dialect.name == POSTGRESQL
    statement = _insert_text(connection.dialect, table)
    statement += " ON CONFLICT DO NOTHING" if skip_present else ""
    values = tuple(map(list, zip(*rows, strict=True))) if on_server else list(rows)
    return connection.exec_driver_sql(statement, values).rowcount


@lru_cache(maxsize=128)
def _insert_text(spoken: Dialect, table: Table) -> str:
    arrays = spoken.name == POSTGRESQL
    return _insert_arrays(spoken, table) if arrays else _insert_marks(spoken, table)


def _insert_marks(spoken: Dialect, table: Table) -> str:
    marks = ", ".join("?" for _ in table.columns)
    return f"{_insert_into(spoken, table)} VALUES ({marks})"


def _insert_arrays(spoken: Dialect, table: Table) -> str:
    kinds = (column.type.compile(spoken) for column in table.columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    # S608: only types of our own tables stand in it
    return f"{_insert_into(spoken, table)} SELECT * FROM unnest({arrays})"  # noqa: S608


def _insert_into(spoken: Dialect, table: Table) -> str:
    """Names come from our own table definitions; values travel as parameters."""
    names = spoken.identifier_preparer
    columns = ", ".join(names.format_column(column) for column in table.columns)
    return f"INSERT INTO {names.format_table(table)} ({columns})"
