"""Everything in which SQLite and PostgreSQL differ; the repositories are written once.

`FOR UPDATE` and `SKIP LOCKED` need no branch: SQLAlchemy writes them for PostgreSQL and leaves them
out for SQLite, where BEGIN IMMEDIATE already holds every other writer off.
"""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    Text,
    any_,
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


def begin_options(name: str, writer: bool) -> dict[str, Any]:
    """Execution options of a transaction: a writer from its first statement, or one view."""
    if name == SQLITE or writer:
        return {WRITER: writer}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def upsert(connection: Connection, table: Table, values: dict[str, Any]) -> Insert:
    """Insert the row or, where its primary key is there, write all other columns."""
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    if connection.dialect.name == POSTGRESQL:
        of_postgresql = postgresql.insert(table).values(values)
        return of_postgresql.on_conflict_do_update(index_elements=keys, set_=rest)
    of_sqlite = sqlite.insert(table).values(values)
    return of_sqlite.on_conflict_do_update(index_elements=keys, set_=rest)


def among(
    connection: Connection, column: ColumnElement[int], numbers: Sequence[int]
) -> ColumnElement[bool]:
    """`column IN numbers` as one parameter, however many there are (32,766 is SQLite's limit)."""
    if connection.dialect.name == POSTGRESQL:
        return column == any_(literal(list(numbers), ARRAY(BigInteger)))
    listed = func.json_each(literal(json.dumps(list(numbers)), Text)).table_valued("value")
    return column.in_(select(listed.c.value))


def insert_text(connection: Connection, table: Table, *, skip_present: bool) -> str:
    """An INSERT of all columns for executemany with tuples, in the driver's parameter style."""
    names = connection.dialect.identifier_preparer
    columns = ", ".join(names.format_column(column) for column in table.columns)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    marks = ", ".join([mark] * len(table.columns))
    ending = " ON CONFLICT DO NOTHING" if skip_present else ""
    # S608: names come from our own table definitions, values travel as parameters
    return f"INSERT INTO {names.format_table(table)} ({columns}) VALUES ({marks}){ending}"  # noqa: S608
