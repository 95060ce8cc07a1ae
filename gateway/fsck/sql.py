"""Read-only doors to the databases: one snapshot each, rows as the driver gives them.

fsck shares no SQL with the store: an error in the store's reading can't hide itself here. Nothing
is written by construction: SQLite is opened with mode=ro, PostgreSQL in a READ ONLY transaction.
Statements are plain SQL that both understand, with `?` for values.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import IsolationLevel

from gateway.domain.errors import InputError

Row = tuple[Any, ...]
CHUNK = 2_000
"""Rows fetched at once from a stream; memory stays flat however long the table is."""

BUSY_MS = 30_000
"""How long an opening waits where another process recovers the file, in milliseconds."""


class Database(Protocol):
    """One consistent view of a database. Every method raises InputError where it can't be read."""

    name: str

    def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query that has few."""
        ...

    def stream(self, sql: str, *values: object) -> Iterator[Row]:
        """The rows of a large query, one after the other; several streams may be open."""
        ...

    def columns(self) -> dict[str, set[str]]:
        """Every table with its columns."""
        ...

    def triggers(self) -> dict[str, str]:
        """The triggers and views that are in force, by name, on SQLite with their text."""
        ...

    def damage(self) -> Iterator[str]:
        """What the database itself says is wrong with its file, in its own words."""
        ...

    def dangling(self) -> Iterator[tuple[str, str]]:
        """Tables with a row that names a row of another table which is not there."""
        ...

    @property
    def loose(self) -> bool:
        """Whether a cell may hold another type than its column says (SQLite)."""
        ...


def one(database: Database, sql: str, *values: object) -> Row | None:
    """The first row, or None."""
    found = database.rows(sql, *values)
    return found[0] if found else None


def count(database: Database, sql: str, *values: object) -> int:
    """The one number of a query."""
    found = one(database, sql, *values)
    return int(found[0] or 0) if found else 0


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open what a URL names: `sqlite:////abs/path`, `postgresql://...`, or the path of a file.

    Raises InputError where there is none, or it is no database.
    """
    scheme = urlsplit(url).scheme.partition("+")[0]
    if scheme in ("postgresql", "postgres"):
        opened = _postgres(url)
    elif scheme == "sqlite":
        opened = _sqlite(Path(unquote(url.partition(":///")[2])))
    else:
        opened = _sqlite(Path(url))
    with opened as database:
        yield database


