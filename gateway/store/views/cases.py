"""One number's places, by the indexes on it."""

from sqlalchemy import bindparam, false, func, select

from gateway.ports.views.cases import Asked, Placed, Said
from gateway.store.counting import counting
from gateway.store.store import SqlStore
from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS
from gateway.store.tables.lists import BATCHES, ENTRIES, ENTRY_SOURCES, INTAKES

_B, _E = BATCHES.c, ENTRIES.c
_PLACES = (
    select(
        *(_B.id, _B.state, _B.stopped, _B.test, _B.created_at, _B.released_at, _E.action),
        *(_E.category, _E.channel, _E.evidence_ref, _E.evidence_date, _E.basis),
        *(_E.review_date, _E.route),
    )
    .join_from(ENTRIES, BATCHES)
    .where(_E.number == bindparam("number"))
    .order_by(_B.id.desc())
)
_ROWS = (
    select(
        *(ENTRY_SOURCES.c.batch, ENTRY_SOURCES.c.intake, ENTRY_SOURCES.c.position),
        *(INTAKES.c.source, INTAKES.c.name, INTAKES.c.added_at),
    )
    .join_from(ENTRY_SOURCES, INTAKES)
    .join(ENTRIES, (_E.batch == ENTRY_SOURCES.c.batch) & (_E.number == ENTRY_SOURCES.c.number))
    .where(_E.number == bindparam("number"))
    .order_by(ENTRY_SOURCES.c.batch, ENTRY_SOURCES.c.intake, ENTRY_SOURCES.c.position)
)
_BEST = counting(
    bindparam("delivery", type_=CONFIRMATIONS.c.delivery.type),
    CONFIRMATION_ROWS.c.entry == bindparam("entry"),
)
_COUNTS = select(_BEST.c.key).where(_BEST.c.place == 1).scalar_subquery()
_SAID = (
    select(
        *(CONFIRMATIONS.c.revision, CONFIRMATION_ROWS.c.disposition, CONFIRMATION_ROWS.c.scope),
        *(CONFIRMATION_ROWS.c.said_at, CONFIRMATIONS.c.received_at, CONFIRMATIONS.c.statement),
        *(CONFIRMATIONS.c.kid, CONFIRMATIONS.c.conflict),
        func.coalesce(CONFIRMATIONS.c.key == _COUNTS, false()).label("counts"),
    )
    .join_from(CONFIRMATION_ROWS, CONFIRMATIONS)
    .where(
        CONFIRMATIONS.c.delivery == bindparam("delivery"),
        CONFIRMATION_ROWS.c.entry == bindparam("entry"),
    )
    .order_by(CONFIRMATIONS.c.key)
)


class SqlCasePages:
    """ports.views.cases.CasePages over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def places(self, number: int) -> tuple[Placed, ...]:
        """Every batch that names it, the newest first; prepared and stopped ones too."""
        with self._store.read() as uow:
            return tuple(map(Placed._make, uow._db.rows(_PLACES, number=number)))

    def rows(self, number: int) -> tuple[Asked, ...]:
        """The intake rows behind them, by batch."""
        with self._store.read() as uow:
            return tuple(map(Asked._make, uow._db.rows(_ROWS, number=number)))

    def said(self, delivery: str, entry: int) -> tuple[Said, ...]:
        """Every word about one entry, in the order in which it came."""
        with self._store.read() as uow:
            return tuple(map(Said._make, uow._db.rows(_SAID, delivery=delivery, entry=entry)))
