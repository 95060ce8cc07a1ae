"""Database engines as Palang needs them (threats.md 3.2): modes, permissions, no values in errors.

SQLite: WAL, synchronous=FULL (NORMAL can lose the last commits at power loss), and transactions
that we begin ourselves, because the driver's legacy mode begins none before SELECT or DDL.
PostgreSQL: server.py.
"""

import os
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from gateway.domain.errors import InputError
from gateway.store import dialect, server
from gateway.store.errors import translated

_PSYCOPG = "postgresql+psycopg"

BUSY_MS = 30_000
"""How long a writer waits for another one before Conflict."""

JOURNAL_LIMIT = 64 * 1024 * 1024
"""The WAL file shrinks to this after a checkpoint, in bytes."""


def read_url(url: str) -> URL:
    """The parsed URL. Raises InputError for another kind of database, or SQLite without a file.

    `postgresql:` is the same as `postgresql+psycopg:`. What libpq knows may stand behind the
    question mark (service, passfile, sslmode, sslrootcert), so no password needs to be in a URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(
            "the database URL can't be read",
            hint="sqlite:////var/lib/palang/palang.sqlite or postgresql+psycopg://USER@HOST/NAME",
        ) from None
    name = dialect.known(parsed.get_backend_name())
    if name == dialect.SQLITE and parsed.database in (None, "", ":memory:"):
        raise InputError(
            "the database must be a file, not memory", hint="sqlite:////path/palang.db"
        )
    if name == dialect.POSTGRESQL:
        return _with_psycopg(parsed)
    return parsed


def refuse_password(url: str) -> None:
    """Raises InputError where a password stands in the URL: it would lie in a settings file."""
    if read_url(url).password is not None:
        raise InputError(
            "the database URL holds a password",
            hint="leave it out; libpq takes it from ~/.pgpass, PGPASSFILE or a service file",
        )


def _with_psycopg(parsed: URL) -> URL:
    if parsed.drivername not in (dialect.POSTGRESQL, _PSYCOPG):
        raise InputError(
            f"the database driver of {parsed.drivername} is not supported",
            hint=f"write {_PSYCOPG}://...",
        )
    return parsed.set(drivername=_PSYCOPG)


def sqlite_file(url: URL) -> Path | None:
    """The database file, None for a server."""
    if url.get_backend_name() != dialect.SQLITE or url.database is None:
        return None
    return Path(url.database)


def make_file(path: Path) -> None:
    """Create an empty database file that only its owner may read.

    SQLite gives -wal and -shm the same mode. Raises InputError where the folder does not allow it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return  # left by an earlier run that was killed before its first commit; it is empty
    except OSError as error:
        raise InputError(
            f"the database file {path} can't be created: {error.strerror}",
            hint="name a folder that exists and that this user may write to",
        ) from None


def make_engine(url: URL, *, busy_ms: int = BUSY_MS) -> Engine:
    """An engine with our events. Values never stand in its errors (hide_parameters)."""
    on_server = url.get_backend_name() == dialect.POSTGRESQL
    more = server.options(url) if on_server else {}
    with translated("the database driver"):
        engine = create_engine(url, hide_parameters=True, **more)
    if on_server:
        server.keep_from_forks(engine)
    else:
        _of_sqlite(engine, busy_ms)
    return engine


def _of_sqlite(engine: Engine, busy_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {busy_ms}",  # first: the next one needs a lock
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "trusted_schema = OFF",
            f"journal_size_limit = {JOURNAL_LIMIT}",
            "secure_delete = ON",  # what a purge takes is written over, not only forgotten
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    # no event "begin": where there is one, SQLAlchemy looks for others at every statement, which
    # takes a quarter of its time
    engine.dialect.do_begin = _begin  # type: ignore[assignment]  # it gets no self


def _begin(connection: PoolProxiedConnection) -> None:
    """A read that turns into a write can't wait for its lock, so a writer takes it at once."""
    writer = connection.info.pop(dialect.WRITER, True)
    connection.cursor().execute("BEGIN IMMEDIATE" if writer else "BEGIN")
