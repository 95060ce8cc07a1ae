"""What a kit remembers: one SQLite file (WAL, FULL, 0600), written in short transactions.

It holds phone numbers and so does its folder's backup: protect both as the lists themselves.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.domain.errors import Conflict, InputError
from gateway.domain.failpoints import reach
from partner import schema

FILE_NAME = "state.sqlite"
_WAIT = 30  # seconds for another writer; applying a million entries takes about 20


class Tx:
    """One transaction. Rows are plain tuples in the order of the query."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """One statement; returns the rows that it changed."""
        return self._db.execute(sql, values).rowcount

    def fill(self, table: str, column: str, row: int, data: bytes) -> None:
        """Write a large value over the zeroblob of its length in that rowid: a parameter would be
        copied twice on its way into the row."""
        with self._db.blobopen(table, column, row) as blob:
            blob.write(data)

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """One statement a row."""
        self._db.executemany(sql, rows)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a large query, one after the other."""
        yield from self._db.execute(sql)

    def one(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row, or None."""
        row: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return row

    def flag(self, name: str) -> int:
        """A small number that outlives the process; 0 where it was never set."""
        row = self.one("SELECT value FROM flags WHERE name = ?", (name,))
        return int(row[0]) if row else 0

    def set_flag(self, name: str, value: int) -> None:
        """Set it."""
        self.run("INSERT OR REPLACE INTO flags VALUES (?, ?)", (name, value))

    def commit(self, step: str) -> None:
        """Make it durable. `step` names the fail-points."""
        reach(f"before:{step}")
        self._db.execute("COMMIT")
        reach(f"after:{step}")


class State:
    """The file. Connections are short unless `kept_open`; each serves one transaction at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] | None = None

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A consistent view. Raises Conflict where the file can't be used."""
        with self._begin("BEGIN") as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """The only writer; what is not committed is rolled back. Raises Conflict."""
        with self._begin("BEGIN IMMEDIATE") as tx:
            yield tx

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Keep connections for the next transaction while the block runs: a service has many, and
        the last one that closes copies the whole log into the file."""
        self._idle = []
        try:
            yield
        finally:
            idle, self._idle = self._idle, None
            for db in idle:
                db.close()

    @contextmanager
    def _begin(self, how: str) -> Iterator[Tx]:
        try:
            with self._connection() as db:
                db.execute(how)
                try:
                    yield Tx(db)
                finally:
                    if db.in_transaction:
                        db.execute("ROLLBACK")
        except sqlite3.Error as error:
            # sqlite's own messages name tables and columns, never values
            raise Conflict(
                f"{self._path} can't be used: {error}",
                hint="another process may hold it, or its disk is full; nothing was changed",
            ) from None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """An idle connection or a new one; one that failed is not used again."""
        try:
            db = self._idle.pop() if self._idle else self._open()
        except IndexError:  # another thread was faster
            db = self._open()
        good = False
        try:
            yield db
            good = True
        finally:
            if good and self._idle is not None:
                self._idle.append(db)
            else:
                db.close()

    def _open(self) -> sqlite3.Connection:
        fresh = not self._path.exists()
        if fresh:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = sqlite3.connect(
            self._path, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            self._migrate(db)
        except BaseException:
            db.close()
            raise
        return db

    def _migrate(self, db: sqlite3.Connection) -> None:
        newest = schema.VERSION
        if _version(db) == newest:
            return
        db.execute("BEGIN IMMEDIATE")
        found = _version(db)  # another process may have been faster
        if found > newest:
            db.execute("ROLLBACK")
            raise InputError(
                f"{self._path} is of version {found}, this kit knows {newest}",
                hint="a newer palang wrote it; install that one again",
            )
        for statement in schema.statements(found):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {newest}")
        reach("before:kit.schema")
        # A crash here leaves the file as it was, and the next call brings it up.
        db.execute("COMMIT")
        reach("after:kit.schema")


def _version(db: sqlite3.Connection) -> int:
    (found,) = db.execute("PRAGMA user_version").fetchone()
    return int(found)
