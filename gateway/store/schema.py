"""The schema's revision: made and raised by Alembic, checked before any use (ADR 0005).

A program needs at least the revision that it is written for. It also works on a newer one as long
as that one says so: each migration declares `compatible_from`, the lowest revision whose programs
may go on beside it, and `schema_state` keeps the highest of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from gateway.domain import failpoints
from gateway.domain.errors import Conflict, NotFound
from gateway.store import dialect, server
from gateway.store.engine import BUSY_MS, make_engine, make_file, read_url, sqlite_file
from gateway.store.errors import translated

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_VERSIONS = _MIGRATIONS / "versions"

HEAD = max(path.name[1:5] for path in _VERSIONS.glob("r[0-9]*.py"))
"""The revision this program is written for; revisions are numbers of four digits that rise."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """A database's schema as a program sees it.

    `revision` is "" where there is none; `oldest_program` the lowest revision whose programs may
    use it; `known` the revision of this program.
    """

    revision: str
    oldest_program: str
    known: str = HEAD

    @property
    def compatible(self) -> bool:
        """Whether this program may use it."""
        return bool(self.revision) and self.revision >= self.known >= self.oldest_program

    @property
    def behind(self) -> bool:
        """Whether an upgrade by this program is due."""
        return self.revision < self.known


def create(url: str) -> None:
    """Make the database: file (0600) and schema; on a server the database is there and empty.

    Raises Conflict where it has tables, InputError where its encoding is not UTF8. Killed half way,
    it leaves an empty file or database; run it again.
    """
    engine = _open_for_ddl(url, make=True)
    try:
        with translated("the database"), engine.connect() as connection:
            # the exchange store may stand in the same database, under another role
            tables = inspect(connection).get_table_names()
            names = [name for name in tables if not name.startswith("exchange_")]
            if engine.dialect.name == dialect.POSTGRESQL:
                server.require_utf8(connection)
        if names:
            raise Conflict(
                "there is a database with tables already",
                hint="name another one, or use the one that is there",
            )
        _migrate(engine, ())
    finally:
        engine.dispose()


def state(url: str) -> SchemaState:
    """What schema the database has. Raises NotFound without a database file."""
    engine = _open_for_ddl(url, make=False)
    try:
        return _state(engine)
    finally:
        engine.dispose()


def upgrade(url: str, more: Sequence[Path] = ()) -> str:
    """Bring the schema to this program's revision; returns the revision it had.

    One transaction, behind all writers: killed half way, the old schema stands. Raises NotFound, or
    Conflict where a newer program wrote it. `more` are folders with further migrations.
    """
    engine = _open_for_ddl(url, make=False)
    try:
        found = _state(engine)
        if not found.revision:
            raise _without()
        if found.revision > HEAD:
            raise _newer(found)
        _migrate(engine, more)
        return found.revision
    finally:
        engine.dispose()


def check(engine: Engine) -> None:
    """Raises NotFound or Conflict where this program may not use the schema."""
    found = _state(engine)
    if found.compatible:
        return
    if not found.revision:
        raise _without()
    if not found.behind:
        raise _newer(found)
    raise Conflict(
        f"the database has schema {found.revision}, this program needs {HEAD}",
        hint="palang db upgrade brings it there; programs that run meanwhile may go on",
    )


def alembic_config(more: Sequence[Path] = ()) -> "Config":
    """Alembic's settings; there is no ini file, the scripts lie beside this module."""
    from alembic.config import Config  # its import takes 60 ms, and only a migration needs it

    settings = Config()
    settings.set_main_option("script_location", _escaped(_MIGRATIONS))
    settings.set_main_option("path_separator", "newline")
    settings.set_main_option("version_locations", "\n".join(map(_escaped, (_VERSIONS, *more))))
    return settings


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _without() -> NotFound:
    return NotFound("the database has no schema", hint="run palang init first")


def _newer(found: SchemaState) -> Conflict:
    return Conflict(
        f"the database has schema {found.revision}, newer than {HEAD} of this program and only for "
        f"programs from {found.oldest_program or found.revision} on",
        hint="use the program that wrote it, or a newer one",
    )


def _open_for_ddl(url: str, *, make: bool) -> Engine:
    parsed = read_url(url)
    path = sqlite_file(parsed)
    if path is not None and make:
        make_file(path)
    if path is not None and not path.is_file():
        raise missing(path)
    return make_engine(parsed)


def missing(path: Path) -> NotFound:
    """SQLite would create the file; a wrong path must not look like an empty gateway."""
    return NotFound(f"there is no database file {path}", hint="run palang init first")


def _state(engine: Engine) -> SchemaState:
    with translated("the database"), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return SchemaState("", "")
        rows = connection.execute(text("SELECT version_num FROM alembic_version")).all()
        revision = str(rows[0][0]) if rows else ""
        if not inspect(connection).has_table("schema_state"):
            return SchemaState(revision, revision)  # of before 0003: its own programs only
        oldest = connection.execute(text("SELECT oldest_program FROM schema_state")).scalar_one()
    return SchemaState(revision, str(oldest))


def _migrate(engine: Engine, more: Sequence[Path]) -> None:
    from alembic import command

    settings = alembic_config(more)
    with translated("the schema"), engine.begin() as connection:
        if engine.dialect.name == dialect.POSTGRESQL:
            server.enter(connection, "", BUSY_MS)  # no unit is under way, and none begins
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        _write_oldest(connection, settings)
        # A crash here rolls the whole schema change back; the command is run again.
        failpoints.reach("before:schema.upgrade")
    failpoints.reach("after:schema.upgrade")


def _write_oldest(connection: Connection, settings: "Config") -> None:
    """A migration that declares nothing is for its own programs only."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(settings).walk_revisions()
    declared = (getattr(one.module, "compatible_from", one.revision) for one in scripts)
    wanted = text("UPDATE schema_state SET oldest_program = :oldest")
    connection.execute(wanted, {"oldest": max(declared)})
