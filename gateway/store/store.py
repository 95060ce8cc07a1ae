"""The store: opens units of work on a database whose schema fits this program."""

from sqlalchemy import Engine

from gateway.domain.period_keys import NoPeriods, Periods
from gateway.ports import Clock
from gateway.store import schema
from gateway.store.engine import BUSY_MS, make_engine, read_url, sqlite_file
from gateway.store.errors import translated
from gateway.store.server import IDLE_MS
from gateway.store.unit import Ground, SqlUnit


class SqlStore:
    """ports.Store over one engine; safe to share between threads, not across a fork."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        busy_ms: int = BUSY_MS,
        idle_ms: int = IDLE_MS,
        periods: Periods | None = None,
    ) -> None:
        self._engine = engine
        self._ground = Ground(engine, busy_ms, idle_ms, clock.now, periods or NoPeriods())

    def read(self) -> SqlUnit:
        """A consistent view; commit() is refused."""
        return SqlUnit(self._ground, writer=False)

    def write(self, partner: str = "") -> SqlUnit:
        """A writer from its first statement (SQLite: BEGIN IMMEDIATE; PostgreSQL: server.py).

        One that names a partner goes beside those of other partners.
        """
        return SqlUnit(self._ground, writer=True, partner=partner)

    def close(self) -> None:
        """Close the pooled connections; the store is of no use afterwards."""
        with translated("the database"):
            self._engine.dispose()


def open_store(
    url: str,
    clock: Clock,
    *,
    busy_ms: int = BUSY_MS,
    idle_ms: int = IDLE_MS,
    periods: Periods | None = None,
) -> SqlStore:
    """Open an existing database. Without `periods` nothing is encrypted, and no encrypted content
    is read.

    Raises NotFound without database or schema, Conflict where the schema is older or newer than
    this program's, InputError for a URL that can't be used.
    """
    parsed = read_url(url)
    path = sqlite_file(parsed)
    if path is not None and not path.is_file():
        raise schema.missing(path)
    engine = make_engine(parsed, busy_ms=busy_ms)
    try:
        schema.check(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, clock, busy_ms=busy_ms, idle_ms=idle_ms, periods=periods)
