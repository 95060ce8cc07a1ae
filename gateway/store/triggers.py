"""Whether the triggers that keep rows as written are all there (promise D's last defence)."""

import tempfile
from pathlib import Path

from sqlalchemy import text

from gateway.store import dialect, schema
from gateway.store.engine import make_engine, read_url
from gateway.store.errors import translated

_NAMES = {
    dialect.SQLITE: "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    dialect.POSTGRESQL: "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


def missing(url: str) -> tuple[str, ...]:
    """Triggers that a database of this program's schema has and this one lacks, by name."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = f"sqlite:///{Path(folder) / 'fresh.sqlite'}"
        schema.create(fresh)
        expected = _names(fresh)
    return tuple(sorted(expected - _names(url)))


def _names(url: str) -> set[str]:
    engine = make_engine(read_url(url))
    try:
        with translated("the database"), engine.connect() as connection:
            rows = connection.execute(text(_NAMES[engine.dialect.name]))
            return {str(row[0]) for row in rows}
    finally:
        engine.dispose()
