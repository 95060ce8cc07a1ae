"""The SQL of reports: counted by the database, filtered by what was known at the cut-off."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, false, func, select, true

from gateway.domain.delivery import HALTED
from gateway.domain.records import InboundState
from gateway.domain.times import Micros
from gateway.ports.views.reports import (
    CountRow,
    DeliveryRow,
    IntakeRow,
    Marks,
    ReceiptRow,
    RepeatRow,
    Scope,
    StatementRow,
)
from gateway.store import dialect
from gateway.store.db import Db
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES, MANIFESTS, SLICE_ENTRIES, SLICES
from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS, INBOUND, RECEIPTS
from gateway.store.tables.ledger import LEDGER_HEAD
from gateway.store.tables.lists import BATCHES, ENTRY_SOURCES, INTAKES, RESOLUTIONS

_HALTED = [state.value for state in HALTED]
_LOADING = "loading"


class SqlReports:
    """ports.views.reports.Reports over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def fix(self, end: Micros, *, test: bool) -> Marks:
        """The marks of now. A writer that is alone: so no key below them is still to come."""
        with self._store.write() as uow:
            return _marks(uow._db, end, test)

    @contextmanager
    def open(self, scope: Scope) -> Iterator["SqlReportRows"]:
        """A view of the scope."""
        with self._store.read() as uow:
            yield SqlReportRows(uow._db, scope)


def _marks(db: Db, end: Micros, test: bool) -> Marks:
    released = _released_before(end, test)
    waiting = select(func.min(INBOUND.c.id)).where(INBOUND.c.state == InboundState.PENDING.value)
    first_pending = db.value(waiting)
    return Marks(
        size=int(db.value(select(func.coalesce(func.max(LEDGER_HEAD.c.size), 0)))),
        at=db.now,
        deliveries=_last(db, DELIVERIES, "key"),
        receipts=_last(db, RECEIPTS, "key"),
        confirmations=_last(db, CONFIRMATIONS, "key"),
        inbound=first_pending - 1 if first_pending else _last(db, INBOUND, "id"),
        intakes=_last(db, INTAKES, "id"),
        resolutions=_last(db, RESOLUTIONS, "id"),
        unhanded=_keys(db, released.where(DELIVERIES.c.handed_over_at.is_(None))),
        halted=_keys(db, released.where(DELIVERIES.c.state.in_(_HALTED))),
        loading=_keys(db, select(INTAKES.c.id).where(INTAKES.c.state == _LOADING)),
    )


def _last(db: Db, table: Table, key: str) -> int:
    return int(db.value(select(func.coalesce(func.max(table.c[key]), 0))))


def _keys(db: Db, wanted: Select[Any]) -> tuple[int, ...]:
    return tuple(sorted(int(row[0]) for row in db.rows(wanted)))


def _released_before(end: Micros, test: bool) -> Select[Any]:
    return select(DELIVERIES.c.key).join(BATCHES).where(BATCHES.c.released_at < end, _kind(test))


def _kind(test: bool) -> ColumnElement[bool]:
    return BATCHES.c.test == (true() if test else false())


