"""A consistent copy of a running database (threats.md 3.2: copying a live file is no backup).

SQLite: VACUUM INTO, one read transaction however many writers there are, without what was deleted.
PostgreSQL: pg_dump in the very snapshot that our own look reads.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import inspect, text

from gateway.domain.errors import Conflict, InputError
from gateway.domain.period_keys import Periods
from gateway.ports import Clock, UnitOfWork
from gateway.store import backup_numbers, backup_tools, schema
from gateway.store.engine import BUSY_MS, make_engine, make_file, read_url, sqlite_file
from gateway.store.errors import translated
from gateway.store.exchange import schema as exchange_schema
from gateway.store.store import SqlStore, open_store
from gateway.store.unit import SqlUnit

T = TypeVar("T")

CORE, EXCHANGE = "--exclude-table=exchange_*", "--table=exchange_*"
"""Which tables pg_dump takes: one database may hold both stores, under two roles that can't read
each other's."""


def kind(url: str) -> str:
    """`sqlite` or `postgresql`. Raises InputError."""
    return read_url(url).get_backend_name()


def exists(url: str) -> bool:
    """Whether there is a database: a server's is taken to be there."""
    path = sqlite_file(read_url(url))
    return path is None or path.is_file()


def copy(
    url: str,
    target: Path,
    clock: Clock,
    look: Callable[[UnitOfWork], T],
    sealed: tuple[Path, Periods] | None = None,
) -> T:
    """Copy the core database into the new file `target`; what `look` sees in exactly that copy.

    With `sealed`, a file and period keys, the copy has no numbers: these go to that file, under
    those keys (backup_numbers.py).

    Raises NotFound (no database), Conflict (another schema, no room, no pg_dump).
    """
    if sqlite_file(read_url(url)) is not None:
        whole = target.with_name(f"{target.name}.whole") if sealed is not None else target
        copy_plain(url, whole)
        with _opened(f"sqlite:///{whole}", clock) as store, store.read() as uow:
            _numbers(uow, sealed)
            found = look(uow)
        if sealed is not None:
            backup_numbers.cut(whole, target)
        return found
    with _opened(url, clock) as store, store.read() as uow:
        _numbers(uow, sealed)
        found = look(uow)
        with translated("the database"):
            connection = uow._db.connection
            snapshot = str(connection.execute(text("SELECT pg_export_snapshot()")).scalar_one())
        gone = backup_numbers.TABLES if sealed is not None else ()
        bare = (f"--exclude-table-data={table}" for table in gone)
        backup_tools.dump(read_url(url), target, f"--snapshot={snapshot}", CORE, *bare)
        return found


def _numbers(uow: SqlUnit, sealed: tuple[Path, Periods] | None) -> None:
    if sealed is not None:
        backup_numbers.write(uow._db, *sealed)


def fill_numbers(url: str, source: Path, periods: Periods, clock: Clock) -> list[str]:
    """Put the numbers of a backup into the restored database, those whose key is there; the
    subjects whose key was destroyed by a purge.

    Raises NotFound where a key is lost, NotVerified where the file is not what was written.
    """
    with _opened(url, clock, periods) as store, store.write() as uow:
        gone = backup_numbers.fill(uow._db, source, periods)
        # a crash before leaves the database without them, and the file: it is filled again
        uow.commit("restore.numbers")
    return gone


def copy_plain(url: str, target: Path, part: str = CORE) -> None:
    """Copy a database of any schema; of a server's that both stores share, one part.

    Raises as `copy`.
    """
    parsed = read_url(url)
    path = sqlite_file(parsed)
    if path is None:
        backup_tools.dump(parsed, target, part)
        return
    if not path.is_file():
        raise schema.missing(path)
    make_file(target)
    _vacuum(path, target)


def check_sqlite(path: Path) -> None:
    """Raises Conflict where the pages of a copy do not hold together."""
    with _sqlite(path) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        raise Conflict(
            f"the copy {path.name} is damaged", hint="check the disk; palang fsck the database"
        )


def restore_postgresql(url: str, dump: Path, part: str = CORE) -> None:
    """Fill the database at `url`, which has no table of this part, from a dump.

    Raises InputError (another kind of URL), Conflict (not empty, no pg_restore, it failed).
    """
    parsed = read_url(url)
    if sqlite_file(parsed) is not None:
        raise InputError("the backup holds a PostgreSQL database: name one with its URL")
    engine = make_engine(parsed)
    try:
        with translated("the database"):
            every = inspect(engine).get_table_names()
            tables = [name for name in every if name.startswith("exchange_") == (part == EXCHANGE)]
    finally:
        engine.dispose()
    if tables:
        raise Conflict(
            f"the database to restore into has {len(tables)} tables already",
            hint="make an empty one: createdb NAME",
        )
    backup_tools.load(parsed, dump)


def exchange_revision(url: str) -> str:
    """The exchange store's schema, "" where there is none."""
    engine = make_engine(read_url(url))
    try:
        return exchange_schema._revision(engine)
    finally:
        engine.dispose()


@contextmanager
def _opened(url: str, clock: Clock, periods: Periods | None = None) -> Iterator[SqlStore]:
    store = open_store(url, clock, periods=periods)
    try:
        yield store
    finally:
        store.close()


def _vacuum(source: Path, target: Path) -> None:
    try:
        with _sqlite(source) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        target.unlink(missing_ok=True)
        if name == "SQLITE_FULL":
            raise no_room(target.parent) from None
        raise Conflict(
            f"the database {source.name} can't be copied ({name})",
            hint="look at its disk and permissions; palang fsck tells whether it is whole",
        ) from None


def no_room(folder: Path) -> Conflict:
    """The disk is full, or its filesystem takes no file so large; nothing half done stays."""
    return Conflict(
        f"there is no room in {folder}: the backup was given up and nothing of it was left",
        hint="free the disk or name a folder on another one; a copy needs as much as the database",
    )


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    uri = f"file:{quote(str(path))}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()
