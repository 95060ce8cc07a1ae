"""Lists of batches. How many entries a frozen one has, its review says; others are counted."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Row, Select, bindparam, func, select

from gateway.domain.batch import BatchState, Entry
from gateway.domain.canonical import decode
from gateway.domain.delivery import Priority
from gateway.domain.parties import PartnerKind
from gateway.ports.views.batches import BatchFilter, BatchLine, EntryFilter, Named
from gateway.store.store import SqlStore
from gateway.store.tables.lists import BATCHES, ENTRIES, ENTRY_SOURCES
from gateway.store.tables.registry import APPROVALS, PARTNERS
from gateway.store.unit import SqlUnit

_B, _E = BATCHES.c, ENTRIES.c
_LINES = select(_B.id, _B.state, _B.priority, _B.test, _B.created_at, _B.released_at, _B.review)
_SUBMIT = "batch.submit"
_COUNT = select(func.count()).select_from(
    select(_E.number)
    .where(_E.batch == bindparam("batch"))
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
_SOURCES: Select[Any] = (
    select(ENTRY_SOURCES.c.intake, func.count().label("rows"))
    .where(ENTRY_SOURCES.c.batch == bindparam("batch"))
    .group_by(ENTRY_SOURCES.c.intake)
    .order_by(ENTRY_SOURCES.c.intake)
)
_PARTNERS = select(PARTNERS.c.id, PARTNERS.c.name, PARTNERS.c.kind)
_THESE: BindParameter[Any] = bindparam("these", expanding=True)
_COUNTED: Select[Any] = (
    select(_E.batch, func.count().label("entries")).where(_E.batch.in_(_THESE)).group_by(_E.batch)
)
_SUBMITTERS = (
    select(APPROVALS.c.subject, APPROVALS.c.officer)
    .where(APPROVALS.c.act == _SUBMIT, APPROVALS.c.subject.in_(_THESE))
    .order_by(APPROVALS.c.key)
)


class SqlBatchPages:
    """ports.views.batches.BatchPages over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def page(self, wanted: BatchFilter, before: int, limit: int) -> tuple[BatchLine, ...]:
        """At most `limit` of them with a number below `before`, newest first."""
        asked = _LINES.where(*_conditions(wanted)).order_by(_B.id.desc()).limit(limit)
        with self._store.read() as uow:
            rows = list(uow._db.rows(asked.where(_B.id < before) if before else asked))
            counts = _counted(uow, [row.id for row in rows if not row.review])
            officers = _submitters(uow, [row.id for row in rows])
        return tuple(_line(row, counts, officers) for row in rows)

    def count(self, batch: int, most: int) -> int:
        """How many entries a batch has; `most` where it has more."""
        with self._store.read() as uow:
            found: int = uow._db.value(_COUNT, batch=batch, most=most)
        return found

    def entries(self, batch: int, wanted: EntryFilter, after: int, limit: int) -> tuple[Entry, ...]:
        """At most `limit` of its entries whose number is above `after`, in their order."""
        asked = select(*(_E[name] for name in Entry._fields)).where(_E.batch == batch)
        if after:
            asked = asked.where(_E.number > after)
        if wanted.route:
            asked = asked.where(_E.route == wanted.route)
        with self._store.read() as uow:
            rows = uow._db.rows(asked.order_by(_E.number).limit(limit))
        return tuple(map(Entry._make, rows))

    def sources(self, batch: int) -> tuple[tuple[int, int], ...]:
        """The intakes whose rows ask for its entries, with how many rows each."""
        with self._store.read() as uow:
            rows = uow._db.rows(_SOURCES, batch=batch)
        return tuple((row.intake, row.rows) for row in rows)

    def partners(self) -> dict[str, Named]:
        """Name and kind of every partner, by id."""
        with self._store.read() as uow:
            rows = uow._db.rows(_PARTNERS)
        return {row.id: Named(row.name, PartnerKind(row.kind)) for row in rows}


def _conditions(wanted: BatchFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(_B.state == wanted.state.value)
    if wanted.lane is not None:
        found.append(_B.priority == int(wanted.lane))
    if wanted.since:
        found.append(_B.created_at >= wanted.since)
    if wanted.until:
        found.append(_B.created_at < wanted.until)
    return found


def _counted(uow: SqlUnit, batches: list[int]) -> dict[int, int]:
    return {row.batch: row.entries for row in uow._db.rows(_COUNTED, these=batches)}


def _submitters(uow: SqlUnit, batches: list[int]) -> dict[int, str]:
    """The officer of the last submit of each; a batch that was reopened may have several."""
    subjects = {f"batch:{batch}": batch for batch in batches}
    rows = uow._db.rows(_SUBMITTERS, these=list(subjects))
    return {subjects[row.subject]: row.officer for row in rows}


def _line(row: Row[Any], counts: dict[int, int], officers: dict[int, str]) -> BatchLine:
    entries = counts.get(row.id, 0)
    if row.review:
        entries = sum(decode(row.review, what="a review")["counts"].values())
    frozen = row.state != BatchState.PREPARED
    return BatchLine(
        *(row.id, BatchState(row.state), Priority(row.priority), row.test),
        *(row.created_at, row.released_at, entries),
        officers.get(row.id, "") if frozen else "",
    )
