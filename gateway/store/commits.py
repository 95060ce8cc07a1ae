"""A commit whose connection is lost has happened or not (threats.md 3.3); the ledger knows which.

Each leaf holds its own random salt, so the entry of the unit's last leaf stands in the ledger if
and only if this very unit was committed. A new writer that is alone gets its turn only when the
old transaction has ended, one way or the other; then it looks.
"""

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from gateway.domain import failpoints
from gateway.domain.errors import OutcomeUnknown, PalangError
from gateway.domain.records import LedgerLeaf
from gateway.store import dialect, server
from gateway.store.errors import Busy, translated
from gateway.store.tables.ledger import LEDGER_LEAVES


def commit_or_look(
    connection: Connection, step: str, last: LedgerLeaf | None, busy_ms: int
) -> None:
    """Commit; where the connection is lost meanwhile, find out whether it happened.

    `last` is the last leaf of the unit, None where it wrote none. Raises Conflict where nothing
    was changed, OutcomeUnknown where that can't be found out.
    """
    engine = connection.engine
    # A crash before the commit leaves nothing of this unit, neither rows nor leaves: SQLite rolls
    # the WAL back by itself, PostgreSQL what a lost session had begun. After it both are there, and
    # the caller's next step is what the worker's sweep repeats.
    failpoints.reach(f"before:{step}")
    with translated(f"commit of {step}"):
        try:
            connection.commit()
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            _require_done(engine, step, last, busy_ms)
    failpoints.reach(f"after:{step}")


def _require_done(engine: Engine, step: str, last: LedgerLeaf | None, busy_ms: int) -> None:
    """Find out after a lost connection. Raises as commit_or_look, where it is not there."""
    there = None if last is None else _look(engine, last, busy_ms)
    if there is None:
        raise OutcomeUnknown(
            f"{step}: the database went away during the commit, it may have happened or not",
            hint="look at the present state before you repeat it",
        )
    if not there:
        raise Busy(f"{step}: the database went away, nothing was changed", hint="try again")


def _look(engine: Engine, last: LedgerLeaf, busy_ms: int) -> bool | None:
    """Whether the leaf is in the ledger; None where no new connection tells."""
    wanted = select(LEDGER_LEAVES.c.entry).where(LEDGER_LEAVES.c.leaf == last.index)
    try:
        with translated("the database"), dialect.isolate(engine.connect(), writer=True) as found:
            if engine.dialect.name == dialect.POSTGRESQL:
                server.enter(found, "", busy_ms)
            row = found.execute(wanted).first()
    except PalangError:
        return None  # said to the caller as OutcomeUnknown
    return row is not None and bytes(row.entry) == last.entry
