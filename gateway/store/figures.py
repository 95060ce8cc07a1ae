"""The figures that monitoring draws, counted by the database itself."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, func, select

from gateway.domain.delivery import State
from gateway.domain.health import Figures, Heartbeat, PartnerFigures
from gateway.domain.parties import Standing
from gateway.domain.times import Micros, from_wire
from gateway.store.db import Db
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import ATTEMPTS, DELIVERIES
from gateway.store.tables.heartbeats import HEARTBEATS
from gateway.store.tables.inbox import INBOUND
from gateway.store.tables.ledger import CHECKPOINTS, LEDGER_LEAVES
from gateway.store.tables.lists import BATCHES
from gateway.store.tables.registry import PARTNERS

LAST_ATTEMPTS = 20
"""How many of a partner's newest attempts are looked at for a row of failures."""

_WAITING = (State.QUEUED.value, State.SENDING.value)
_FAILED = frozenset({"not_sent", "unknown", "refused"})

Counts = dict[str, list[tuple[str, int]]]


class SqlFigures:
    """ports.FiguresReader over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def read(self) -> Figures:
        """All figures, in one view."""
        with self._store.read() as uow:
            db = uow._db
            latest = uow.log.latest_checkpoint()
            return Figures(
                partners=tuple(_partners(db)),
                inbound=tuple(_pairs(db, INBOUND.c.state)),
                pending_since=db.value(
                    select(func.min(INBOUND.c.received_at)).where(INBOUND.c.state == "PENDING")
                ),
                ledger=uow.log.size(),
                checkpoint=latest.size if latest else 0,
                checkpoint_at=latest.at if latest else None,
                newest=_newest(db),
                batches=tuple(_pairs(db, BATCHES.c.state)),
                beats=tuple(
                    Heartbeat(**row._mapping)
                    for row in db.rows(select(HEARTBEATS).order_by(HEARTBEATS.c.worker))
                ),
            )


def _pairs(db: Db, column: Any) -> Iterable[tuple[str, int]]:
    wanted = select(column.label("value"), func.count().label("count"))
    rows = db.rows(wanted.group_by(column).order_by(column))
    return [(str(row.value), int(row._mapping["count"])) for row in rows]


def _partners(db: Db) -> Iterable[PartnerFigures]:
    by_state = _counts(db, DELIVERIES.c.state)
    by_outcome = _counts(db, ATTEMPTS.c.outcome)
    waiting = select(DELIVERIES.c.partner, func.min(DELIVERIES.c.queued_at).label("since"))
    waiting = waiting.where(
        DELIVERIES.c.state.in_(_WAITING), DELIVERIES.c.handed_over_at.is_(None)
    ).group_by(DELIVERIES.c.partner)
    oldest: dict[str, Micros] = {row.partner: row.since for row in db.rows(waiting)}
    for partner in db.rows(select(PARTNERS).order_by(PARTNERS.c.id)):
        failing = _failing(db, partner.id)
        yield PartnerFigures(
            partner=partner.id,
            kind=partner.kind,
            live=partner.standing == Standing.LIVE.value,
            states=tuple(by_state.get(partner.id, ())),
            attempts=tuple(by_outcome.get(partner.id, ())),
            unsent_since=oldest.get(partner.id),
            failing=len(failing),
            error_since=failing[-1].began_at if failing else None,
        )


def _counts(db: Db, column: Any) -> Counts:
    """How often each value stands with each partner's deliveries."""
    wanted = select(DELIVERIES.c.partner, column.label("value"), func.count().label("count"))
    if column.table is ATTEMPTS:
        wanted = wanted.select_from(DELIVERIES).join(ATTEMPTS)
    found: Counts = {}
    for row in db.rows(
        wanted.group_by(DELIVERIES.c.partner, column).order_by(DELIVERIES.c.partner, column)
    ):
        count = int(row._mapping["count"])  # a row has a method of that name
        found.setdefault(row.partner, []).append((str(row.value) or "in_flight", count))
    return found


def _failing(db: Db, partner: str) -> list[Row[Any]]:
    """The newest attempts that failed in a row, newest first."""
    wanted = select(ATTEMPTS.c.began_at, ATTEMPTS.c.outcome).join(DELIVERIES)
    wanted = wanted.where(DELIVERIES.c.partner == partner, ATTEMPTS.c.outcome != "")
    rows = db.rows(wanted.order_by(ATTEMPTS.c.began_at.desc()).limit(LAST_ATTEMPTS))
    row: list[Row[Any]] = []
    for attempt in rows:
        if attempt.outcome not in _FAILED:
            break
        row.append(attempt)
    return row


def _newest(db: Db) -> Micros:
    """The latest moment that the ledger or a checkpoint knows."""
    signed = db.value(select(func.max(CHECKPOINTS.c.at))) or 0
    last = db.first(select(LEDGER_LEAVES.c.event).order_by(LEDGER_LEAVES.c.leaf.desc()).limit(1))
    said = json.loads(last.event).get("at") if last is not None and last.event else None
    return max(int(signed), from_wire(said) if said else 0)
