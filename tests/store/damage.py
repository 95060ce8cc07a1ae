"""Doing to a database what no part of Palang does; the only helper here that knows the drivers."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url


class Refused(Exception):
    """The database itself refused a statement."""


def on_server(url: str) -> bool:
    """Return whether it is PostgreSQL."""
    return make_url(url).get_backend_name() == "postgresql"


def path(url: str) -> Path:
    """Return the database file."""
    return Path(str(make_url(url).database))


def raw(url: str, *statements: str) -> list[Any]:
    """Run statements beside the store, as its owner; return the rows of the last one.

    Bytes are written as SQLite does (x'00').
    """
    return _on_postgresql(url, statements) if on_server(url) else _on_sqlite(url, statements)


def _on_sqlite(url: str, statements: tuple[str, ...]) -> list[Any]:
    rows: list[Any] = []
    with closing(sqlite3.connect(path(url))) as connection, connection:
        for statement in statements:
            try:
                rows = connection.execute(statement).fetchall()
            except sqlite3.IntegrityError as error:
                raise Refused(str(error)) from error
    return rows


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of the driver's own; each statement commits by itself."""
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def _on_postgresql(url: str, statements: tuple[str, ...]) -> list[Any]:
    rows: list[Any] = []
    with connect(url) as connection, connection.transaction():
        for statement in statements:
            spelled = statement.replace("x'00'", r"'\x00'::bytea").replace("x''", "''::bytea")
            try:
                cursor = connection.execute(spelled.encode())
            except psycopg.errors.IntegrityError as error:
                raise Refused(str(error)) from error
            rows = cursor.fetchall() if cursor.description else []
    return rows


def drop_trigger(url: str, table: str, name: str) -> None:
    """Take a guard of a table away."""
    raw(url, f"DROP TRIGGER {table}_{name}" + (f" ON {table}" if on_server(url) else ""))


def refuse_inserts(url: str, table: str, words: str) -> None:
    """From now on the database refuses every new row of a table."""
    if on_server(url):
        body = f"BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = '23000'; END"
        function = f"FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        trigger = f"TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
        raw(url, f"CREATE {function}", f"CREATE {trigger}")
    else:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        raw(url, f"CREATE TRIGGER broken BEFORE INSERT ON {table} {refuse}")
