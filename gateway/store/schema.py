"""The schema's revision: made and raised by Alembic, checked before any use."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text

from gateway.domain import failpoints
from gateway.domain.errors import Conflict, NotFound
from gateway.store.engine import make_engine, make_file, read_url, sqlite_file
from gateway.store.errors import translated

HEAD = "0002"
"""The revision this program is written for; revisions are numbers of four digits that rise."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def create(url: str) -> None:
    """Make the database: file (0600) and schema.

    Raises Conflict where it is there. Killed half way, it leaves an empty file; run it again.
    """
    engine = _open_for_ddl(url, make=True)
    try:
        with translated("the database"):
            names = inspect(engine).get_table_names()
        if names:
            raise Conflict(
                "there is a database with tables already",
                hint="name another file, or use the one that is there",
            )
        _migrate(engine)
    finally:
        engine.dispose()


def upgrade(url: str) -> str:
    """Bring the schema to this program's revision; returns the revision it had.

    One transaction: killed half way, the old schema stands. Raises NotFound, or Conflict where a
    newer program wrote it.
    """
    engine = _open_for_ddl(url, make=False)
    try:
        found = _revision(engine)
        if not found:
            raise NotFound("the database has no schema", hint="run palang init first")
        if found > HEAD:
            raise _newer(found)
        _migrate(engine)
        return found
    finally:
        engine.dispose()


def check(engine: Engine) -> None:
    """Raises NotFound or Conflict where the schema is not exactly this program's."""
    found = _revision(engine)
    if not found:
        raise NotFound("the database has no schema", hint="run palang init first")
    if found > HEAD:
        raise _newer(found)
    if found < HEAD:
        raise Conflict(
            f"the database has schema {found}, this program needs {HEAD}",
            hint="stop all processes, back the database up, then run palang upgrade",
        )


def alembic_config() -> Config:
    """Alembic's settings; there is no ini file, the scripts lie beside this module."""
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return settings


def _newer(found: str) -> Conflict:
    return Conflict(
        f"the database has schema {found}, newer than {HEAD} of this program",
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


def _revision(engine: Engine) -> str:
    with translated("the database"), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        rows = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    return str(rows[0][0]) if rows else ""


def _migrate(engine: Engine) -> None:
    settings = alembic_config()
    with translated("the schema"), engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        # A crash here rolls the whole schema change back; the command is run again.
        failpoints.reach("before:schema.upgrade")
    failpoints.reach("after:schema.upgrade")
