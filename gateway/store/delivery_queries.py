"""What is asked of deliveries, built once: each value is a bindparam (db.py says why)."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select

from gateway.domain.delivery import State
from gateway.store.db import changing
from gateway.store.tables.deliveries import ATTEMPTS, DELIVERIES, MANIFESTS, SEALINGS, STREAMS

_COLUMNS = [column for column in DELIVERIES.c if column.name != "key"]
_ORDER = (DELIVERIES.c.batch, DELIVERIES.c.partner, DELIVERIES.c.id)
_MOST = bindparam("most", type_=Integer)


def where(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Deliveries, by batch and partner."""
    return select(*_COLUMNS).where(*conditions).order_by(*_ORDER)


def _lanes(*conditions: ColumnElement[bool]) -> Select[Any]:
    queued = DELIVERIES.c.state == State.QUEUED.value
    ready = (DELIVERIES.c.due_at <= bindparam("at"), DELIVERIES.c.lease_until <= bindparam("at"))
    found = select(*_COLUMNS).where(queued, *ready, *conditions)
    return found.order_by(DELIVERIES.c.priority, *_ORDER).limit(_MOST)


_OF_PARTNER = DELIVERIES.c.partner == bindparam("partner")
_OF_ATTEMPTS = (
    ATTEMPTS.c.began_at >= bindparam("since"),
    # joined to "", so that no database walks all of a partner's deliveries: the newest attempts of
    # everybody are few
    DELIVERIES.c.partner.concat("") == bindparam("partner"),
)

ONE = select(*_COLUMNS).where(DELIVERIES.c.id == bindparam("delivery"))
LEASE = select(DELIVERIES.c.fence, DELIVERIES.c.lease_until).where(
    DELIVERIES.c.id == bindparam("delivery")
)
DUE = _lanes()
DUE_OF_PARTNER = _lanes(_OF_PARTNER)
LAPSED = where(
    DELIVERIES.c.id.in_(select(ATTEMPTS.c.delivery).where(ATTEMPTS.c.outcome == "")),
    DELIVERIES.c.lease_until <= bindparam("at"),
)
UNSEALED = where(_OF_PARTNER, DELIVERIES.c.state == State.QUEUED.value, DELIVERIES.c.sequence == 0)

IN_FLIGHT = (
    select(func.count())
    .select_from(ATTEMPTS)
    .join(DELIVERIES)
    .where(ATTEMPTS.c.outcome == "", _OF_PARTNER)
)
RECENT = (
    select(ATTEMPTS, DELIVERIES.c.due_at)
    .join(DELIVERIES)
    .where(*_OF_ATTEMPTS)
    .order_by(ATTEMPTS.c.began_at.desc(), ATTEMPTS.c.number.desc())
    .limit(_MOST)
)
TRAFFIC = (
    select(
        func.count(),
        func.coalesce(func.sum(func.length(SEALINGS.c.parcel)), 0),
        func.coalesce(func.min(ATTEMPTS.c.began_at), 0),
    )
    .select_from(ATTEMPTS)
    .join(DELIVERIES)
    .join(
        SEALINGS,
        (SEALINGS.c.delivery == ATTEMPTS.c.delivery) & (SEALINGS.c.number == ATTEMPTS.c.sealing),
    )
    .where(*_OF_ATTEMPTS)
)
ATTEMPTS_OF = (
    select(ATTEMPTS).where(ATTEMPTS.c.delivery == bindparam("delivery")).order_by(ATTEMPTS.c.number)
)

STREAM = select(STREAMS).where(
    STREAMS.c.partner == bindparam("partner"), STREAMS.c.epoch == bindparam("epoch")
)
EPOCH = select(STREAMS).where(STREAMS.c.epoch == bindparam("epoch")).order_by(STREAMS.c.partner)
MANIFEST = select(MANIFESTS).where(MANIFESTS.c.delivery == bindparam("delivery"))
SEALING = select(SEALINGS).where(
    SEALINGS.c.delivery == bindparam("delivery"), SEALINGS.c.number == bindparam("number")
)
OF_PARCEL = (
    select(SEALINGS.c.delivery, SEALINGS.c.number)
    .join(DELIVERIES)
    .where(SEALINGS.c.digest == bindparam("digest"), _OF_PARTNER)
)

FENCED = changing(DELIVERIES.c.id, DELIVERIES.c.fence)
UNCHANGED = changing(*_COLUMNS)
MOVED = changing(*STREAMS.c)
