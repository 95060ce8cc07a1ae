"""What came from partners: received bytes, receipts, confirmations, and what of them counts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    Subquery,
    bindparam,
    false,
    func,
    select,
    update,
)

from gateway.domain.errors import NotFound
from gateway.domain.ledger import LedgerEvent
from gateway.domain.period_keys import of_received
from gateway.domain.records import (
    ConfirmationRecord,
    EntryOutcome,
    InboundRecord,
    InboundState,
    NothingRecord,
    OutcomeCount,
    Receipt,
)
from gateway.domain.statements import ConfirmRow
from gateway.domain.times import Micros, from_wire
from gateway.store import tallies
from gateway.store.counting import counting
from gateway.store.db import Db, changing, plain, seen
from gateway.store.list_wants import SqlListWants
from gateway.store.source_lists import SqlSourceLists
from gateway.store.tables.deliveries import DELIVERIES, SLICE_ENTRIES
from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS, INBOUND, RECEIPTS
from gateway.store.tables.outgoing import NOTHINGS

PARCEL = "parcel"
"""The kind of a source's list; it holds numbers, so it lies under a period key."""

_PENDING = (
    select(INBOUND)
    .where(INBOUND.c.state == InboundState.PENDING.value)
    .order_by(INBOUND.c.id)
    .limit(bindparam("most", type_=Integer))
)
_ONE = select(INBOUND).where(INBOUND.c.id == bindparam("inbound"))
_JUDGED = changing(INBOUND.c.id)
_SEEN = (
    select(INBOUND)
    .where(
        INBOUND.c.digest == bindparam("digest"),
        INBOUND.c.partner == bindparam("partner"),
        INBOUND.c.id < bindparam("before"),
        INBOUND.c.state == InboundState.ACCEPTED.value,
    )
    .order_by(INBOUND.c.id)
)
_BY_DIGEST = (
    select(INBOUND)
    .where(INBOUND.c.digest == bindparam("digest"))
    .order_by((INBOUND.c.state == InboundState.ACCEPTED.value).desc(), INBOUND.c.id)
)
_DELIVERY = bindparam("delivery", type_=DELIVERIES.c.id.type)
_RECEIPTS = (
    select(*(column for column in RECEIPTS.c if column.name != "key"))
    .where(RECEIPTS.c.delivery == _DELIVERY)
    .order_by(RECEIPTS.c.key)
)
_CONFIRMATIONS = (
    select(*(column for column in CONFIRMATIONS.c if column.name != "key"))
    .where(CONFIRMATIONS.c.delivery == _DELIVERY)
    .order_by(CONFIRMATIONS.c.revision, CONFIRMATIONS.c.key)
)
_NOTHING = (
    select(NOTHINGS)
    .where(NOTHINGS.c.partner == bindparam("partner"), NOTHINGS.c.epoch == bindparam("epoch"))
    .where(NOTHINGS.c.sequence >= bindparam("sequence"))
    .order_by(NOTHINGS.c.received_at, NOTHINGS.c.statement)
    .limit(1)
)


def _best(best: Subquery) -> Select[Any]:
    """The rows that count."""
    columns = (best.c[name] for name in EntryOutcome._fields)
    return select(*columns).where(best.c.place == 1).order_by(best.c.entry)


def _totals(best: Subquery) -> Select[Any]:
    """How many rows count, by what they say."""
    key = select(DELIVERIES.c.key).where(DELIVERIES.c.id == _DELIVERY).scalar_subquery()
    groups = (SLICE_ENTRIES.c.unblock, best.c.disposition, best.c.scope)
    same = (SLICE_ENTRIES.c.delivery_key == key) & (SLICE_ENTRIES.c.entry == best.c.entry)
    totals = select(*groups, func.count()).select_from(best).join(SLICE_ENTRIES, same)
    return totals.where(best.c.place == 1).group_by(*groups).order_by(*groups)


_OUTCOMES = _best(counting(_DELIVERY))
_OUTCOME = _best(counting(_DELIVERY, CONFIRMATION_ROWS.c.entry == bindparam("entry")))
_COUNTS = _totals(counting(_DELIVERY))


