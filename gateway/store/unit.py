"""The unit of work: one transaction, its events, and the commit that writes both or neither."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine

from gateway.domain.errors import Conflict
from gateway.domain.ledger import LedgerEvent
from gateway.domain.period_keys import NoPeriods, Periods
from gateway.domain.times import Micros
from gateway.ports import Aggregate
from gateway.store import (
    access,
    deliveries,
    dialect,
    inbox,
    ladder,
    lists,
    log,
    outgoing,
    registry,
    retention,
    server,
    staff,
    standing,
)
from gateway.store.commits import commit_or_look
from gateway.store.db import Db
from gateway.store.errors import ledger_required, translated
from gateway.store.scope import require_own

_SAVE: dict[type, Callable[[Db, Any], object]] = (
    registry.SAVE | lists.SAVE | deliveries.SAVE | inbox.SAVE | outgoing.SAVE
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What units stand on. `busy_ms` is how long a writer waits for its turn, `idle_ms` how long
    one may rest in its transaction on a server, `now` the gateway's time, `periods` the keys of
    what is stored encrypted."""

    engine: Engine
    busy_ms: int
    idle_ms: int
    now: Callable[[], Micros]
    periods: Periods = field(default_factory=NoPeriods)


class SqlUnit:
    """ports.UnitOfWork. The transaction begins with the block and ends with it, or at commit()."""

    def __init__(self, ground: Ground, *, writer: bool, partner: str = "") -> None:
        self._ground = ground
        self._writer = writer
        self._partner = partner
        self._connection: Connection | None = None

    def __enter__(self) -> "SqlUnit":
        """Begin. Raises Conflict where another writer keeps the database too long."""
        if self._connection is not None:
            raise Conflict("this unit of work has begun before", hint="open a new one")
        with translated("the database"):
            self._connection = self._begin()
        # after the wait for the turn: a lease is judged by the time at which it can be taken
        now = self._ground.now()
        self._db = db = Db(
            self._connection,
            writer=self._writer,
            now=now,
            partner=self._partner,
            periods=self._ground.periods,
        )
        self.registry = registry.SqlRegistry(db)
        self.lists = lists.SqlLists(db)
        self.standing = standing.SqlStanding(db)
        self.deliveries = deliveries.SqlDeliveries(db)
        self.inbox = inbox.SqlInbox(db)
        self.outgoing = outgoing.SqlOutbox(db)
        self.log = log.SqlLog(db)
        self.ladder = ladder.SqlLadderNotes(db)
        self.retention = retention.SqlRetention(db)
        self.staff = staff.SqlStaff(db)
        self.access = access.SqlAccessRows(db)
        return self

    def _begin(self) -> Connection:
        engine = self._ground.engine
        connection = dialect.isolate(engine.connect(), writer=self._writer)
        try:
            connection.begin()
            if self._writer and engine.dialect.name == dialect.POSTGRESQL:
                ground = self._ground
                server.enter(connection, self._partner, ground.busy_ms, idle_ms=ground.idle_ms)
        except BaseException:
            connection.close()
            raise
        return connection

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back whatever was not committed."""
        if self._connection is not None:
            with translated("the database"):
                self._db.end_streams()
                self._connection.close()

    def save(self, aggregate: Aggregate, event: LedgerEvent) -> None:
        """Write the aggregate whole, with its event, in this transaction.

        A Delivery is written only where its fence is still the stored one, else Conflict; so is
        what a unit that is bound to a partner writes of another.
        """
        require_own(self._partner, aggregate)
        self._db.note(event)
        _SAVE[type(aggregate)](self._db, aggregate)

    def note(self, event: LedgerEvent) -> None:
        """An event that changes no row (an export, a refusal)."""
        self._db.note(event)

    def commit(self, step: str) -> None:
        """Make it durable; the unit ends.

        Raises LedgerUnavailable where the ledger can't be written, Conflict where another
        transaction was in the way: then nothing happened (promise D). Raises OutcomeUnknown where
        the connection was lost and no new one shows whether it happened.
        """
        self._db.require_writer()
        with ledger_required():
            last = log.append(self._db, self._db.events)
        commit_or_look(self._db.connection, step, last, self._ground.busy_ms)
