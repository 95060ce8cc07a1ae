"""Lists of deliveries over their tallies; one without a tally that can be believed is counted."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)

from gateway.domain.deadlines import NEAR
from gateway.domain.delivery import HALTED, State
from gateway.domain.dispositions import counts_as_done, is_final
from gateway.domain.manifest import read_manifest
from gateway.domain.parties import PartnerKind
from gateway.domain.times import Micros, duration
from gateway.ports.views.deliveries import (
    EntryRow,
    Line,
    PartnerSums,
    SealingRow,
    Wanted,
)
from gateway.store.counting import counting
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES, SEALINGS, SLICE_ENTRIES
from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS, TALLIES
from gateway.store.tables.registry import PARTNERS
from gateway.store.unit import SqlUnit

_D, _T = DELIVERIES.c, TALLIES.c
_HALTED = [state.value for state in HALTED]
_FAILED = (State.FAILED.value, State.REJECTED.value)
_WAITING = (State.QUEUED.value, State.SENDING.value)
_NEWEST = (
    select(func.coalesce(func.max(CONFIRMATIONS.c.key), 0))
    .where(CONFIRMATIONS.c.delivery == _D.id)
    .scalar_subquery()
)
_START = func.coalesce(_D.handed_over_at, _D.acknowledged_at)
_CLOSES = _START + _T.term
_OPEN = and_(_D.state.not_in(_HALTED), _T.final < _T.entries)
_PARTNER: ColumnElement[Any] = _D.partner.concat("")
"""Joined to "", so that no database walks all deliveries in the order of their partners: those with
entries outstanding have an index and are few."""
_MANDATORY = PARTNERS.c.kind == PartnerKind.OPERATOR.value

_LINES = (
    select(
        *(_D.key, _D.id, _D.batch, _D.partner, PARTNERS.c.name.label("partner_name")),
        *(PARTNERS.c.kind, _D.state, _D.reason, _D.conflict, _D.priority, _D.queued_at),
        *(_D.handed_over_at, _D.acknowledged_at, _T.entries, _T.term, _T.final, _T.done),
        *(_D.manifest, (_T.upto == _NEWEST).label("believed")),
    )
    .join(PARTNERS, PARTNERS.c.id == _D.partner)
    .outerjoin(TALLIES, _T.delivery_key == _D.key)
)

_KINDS = select(PARTNERS.c.id, PARTNERS.c.name, PARTNERS.c.kind).order_by(PARTNERS.c.id)
_NAMES = select(PARTNERS.c.id, PARTNERS.c.name).order_by(PARTNERS.c.name, PARTNERS.c.id)
_OWED = (
    select(_D.key)
    .join_from(TALLIES, DELIVERIES, _T.delivery_key == _D.key)
    .join(PARTNERS, PARTNERS.c.id == _D.partner)
    .where(_MANDATORY, _OPEN, _START.is_not(None))
    .order_by(_CLOSES, _D.key)
    .limit(bindparam("most", type_=Integer))
)
_DUE = _LINES.where(_D.key.in_(_OWED)).order_by(_CLOSES, _D.key)
"""What a line needs beyond its place in the order is read for these few only."""
_OF = select(_D.key).where(_D.id == bindparam("delivery")).scalar_subquery()
_ENTRIES = (
    select(SLICE_ENTRIES.c.entry, SLICE_ENTRIES.c.number, SLICE_ENTRIES.c.unblock)
    .where(SLICE_ENTRIES.c.delivery_key == _OF, SLICE_ENTRIES.c.entry > bindparam("after"))
    .order_by(SLICE_ENTRIES.c.entry)
)
_SEALINGS = (
    select(
        *(SEALINGS.c.number, SEALINGS.c.digest, SEALINGS.c.kid),
        *(func.length(SEALINGS.c.parcel), SEALINGS.c.at),
    )
    .where(SEALINGS.c.delivery == bindparam("delivery"))
    .order_by(SEALINGS.c.number)
)
_COUNTING = counting(
    bindparam("delivery", type_=_D.id.type),
    CONFIRMATION_ROWS.c.entry > bindparam("after"),
    CONFIRMATION_ROWS.c.entry <= bindparam("last"),
)
_WORDS = select(
    *(_COUNTING.c.entry, _COUNTING.c.disposition, _COUNTING.c.scope, _COUNTING.c.said_at)
).where(_COUNTING.c.place == 1)


def _total(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return _total(case((condition, 1), else_=0))


_SUMS = (
    select(
        *(_D.partner, _D.state, func.count().label("deliveries")),
        *(_total(column).label(column.name) for column in (_T.entries, _T.done, _T.final)),
    )
    .join_from(DELIVERIES, TALLIES, _T.delivery_key == _D.key, isouter=True)
    .group_by(_D.partner, _D.state)
)
_NOW, _SOON = bindparam("now", type_=_CLOSES.type), bindparam("soon", type_=_CLOSES.type)
_TERMS = {"late": _NOW > _CLOSES, "near": and_(_NOW <= _CLOSES, _SOON > _CLOSES)}
_OUTSTANDING = (
    select(
        _PARTNER.label("partner"),
        *(_counted(condition).label(name) for name, condition in _TERMS.items()),
    )
    .join_from(TALLIES, DELIVERIES, _T.delivery_key == _D.key)
    .where(_OPEN)
    .group_by(_PARTNER)
)


class SqlDeliveryPages:
    """ports.views.DeliveryPages over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def page(self, wanted: Wanted, now: Micros, before: int, limit: int) -> tuple[Line, ...]:
        """At most `limit` with a key below `before` (0 for the first page), newest first."""
        found = _LINES.where(*_conditions(wanted, now)).order_by(_D.key.desc()).limit(limit)
        return self._read(found.where(_D.key < before) if before else found)

    def due(self, now: Micros, limit: int) -> tuple[Line, ...]:
        """Operators' deliveries with entries outstanding, the deadline that ends first first."""
        return self._read(_DUE, most=limit)

    def sums(self, now: Micros) -> tuple[PartnerSums, ...]:
        """Every partner that has a delivery, by id."""
        with self._store.read() as uow:
            known, sums = uow._db.rows(_KINDS), uow._db.rows(_SUMS)
            owed = uow._db.rows(_OUTSTANDING, now=now, soon=now + NEAR)
        states: dict[str, list[Row[Any]]] = {row.id: [] for row in known}
        for row in sums:
            states[row.partner].append(row)
        waited = {row.partner: (int(row.late), int(row.near)) for row in owed}
        return tuple(
            _sums(row, states[row.id], waited.get(row.id, (0, 0)))
            for row in known
            if states[row.id]
        )

    def entries(self, delivery: str, after: int, limit: int) -> tuple[EntryRow, ...]:
        """At most `limit` entries of a sealed slice above `after`, by entry."""
        with self._store.read() as uow:
            page = uow._db.rows(_ENTRIES.limit(limit), delivery=delivery, after=after)
            if not page:
                return ()
            said = uow._db.rows(_WORDS, delivery=delivery, after=after, last=page[-1].entry)
        words = {row.entry: row[1:] for row in said}
        return tuple(EntryRow(*row, *words.get(row.entry, ("", "", None))) for row in page)

    def sealings(self, delivery: str) -> tuple[SealingRow, ...]:
        """Its envelopes, by number."""
        with self._store.read() as uow:
            rows = uow._db.rows(_SEALINGS, delivery=delivery)
        return tuple(map(SealingRow._make, rows))

    def partners(self) -> tuple[tuple[str, str], ...]:
        """Id and name of every partner, by name."""
        with self._store.read() as uow:
            return tuple((row.id, row.name) for row in uow._db.rows(_NAMES))

    def name_of(self, partner: str) -> str:
        """A partner's name; its id where there is none."""
        return dict(self.partners()).get(partner, partner)

    def _read(self, found: Select[Any], **values: Any) -> tuple[Line, ...]:
        with self._store.read() as uow:
            return tuple(_line(uow, row) for row in uow._db.rows(found, **values))