class SqliteDatabase:
    """A SQLite file, while others write it too: the WAL keeps this view as it was."""

    loose = True

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.name = str(path)
        self._connection = connection
        self._columns: dict[str, set[str]] = {}

    def rows(self, sql: str, *values: object) -> list[Row]:
        """As Database.rows."""
        return list(self.stream(sql, *values))

    def stream(self, sql: str, *values: object) -> Iterator[Row]:
        """As Database.stream."""
        with _sqlite_errors(self.name):
            yield from self._connection.execute(sql, values)

    def columns(self) -> dict[str, set[str]]:
        """As Database.columns; SQLite's own tables are left out."""
        if not self._columns:  # asked for each check; this view does not change
            names = (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
            info = "SELECT name FROM pragma_table_info(?)"
            for (table,) in self.rows(names):
                self._columns[str(table)] = {str(name) for (name,) in self.rows(info, table)}
        return self._columns

    def triggers(self) -> dict[str, str]:
        """As Database.triggers."""
        sql = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')"
        return {str(name): str(text) for name, text in self.rows(sql)}

    def damage(self) -> Iterator[str]:
        """PRAGMA integrity_check: pages, trees, indexes, constraints."""
        for (said,) in self.stream("PRAGMA integrity_check(100)"):
            if said != "ok":
                yield str(said)

    def dangling(self) -> Iterator[tuple[str, str]]:
        """PRAGMA foreign_key_check."""
        for table, _row, parent, _key in self.stream("PRAGMA foreign_key_check"):
            yield str(table), str(parent)


class PostgresDatabase:
    """A PostgreSQL database, in one REPEATABLE READ, READ ONLY transaction."""

    loose = False

    def __init__(self, connection: psycopg.Connection[Row], name: str) -> None:
        self.name = name
        self._connection = connection
        self._streams = 0
        self._columns: dict[str, set[str]] = {}

    def rows(self, sql: str, *values: object) -> list[Row]:
        """As Database.rows."""
        with _postgres_errors(self.name), self._connection.cursor() as cursor:
            return cursor.execute(_marks(sql), values).fetchall()

    def stream(self, sql: str, *values: object) -> Iterator[Row]:
        """As Database.stream; a cursor on the server holds the rest."""
        self._streams += 1
        with (
            _postgres_errors(self.name),
            self._connection.cursor(f"fsck_{self._streams}") as cursor,
        ):
            cursor.itersize = CHUNK
            yield from cursor.execute(_marks(sql), values)

    def columns(self) -> dict[str, set[str]]:
        """As Database.columns, of the schema that unqualified names mean."""
        listing = (
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'"
        )
        if not self._columns:  # asked for each check; this view does not change
            for table, column in self.rows(listing):
                self._columns.setdefault(str(table), set()).add(str(column))
        return self._columns

    def triggers(self) -> dict[str, str]:
        """As Database.triggers; a disabled one is not in force."""
        sql = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND NOT t.tgisinternal AND t.tgenabled <> 'D'"
        )
        return {str(name): "" for (name,) in self.rows(sql)}

    def damage(self) -> Iterator[str]:
        """Nothing: the server checks its pages by itself (data_checksums)."""
        yield from ()

    def dangling(self) -> Iterator[tuple[str, str]]:
        """Nothing: the server's foreign keys are always on."""
        yield from ()


@contextmanager
def _sqlite(path: Path) -> Iterator[Database]:
    if not path.is_file():
        raise InputError(f"there is no database file {path}", hint="name the file of a gateway")
    with _sqlite_errors(str(path)):
        uri = f"file:{quote(str(path.absolute()))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_MS / 1000)
    with closing(connection):
        with _sqlite_errors(str(path)):
            for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
            connection.text_factory = lambda cell: cell.decode("utf-8", "surrogateescape")
            connection.execute("BEGIN")
            # the first read fixes the view
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield SqliteDatabase(connection, path)


@contextmanager
def _postgres(url: str) -> Iterator[Database]:
    scheme, _, rest = url.partition("://")
    name = f"{scheme.partition('+')[0]}://{rest.rpartition('@')[2]}"  # never with a password
    with _postgres_errors(name):
        connection = psycopg.connect(f"{scheme.partition('+')[0]}://{rest}")
    try:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with _postgres_errors(name):
            connection.execute("SELECT 1")  # the first statement fixes the view
        yield PostgresDatabase(connection, name)
    finally:
        with _postgres_errors(name):
            connection.rollback()
            connection.close()


def _marks(sql: str) -> bytes:
    """The statement with the driver's marks for values; ours never hold a % or a ? of their own."""
    return sql.replace("?", "%s").encode()


_SHUT = (
    "run it as the gateway's own user; a database in WAL mode is opened in a folder that can be "
    "written, so copy it out of a read-only one"
)
_DAMAGED = (
    "if the disk is sound, the file is not: restore the last backup that fsck finds clean "
    "(docs/fsck.md)"
)


@contextmanager
def _sqlite_errors(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        # SQLite's own messages name tables and columns, never values
        name_of = str(getattr(error, "sqlite_errorname", ""))  # the driver's own errors have none
        shut = name_of.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
        raise InputError(
            f"{name} can't be read as a gateway's database: {error}",
            hint=_SHUT if shut else _DAMAGED,
        ) from None


@contextmanager
def _postgres_errors(name: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # a message of the server may quote values; the class of the error does not
        raise InputError(
            f"{name} can't be read: {type(error).__name__} {error.sqlstate or ''}".rstrip(),
            hint="check the URL, the server and that this role may read all tables",
        ) from None