class SqlReportRows:
    """ports.views.reports.ReportRows inside one read unit."""

    def __init__(self, db: Db, scope: Scope) -> None:
        self._db = db
        self._scope = scope
        self._marks = scope.marks

    def deliveries(self) -> Iterator[DeliveryRow]:
        """By key; without the hand-overs and halts of later."""
        unhanded, halted = set(self._marks.unhanded), set(self._marks.halted)
        columns = (DELIVERIES.c.id, DELIVERIES.c.batch, DELIVERIES.c.partner)
        moments = (BATCHES.c.released_at, DELIVERIES.c.handed_over_at)
        sealed = (SLICES.c.blocks, SLICES.c.unblocks, MANIFESTS.c.body)
        tables = DELIVERIES.join(BATCHES)
        tables = tables.outerjoin(SLICES, SLICES.c.delivery_key == DELIVERIES.c.key)
        tables = tables.outerjoin(MANIFESTS, MANIFESTS.c.delivery == DELIVERIES.c.id)
        wanted = select(DELIVERIES.c.key, *columns, *moments, *sealed).select_from(tables)
        wanted = wanted.where(*self._known())
        for row in self._db.stream(wanted.order_by(DELIVERIES.c.key)):
            yield DeliveryRow(
                key=row.key,
                id=row.id,
                batch=row.batch,
                partner=row.partner,
                released_at=row.released_at,
                handed_over_at=None if row.key in unhanded else row.handed_over_at,
                halted=row.key in halted,
                blocks=row.blocks or 0,
                unblocks=row.unblocks or 0,
                manifest=row.body or b"",
            )

    def receipts(self) -> Iterator[ReceiptRow]:
        """Those that count."""
        columns = (RECEIPTS.c.delivery, RECEIPTS.c.result)
        wanted = select(*columns, func.min(RECEIPTS.c.received_at))
        wanted = wanted.select_from(RECEIPTS.join(DELIVERIES).join(BATCHES))
        counted = (RECEIPTS.c.key <= self._marks.receipts, RECEIPTS.c.counted == true())
        wanted = wanted.where(*self._known(), *counted).group_by(*columns).order_by(*columns)
        return map(ReceiptRow._make, self._db.stream(wanted))

    def statements(self) -> Iterator[StatementRow]:
        """Confirmations, those in conflict among them; by delivery, revision and arrival."""
        heads = CONFIRMATIONS.c
        columns = (heads.key, heads.delivery, heads.revision, heads.received_at)
        wanted = select(*columns).select_from(CONFIRMATIONS.join(DELIVERIES).join(BATCHES))
        wanted = wanted.where(*self._known(), heads.key <= self._marks.confirmations)
        wanted = wanted.order_by(heads.delivery, heads.revision, heads.key)
        return map(StatementRow._make, self._db.stream(wanted))

    def counts(self, confirmations: Sequence[int]) -> Iterator[CountRow]:
        """Of these confirmations, by disposition and scope."""
        rows = CONFIRMATION_ROWS.c
        groups = (rows.confirmation, rows.disposition, rows.scope)
        wanted = select(*groups, func.count())
        wanted = wanted.where(self._among(rows.confirmation, confirmations))
        return map(CountRow._make, self._db.tuples(wanted.group_by(*groups)))

    def answers(self, confirmation: int) -> Iterator[tuple[int, str, str]]:
        """Entry, disposition and scope of each row of a confirmation."""
        rows = CONFIRMATION_ROWS.c
        wanted = select(rows.entry, rows.disposition, rows.scope)
        for row in self._db.stream(wanted.where(rows.confirmation == confirmation)):
            yield row.entry, row.disposition, row.scope

    def unblocks(self, delivery: int) -> Iterator[int]:
        """The entries of a slice that are unblocks."""
        entries = SLICE_ENTRIES.c
        wanted = select(entries.entry).where(entries.delivery_key == delivery, entries.unblock)
        return (int(row[0]) for row in self._db.stream(wanted))

    def numbers(self, deliveries: Sequence[int]) -> tuple[int, int]:
        """How many different numbers these slices block, and unblock."""
        return self._different(deliveries, unblock=False), self._different(deliveries, unblock=True)

    def _different(self, deliveries: Sequence[int], *, unblock: bool) -> int:
        wanted = _numbers(self._among(SLICE_ENTRIES.c.delivery_key, deliveries), unblock)
        return int(self._db.value(select(func.count()).select_from(wanted.distinct().subquery())))

    def never_answered(self, deliveries: Sequence[int], confirmations: Sequence[int]) -> int:
        """Numbers blocked by these slices without those that a confirmation has a word about."""
        asked = _numbers(self._among(SLICE_ENTRIES.c.delivery_key, deliveries), unblock=False)
        said, heads = CONFIRMATION_ROWS.c, CONFIRMATIONS.c
        entries = SLICE_ENTRIES.c
        same = and_(entries.delivery_key == DELIVERIES.c.key, entries.entry == said.entry)
        answered = (
            select(entries.number)
            .select_from(CONFIRMATIONS)
            .join(DELIVERIES, DELIVERIES.c.id == heads.delivery)
            .join(CONFIRMATION_ROWS, said.confirmation == heads.key)
            .join(SLICE_ENTRIES, same)
            .where(self._among(heads.key, confirmations), ~entries.unblock)
        )
        left = asked.except_(answered).subquery()
        return int(self._db.value(select(func.count()).select_from(left)))

    def reviews(self) -> Iterator[bytes]:
        """What was signed of each batch within the scope."""
        known = select(DELIVERIES.c.batch).where(DELIVERIES.c.key <= self._marks.deliveries)
        wanted = select(BATCHES.c.review).where(*self._within(), BATCHES.c.id.in_(known))
        return (bytes(row[0]) for row in self._db.stream(wanted.order_by(BATCHES.c.id)))

    def other_batches(self) -> int:
        """Batches of the other kind."""
        known = select(DELIVERIES.c.batch).where(DELIVERIES.c.key <= self._marks.deliveries)
        wanted = select(func.count()).select_from(BATCHES)
        return int(
            self._db.value(
                wanted.where(*self._when(), _kind(not self._scope.test), BATCHES.c.id.in_(known))
            )
        )

    def intakes(self) -> Iterator[IntakeRow]:
        """Those added within the scope whose rows were all in."""
        columns = (INTAKES.c.id, INTAKES.c.source, INTAKES.c.counts, INTAKES.c.follows)
        wanted = select(*columns).where(
            INTAKES.c.id <= self._marks.intakes, self._during(INTAKES.c.added_at)
        )
        loading = set(self._marks.loading)
        rows = self._db.stream(wanted.order_by(INTAKES.c.id))
        found = (row for row in rows if row.id not in loading)
        return (IntakeRow(row.source, row.counts, row.follows) for row in found)

    def resolutions(self) -> Iterator[tuple[str, int]]:
        """Acts on held rows, and how many rows of each: a row with two numbers is one."""
        known = (RESOLUTIONS.c.id <= self._marks.resolutions, self._during(RESOLUTIONS.c.at))
        row = select(RESOLUTIONS.c.act, RESOLUTIONS.c.intake, RESOLUTIONS.c.position)
        rows = row.where(*known, RESOLUTIONS.c.part == 0).subquery()
        wanted = select(rows.c.act, func.count().label("rows")).group_by(rows.c.act)
        found = self._db.rows(wanted.order_by(rows.c.act))
        return ((str(row.act), int(row.rows)) for row in found)

    def repeats(self) -> Iterator[RepeatRow]:
        """Numbers of the scope's batches that more than one source asked for."""
        known = select(DELIVERIES.c.batch).where(DELIVERIES.c.key <= self._marks.deliveries)
        named, source = ENTRY_SOURCES.c, INTAKES.c.source
        sources = func.count(source.distinct())
        each = (
            select(func.min(source).label("a"), func.max(source).label("b"), sources.label("n"))
            .select_from(ENTRY_SOURCES)
            .join(BATCHES, BATCHES.c.id == named.batch)
            .join(INTAKES, INTAKES.c.id == named.intake)
            .where(*self._within(), BATCHES.c.id.in_(known))
            .group_by(named.number)
            .having(sources > 1)
            .subquery()
        )
        groups = (each.c.a, each.c.b, each.c.n)
        wanted = select(*groups, func.count()).group_by(*groups).order_by(*groups)
        return map(RepeatRow._make, self._db.rows(wanted))

    def strange_entries(self, partners: Sequence[str]) -> int:
        """Refused statements that name an entry which was not asked about."""
        wanted = select(func.count()).select_from(INBOUND)
        refused = (INBOUND.c.state == InboundState.REFUSED.value, INBOUND.c.reason == _OUTSIDE)
        known = (INBOUND.c.id <= self._marks.inbound, self._during(INBOUND.c.received_at))
        of = INBOUND.c.partner.in_(list(partners))
        return int(self._db.value(wanted.where(*refused, *known, of)))

    def _known(self) -> tuple[ColumnElement[bool], ...]:
        """Deliveries of batches that were released before the scope's end, by the cut-off."""
        released = (BATCHES.c.released_at < self._scope.end, _kind(self._scope.test))
        return (DELIVERIES.c.key <= self._marks.deliveries, *released)

    def _within(self) -> tuple[ColumnElement[bool], ...]:
        return (*self._when(), _kind(self._scope.test))

    def _when(self) -> tuple[ColumnElement[bool], ...]:
        return (self._during(BATCHES.c.released_at),)

    def _during(self, moment: ColumnElement[int]) -> ColumnElement[bool]:
        return and_(moment >= self._scope.begin, moment < self._scope.end)

    def _among(self, column: ColumnElement[int], keys: Sequence[int]) -> ColumnElement[bool]:
        return dialect.among(self._db.connection, column, keys)


_OUTSIDE = "entry-outside"


def _numbers(condition: ColumnElement[bool], unblock: bool) -> Select[Any]:
    entries = SLICE_ENTRIES.c
    asked = entries.unblock == (true() if unblock else false())
    return select(entries.number).where(condition, asked)