def _conditions(wanted: Wanted, now: Micros) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.batch:
        found.append(_D.batch == wanted.batch)
    if wanted.partner:
        found.append(_D.partner == wanted.partner)
    if wanted.states:
        found.append(_D.state.in_([state.value for state in wanted.states]))
    if wanted.late:
        found += [_MANDATORY, _OPEN, now > _CLOSES]
    if wanted.open:
        found.append(and_(_D.state.not_in(_HALTED), or_(_T.entries.is_(None), _OPEN)))
    return found


def _sums(partner: Row[Any], states: Sequence[Row[Any]], owed: tuple[int, int]) -> PartnerSums:
    """A deadline is an operator's only; a halted delivery counts in nothing else."""
    kind = PartnerKind(partner.kind)
    late, near = owed if kind is PartnerKind.OPERATOR else (0, 0)
    counts = Counter({row.state: row.deliveries for row in states})
    waiting, failed, halted = (
        sum(counts[one] for one in some) for some in (_WAITING, _FAILED, _HALTED)
    )
    live = [row for row in states if row.state not in _HALTED]
    entries, done, final = (
        sum(int(row._mapping[name]) for row in live) for name in ("entries", "done", "final")
    )
    told = (counts.total(), waiting, failed, halted, entries, done, final, late, near)
    return PartnerSums(partner.id, partner.name, kind, *told)


def _line(uow: SqlUnit, row: Row[Any]) -> Line:
    values = dict(row._mapping)
    sealed, believed = values.pop("manifest"), values.pop("believed")
    if sealed and not believed:
        values |= _counted_now(uow, values["id"])
    values["final"], values["done"] = values["final"] or 0, values["done"] or 0
    values |= {"kind": PartnerKind(values["kind"]), "state": State(values["state"])}
    return Line(**values)


def _counted_now(uow: SqlUnit, delivery: str) -> dict[str, int]:
    """What its tally would say, for one that a program of before tallies sealed or counted."""
    record = uow.deliveries.manifest(delivery)
    if record is None:
        return {}
    manifest = read_manifest(record.body)
    counts = uow.inbox.outcome_counts(delivery)
    return {
        "entries": manifest.count,
        "term": duration(manifest.respond_within),
        "final": sum(c.entries for c in counts if is_final(c.disposition, c.scope)),
        "done": sum(c.entries for c in counts if counts_as_done(c.disposition, c.scope)),
    }
