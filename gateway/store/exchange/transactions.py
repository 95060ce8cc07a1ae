"""Transactions of the exchange store: one look, or one write with its fail-points."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite

from gateway.domain import failpoints
from gateway.store import dialect
from gateway.store.errors import translated

_WHAT = "the exchange store"


class Transactions:
    """Opens transactions on one engine; safe to share between threads, not across a fork."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One look. Raises Conflict, LedgerUnavailable."""
        with translated(_WHAT), self._begun(writer=False) as connection:
            yield connection

    @contextmanager
    def write(self, step: str) -> Iterator[Connection]:
        """A writer from its first statement; what the block raises rolls it back.

        `step` names the fail-points. Raises Conflict, LedgerUnavailable.
        """
        with translated(_WHAT), self._begun(writer=True) as connection:
            yield connection
            # A crash before the commit leaves nothing of the block; after it all of it is there,
            # and each caller's step may be repeated: rows are found again by their digest or name.
            failpoints.reach(f"before:{step}")
            connection.commit()
            failpoints.reach(f"after:{step}")

    def close(self) -> None:
        """Close the pooled connections."""
        with translated(_WHAT):
            self._engine.dispose()

    @contextmanager
    def _begun(self, *, writer: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            dialect.note_writer(connection, writer=writer)
            with connection.begin():
                yield connection


def insert(name: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may carry ON CONFLICT, in the dialect of that name.

    Those that every request needs are built once a dialect: building costs more than running.
    """
    return postgresql.insert(table) if name == dialect.POSTGRESQL else sqlite.insert(table)
