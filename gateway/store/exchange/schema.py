"""The exchange store's schema: made and raised by its own Alembic line, checked before any use."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect, text

from gateway.domain import failpoints
from gateway.domain.errors import Conflict, NotFound
from gateway.store.engine import make_engine, make_file, read_url, sqlite_file
from gateway.store.errors import translated
from gateway.store.exchange.tables import VERSION_TABLE

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0003"
"""The revision this program is written for; revisions are numbers of four digits that rise."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_HINT = "palang db upgrade makes it"


def create(url: str) -> None:
    """Make the exchange store: file (0600) and schema; one that is there is left as it is.

    Killed half way, it leaves an empty file; run it again. Raises as `upgrade`.
    """
    engine = _open(url, make=True)
    try:
        if not _revision(engine):
            _migrate(engine)
    finally:
        engine.dispose()


def upgrade(url: str) -> str:
    """Bring the schema to this program's revision; returns the revision it had.

    One transaction: killed half way, the old schema stands. Raises NotFound, or Conflict where a
    newer program wrote it.
    """
    engine = _open(url, make=False)
    try:
        found = _revision(engine)
        if not found:
            raise NotFound("the exchange store has no schema", hint=_HINT)
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
        raise NotFound("the exchange store has no schema", hint=_HINT)
    if found > HEAD:
        raise _newer(found)
    if found < HEAD:
        raise Conflict(
            f"the exchange store has schema {found}, this program needs {HEAD}",
            hint="stop listener and worker, back both databases up, then run palang db upgrade",
        )


def missing(path: Path) -> NotFound:
    """SQLite would create the file; a wrong path must not look like an empty store."""
    return NotFound(f"there is no exchange store {path}", hint=_HINT)


def alembic_config() -> "Config":
    """Alembic's settings; there is no ini file, the scripts lie beside this module."""
    from alembic.config import Config  # its import takes 60 ms, and only a migration needs it

    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return settings


def _newer(found: str) -> Conflict:
    return Conflict(
        f"the exchange store has schema {found}, newer than {HEAD} of this program",
        hint="use the program that wrote it, or a newer one",
    )


def _open(url: str, *, make: bool) -> Engine:
    parsed = read_url(url)
    path = sqlite_file(parsed)
    if path is not None and make:
        make_file(path)
    if path is not None and not path.is_file():
        raise missing(path)
    return make_engine(parsed)


def _revision(engine: Engine) -> str:
    with translated("the exchange store"), engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return ""
        # S608: the name is our own constant
        rows = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).all()  # noqa: S608
    return str(rows[0][0]) if rows else ""


def _migrate(engine: Engine) -> None:
    from alembic import command

    settings = alembic_config()
    with translated("the exchange store's schema"), engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
        # A crash here rolls the whole schema change back; the command is run again.
        failpoints.reach("before:exchange.schema")
    failpoints.reach("after:exchange.schema")
