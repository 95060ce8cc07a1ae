"""Transactions on PostgreSQL (ADR 0005): who may write beside whom, and what no session may do.

Writers run at READ COMMITTED behind one gate, an advisory lock of the transaction (it works behind
PgBouncer, and a lost session leaves none behind). A writer that names a partner shares the gate and
locks that partner's row; one that names none has the gate alone, as BEGIN IMMEDIATE has SQLite. So
a unit decides by what nobody changes until its commit, and locks have one order, without deadlocks:
gate, partner, rows, ledger head.
"""

import os
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.domain.errors import InputError

GATE = int.from_bytes(b"palang")
"""The key of the gate among the database's advisory locks."""

IDLE_MS = 60_000
"""After this the server ends a session that rests in a transaction."""

RECYCLE = 3600
"""Seconds after which a pooled connection is closed rather than used again."""

_DRIVER = {
    # a prepared statement lives in a session, and PgBouncer gives a transaction any session
    "prepare_threshold": None,
    "connect_timeout": 10,
    "application_name": "palang",
    "client_encoding": "utf8",
    # a peer that vanished without a word is noticed within a minute
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}

_LIMITS = (
    "SELECT set_config('lock_timeout', :wait, true), "
    # a stopped process must not hold the gate for ever: the server ends its transaction
    "set_config('idle_in_transaction_session_timeout', :idle, true)"
)
_ALONE = text(f"{_LIMITS}, pg_advisory_xact_lock({GATE})")
_BESIDE = text(f"{_LIMITS}, pg_advisory_xact_lock_shared({GATE})")
_PARTNER = text("SELECT id FROM partners WHERE id = :partner FOR NO KEY UPDATE")


def options(url: URL) -> dict[str, Any]:
    """What create_engine takes beside the URL, whose own words come first."""
    driver = {name: value for name, value in _DRIVER.items() if name not in url.query}
    return {"pool_pre_ping": True, "pool_recycle": RECYCLE, "connect_args": driver}


def keep_from_forks(engine: Engine) -> None:
    """A connection that came over a fork is its parent's: the child opens its own."""

    @event.listens_for(engine, "connect")
    def connect(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["pid"] = os.getpid()

    @event.listens_for(engine, "checkout")
    def checkout(_connection: DBAPIConnection, entry: Any, proxy: Any) -> None:
        if entry.info["pid"] != os.getpid():
            entry.dbapi_connection = proxy.dbapi_connection = None  # not closed: it is not ours
            raise DisconnectionError("opened by another process")


def enter(connection: Connection, partner: str, busy_ms: int, *, idle_ms: int = IDLE_MS) -> None:
    """Wait for the turn of a writer: beside others with a partner, alone without."""
    limits = {"wait": f"{busy_ms}ms", "idle": f"{idle_ms}ms"}
    connection.execute(_BESIDE if partner else _ALONE, limits)
    if partner:
        connection.execute(_PARTNER, {"partner": partner})


def require_utf8(connection: Connection) -> None:
    """Raises InputError where texts would come back as bytes or be refused."""
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise InputError(
            f"the database has encoding {encoding}, UTF8 is expected",
            hint="CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0",
        )
