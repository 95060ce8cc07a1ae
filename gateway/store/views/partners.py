"""Lists of partners, with what their deliveries and statements say of the channel."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Select, bindparam, case, func, or_, select

from gateway.domain.delivery import State
from gateway.domain.errors import NotFound
from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.times import Micros
from gateway.ports.views.partners import PartnerFilter, PartnerLine
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES
from gateway.store.tables.inbox import INBOUND
from gateway.store.tables.registry import APPROVALS, PARTNERS
from gateway.store.unit import SqlUnit

_P, _D, _A = PARTNERS.c, DELIVERIES.c, APPROVALS.c
_PROPOSE = "partner.propose"
_WAITING = (State.QUEUED.value, State.SENDING.value)
_FAILED = (State.FAILED.value, State.REJECTED.value)
_SUBJECT = "partner:" + _P.id
_LATEST = (
    select(_A.digest)
    .where(_A.subject == _SUBJECT, _A.act == _PROPOSE)
    .order_by(_A.key.desc())
    .limit(1)
    .correlate(PARTNERS)
    .scalar_subquery()
)
_CARD_WAITS = or_(
    _P.standing == Standing.PROPOSED.value, func.coalesce(_LATEST, _P.card) != _P.card
)
_LINES = select(_P.id, _P.name, _P.kind, _P.standing, _P.test, _CARD_WAITS.label("card_waits"))

_THESE: BindParameter[Any] = bindparam("these", expanding=True)
_CARDS = select(_A.digest).where(_A.act == _PROPOSE)
_NEWEST = (
    select(INBOUND.c.received_at)
    .where(INBOUND.c.partner == _P.id, INBOUND.c.digest.not_in(_CARDS))
    .order_by(INBOUND.c.id.desc())
    .limit(1)
    .correlate(PARTNERS)
    .scalar_subquery()
)
_SAID: Select[Any] = select(_P.id, _NEWEST.label("received_at")).where(_P.id.in_(_THESE))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_ON_ITS_WAY = _D.state.in_(_WAITING)
_HEALTH = (
    select(
        _D.partner,
        _sum(_ON_ITS_WAY).label("waiting"),
        _sum(_ON_ITS_WAY & (_D.tries > 0)).label("retried"),
        _sum(_D.state.in_(_FAILED)).label("failed"),
        func.min(case((_ON_ITS_WAY, _D.queued_at))).label("since"),
        func.max(func.coalesce(_D.acknowledged_at, _D.handed_over_at)).label("taken_at"),
    )
    .where(_D.partner.in_(_THESE))
    .group_by(_D.partner)
)


class SqlPartnerPages:
    """ports.views.partners.PartnerPages over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def page(self, wanted: PartnerFilter, after: str, limit: int) -> tuple[PartnerLine, ...]:
        """At most `limit` of them with an id above `after`, by id."""
        asked = _LINES.where(*_conditions(wanted)).order_by(_P.id).limit(limit)
        with self._store.read() as uow:
            rows = list(uow._db.rows(asked.where(_P.id > after) if after else asked))
            return _lines(uow, rows)

    def line(self, partner: str) -> PartnerLine:
        """One. Raises NotFound."""
        with self._store.read() as uow:
            rows = list(uow._db.rows(_LINES.where(_P.id == partner)))
            if not rows:
                raise NotFound(f"no partner {partner}", hint="choose one from the list")
            return _lines(uow, rows)[0]


def _conditions(wanted: PartnerFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(_P.kind == wanted.kind.value)
    if wanted.standing is Standing.PROPOSED:
        found.append(_CARD_WAITS)
    elif wanted.standing is not None:
        found.append(_P.standing == wanted.standing.value)
    return found


def _lines(uow: SqlUnit, rows: list[Row[Any]]) -> tuple[PartnerLine, ...]:
    ids = [row.id for row in rows]
    health, said = _health(uow, ids), _said(uow, ids)
    return tuple(_line(row, health.get(row.id), said.get(row.id)) for row in rows)


def _line(row: Row[Any], health: Row[Any] | None, said: Micros | None) -> PartnerLine:
    taken = health.taken_at if health is not None else None
    return PartnerLine(
        *(row.id, row.name, PartnerKind(row.kind), Standing(row.standing), row.test),
        contact_at=max((at for at in (said, taken) if at is not None), default=None),
        waiting=int(health.waiting) if health is not None else 0,
        retried=int(health.retried) if health is not None else 0,
        waiting_since=health.since if health is not None else None,
        failed=int(health.failed) if health is not None else 0,
        card_waits=bool(row.card_waits),
    )


def _health(uow: SqlUnit, partners: list[str]) -> dict[str, Row[Any]]:
    return {row.partner: row for row in uow._db.rows(_HEALTH, these=partners)}


def _said(uow: SqlUnit, partners: list[str]) -> dict[str, Micros]:
    """When the newest statement of each came; cards, which officers take in, do not count."""
    rows = uow._db.rows(_SAID, these=partners)
    return {row.id: row.received_at for row in rows if row.received_at is not None}
