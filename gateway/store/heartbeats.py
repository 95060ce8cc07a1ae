"""Heartbeats as stored."""

from sqlalchemy import select

from gateway.domain import failpoints
from gateway.domain.health import Heartbeat
from gateway.store import dialect
from gateway.store.db import plain
from gateway.store.errors import translated
from gateway.store.store import SqlStore
from gateway.store.tables.heartbeats import HEARTBEATS


class SqlHeartbeats:
    """ports.Heartbeats over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._engine = store._engine

    def keep(self, beat: Heartbeat) -> None:
        """Write it over the one of the same worker."""
        with translated("table heartbeats"):
            # a crash before leaves the older sign of life, and monitoring sees it age; after it
            # there is nothing to do
            failpoints.reach("before:heartbeat.keep")
            with self._engine.begin() as connection:
                values = plain(beat)
                connection.execute(dialect.upsert(connection, HEARTBEATS, values), values)
            failpoints.reach("after:heartbeat.keep")

    def all(self) -> tuple[Heartbeat, ...]:
        """The last one of each worker, by name."""
        with translated("table heartbeats"), self._engine.connect() as connection:
            rows = connection.execute(select(HEARTBEATS).order_by(HEARTBEATS.c.worker)).all()
        return tuple(Heartbeat(**row._mapping) for row in rows)
