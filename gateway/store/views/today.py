"""What waits, counted by the database."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from gateway.domain.batch import BatchState
from gateway.domain.delivery import State
from gateway.domain.parties import Standing
from gateway.domain.records import InboundState
from gateway.domain.times import Micros
from gateway.ports.views.today import Waiting
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES
from gateway.store.tables.heartbeats import HEARTBEATS
from gateway.store.tables.inbox import INBOUND
from gateway.store.tables.lists import BATCHES
from gateway.store.tables.registry import OFFICERS, PARTNERS


def _count(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).where(*conditions)


_DEAD = (State.FAILED.value, State.REJECTED.value)
_COUNTS = (
    _count(BATCHES.c.state == BatchState.PREPARED.value),
    _count(BATCHES.c.state == BatchState.SUBMITTED.value),
    _count(DELIVERIES.c.state.in_(_DEAD)),
    _count(PARTNERS.c.standing == Standing.PROPOSED.value),
    _count(OFFICERS.c.standing == Standing.PROPOSED.value),
    _count(INBOUND.c.state == InboundState.PENDING.value),
)
_BEAT = select(func.max(HEARTBEATS.c.at))
_ALL = select(*(one.scalar_subquery() for one in _COUNTS))


class SqlTodayBoard:
    """ports.views.today.TodayBoard over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def waiting(self) -> Waiting:
        """As of now, in one statement."""
        with self._store.read() as uow:
            (row,) = uow._db.rows(_ALL)
        return Waiting._make(row)

    def beat(self) -> Micros | None:
        """The newest sign of life of any worker; None where none ever ran."""
        with self._store.read() as uow:
            found: Micros | None = uow._db.value(_BEAT)
        return found