class SqlInbox:
    """ports.Inbox over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self.source_lists = SqlSourceLists(db)
        self.list_wants = SqlListWants(db)

    def keep(self, record: InboundRecord, event: LedgerEvent) -> InboundRecord:
        """Store received bytes; returns the record with its id."""
        values = plain(record)
        del values["id"]  # the database gives it
        if record.kind == PARCEL:
            values["body"] = self._db.seal(of_received(record.digest), record.body)
        key = self._db.insert(INBOUND, values)
        self._db.note(event)
        return replace(record, id=key)

    def pending(self, limit: int) -> tuple[InboundRecord, ...]:
        """Not yet judged, oldest first."""
        return self._all(self._db.lock(_PENDING, skip=True), most=limit)

    def inbound(self, inbound: int) -> InboundRecord:
        """Raises NotFound."""
        row = self._db.first(self._db.lock(_ONE), inbound=inbound)
        if row is None:
            raise NotFound(f"no inbound item {inbound}")
        return self._item(row)

    def judge(self, record: InboundRecord, event: LedgerEvent | None) -> None:
        """Record state and reason of a kept item. Raises NotFound."""
        values = {"state": record.state.value, "reason": record.reason}
        if not self._db.update(INBOUND, _JUDGED, values | seen(id=record.id)):
            raise NotFound(f"no inbound item {record.id}")
        if event is not None:
            self._db.note(event)

    def seen(self, partner: str, digest: str, before: int) -> InboundRecord | None:
        """An earlier item with the same bytes that was accepted (a replay has no effect)."""
        row = self._db.first(_SEEN, partner=partner, digest=digest, before=before)
        return self._item(row) if row is not None else None

    def inbound_by_digest(self, digest: str) -> InboundRecord:
        """The bytes of a statement by its id, the accepted item first. Raises NotFound."""
        row = self._db.first(_BY_DIGEST, digest=digest)
        if row is None:
            raise NotFound(f"no inbound item with digest {digest}")
        return self._item(row)

    def listing(self, partner: str, states: tuple[str, ...]) -> tuple[InboundRecord, ...]:
        """Kept items, newest first; empty arguments do not filter."""
        wanted = select(INBOUND).order_by(INBOUND.c.id.desc())
        if partner:
            wanted = wanted.where(INBOUND.c.partner == partner)
        if states:
            wanted = wanted.where(INBOUND.c.state.in_([str(state) for state in states]))
        return self._all(wanted)

    def receipts(self, delivery: str) -> tuple[Receipt, ...]:
        """In order of arrival."""
        rows = self._db.rows(_RECEIPTS, delivery=delivery)
        return tuple(Receipt(**row._mapping) for row in rows)

    def add_confirmation(
        self, record: ConfirmationRecord, rows: Sequence[ConfirmRow], event: LedgerEvent
    ) -> None:
        """Store head and rows.

        Where it is marked as a conflict, the earlier ones of its revision get the mark.
        """
        if record.conflict:
            same = _of(record.delivery) & (CONFIRMATIONS.c.revision == record.revision)
            marked = update(CONFIRMATIONS).where(same, CONFIRMATIONS.c.conflict == false())
            self._db.update(CONFIRMATIONS, marked.values(conflict=True))
        key = self._db.insert(CONFIRMATIONS, plain(record))
        times = _Times()
        lines = ((key, entry, code, scope, times[at]) for entry, code, scope, at in rows)
        self._db.bulk(CONFIRMATION_ROWS, lines)
        tallies.renew(self._db, record.delivery, self.outcome_counts(record.delivery))
        self._db.note(event)

    def confirmations(self, delivery: str) -> tuple[ConfirmationRecord, ...]:
        """By revision, then in order of arrival."""
        rows = self._db.rows(_CONFIRMATIONS, delivery=delivery)
        return tuple(ConfirmationRecord(**row._mapping) for row in rows)

    def nothing(self, partner: str, epoch: int, sequence: int) -> NothingRecord | None:
        """The partner's first word that it has nothing to report about this sequence."""
        row = self._db.first(_NOTHING, partner=partner, epoch=epoch, sequence=sequence)
        return NothingRecord(**row._mapping) if row is not None else None

    def outcomes(self, delivery: str, entry: int = 0) -> list[EntryOutcome]:
        """What counts for each answered entry, or for one, by entry."""
        wanted = _OUTCOME if entry else _OUTCOMES
        of = {"entry": entry} if entry else {}
        return list(map(EntryOutcome._make, self._db.tuples(wanted, delivery=delivery, **of)))

    def outcome_counts(self, delivery: str) -> tuple[OutcomeCount, ...]:
        """What counts, in totals; entries without a counted outcome are not in it."""
        return tuple(map(OutcomeCount._make, self._db.rows(_COUNTS, delivery=delivery)))

    def _item(self, row: Row[Any]) -> InboundRecord:
        item = to_inbound(row)
        if item.kind != PARCEL:
            return item
        return replace(item, body=self._db.open(of_received(item.digest), item.body))

    def _all(self, statement: Select[Any], **values: Any) -> tuple[InboundRecord, ...]:
        return tuple(map(self._item, self._db.rows(statement, **values)))


class _Times(dict[str, Micros]):
    """Wire times as moments; a statement of 100,000 rows names few different ones."""

    def __missing__(self, wire: str) -> Micros:
        return self.setdefault(wire, from_wire(wire))


def _of(delivery: str) -> ColumnElement[bool]:
    return CONFIRMATIONS.c.delivery == delivery


def to_inbound(row: Row[Any]) -> InboundRecord:
    """The inbound item of a row."""
    return InboundRecord(**(dict(row._mapping) | {"state": InboundState(row.state)}))


SAVE: dict[type, Callable[[Db, Any], object]] = {
    Receipt: lambda db, receipt: db.insert(RECEIPTS, plain(receipt)),
}
"""How the aggregates of this noun are written."""
