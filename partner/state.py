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

FILE_NAME = "state.sqlite"
VERSION = 1
_WAIT = 30  # seconds for another writer; applying a million entries takes about 20

_SCHEMA = """
CREATE TABLE parcels (             -- one row a manifest: a delivery is recorded once (promise B)
    manifest TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
    previous TEXT NOT NULL, delivery TEXT NOT NULL UNIQUE, batch INTEGER NOT NULL,
    consent TEXT NOT NULL, entries INTEGER NOT NULL, stored_at INTEGER NOT NULL,
    tree_origin TEXT NOT NULL, tree_size INTEGER NOT NULL, tree_root BLOB NOT NULL,
    note TEXT NOT NULL,
    body BLOB NOT NULL, signature BLOB NOT NULL, slice BLOB NOT NULL, salt BLOB NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
    UNIQUE (epoch, sequence));
CREATE VIEW known AS SELECT        -- the fields of history.Known, in order
    epoch, sequence, manifest, previous, delivery, tree_origin, tree_size, tree_root FROM parcels;
CREATE VIEW stored AS SELECT       -- the fields of parcels.Stored, in order
    manifest, epoch, sequence, delivery, batch, consent, entries, note, revision FROM parcels;
CREATE TABLE sealings (            -- the envelopes in which a manifest came
    parcel TEXT PRIMARY KEY, manifest TEXT NOT NULL REFERENCES parcels,
    acked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE voids (
    epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, manifest TEXT NOT NULL,
    PRIMARY KEY (epoch, sequence)) WITHOUT ROWID;
CREATE TABLE refusals (            -- parcels that were not taken
    parcel TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
    manifest TEXT NOT NULL, step INTEGER NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    acked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE operations (          -- one action of one delivery; operations.Operation, in order
    operation TEXT PRIMARY KEY, manifest TEXT NOT NULL REFERENCES parcels, delivery TEXT NOT NULL,
    batch INTEGER NOT NULL, sequence INTEGER NOT NULL, blocks INTEGER NOT NULL,
    state TEXT NOT NULL, approved_at INTEGER, tried_at INTEGER NOT NULL DEFAULT 0,
    fresh INTEGER NOT NULL DEFAULT 0);
CREATE TABLE orders (              -- per number the order that rules; enforce.Order, in order
    number INTEGER PRIMARY KEY, batch INTEGER NOT NULL, epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL, delivery TEXT NOT NULL, entry INTEGER NOT NULL,
    blocks INTEGER NOT NULL, category TEXT NOT NULL, channel TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outcomes (            -- what is to be said of an entry; stated = the revision
    delivery TEXT NOT NULL, entry INTEGER NOT NULL, disposition TEXT NOT NULL,
    scope TEXT NOT NULL, at TEXT NOT NULL, stated INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (delivery, entry)) WITHOUT ROWID;
CREATE TABLE days (day TEXT PRIMARY KEY, blocks INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE outgoing (            -- statements as signed; published = 1 once they left the kit
    statement TEXT PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, body BLOB NOT NULL,
    made_at INTEGER NOT NULL, published INTEGER NOT NULL);
CREATE TABLE flags (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class Tx:
    """One transaction. Rows are plain tuples in the order of the query."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """One statement; returns the rows that it changed."""
        return self._db.execute(sql, values).rowcount

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
    """The file. Connections are short and never shared between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path

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
    def _begin(self, how: str) -> Iterator[Tx]:
        try:
            db = self._open()
            try:
                db.execute(how)
                yield Tx(db)
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                db.close()
        except sqlite3.Error as error:
            # sqlite's own messages name tables and columns, never values
            raise Conflict(
                f"{self._path} can't be used: {error}",
                hint="another process may hold it, or its disk is full; nothing was changed",
            ) from None

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
        (found,) = db.execute("PRAGMA user_version").fetchone()
        if found == VERSION:
            return
        if found != 0:
            raise InputError(f"{self._path} is of version {found}, this kit knows {VERSION}")
        db.execute("BEGIN IMMEDIATE")
        if db.execute("PRAGMA user_version").fetchone() == (0,):
            for statement in _SCHEMA.split(";\n"):
                if statement.strip():
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        reach("before:kit.schema")
        # A crash here leaves an empty file, which the next call fills.
        db.execute("COMMIT")
        reach("after:kit.schema")
