"""Deliveries: their states, leases, streams, manifests, sealings and attempts."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update

from gateway.domain.delivery import Delivery, Priority, State
from gateway.domain.errors import Conflict, NotFound, Taken
from gateway.domain.records import (
    Attempt,
    ManifestRecord,
    Recent,
    SealedEntry,
    Sealing,
    Stream,
    Traffic,
)
from gateway.domain.times import Micros
from gateway.ports import DeliveryFilter
from gateway.store import slices
from gateway.store.db import Db, plain
from gateway.store.tables.deliveries import ATTEMPTS, DELIVERIES, MANIFESTS, SEALINGS, STREAMS

_DELIVERY = [column for column in DELIVERIES.c if column.name != "key"]
_ORDER = (DELIVERIES.c.batch, DELIVERIES.c.partner, DELIVERIES.c.id)


class SqlDeliveries:
    """ports.Deliveries over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def delivery(self, delivery: str) -> Delivery:
        """For update: locked against others until this unit ends. Raises NotFound."""
        row = self._db.first(self._db.lock(_where(DELIVERIES.c.id == delivery)))
        if row is None:
            raise NotFound(f"no delivery {delivery}", hint="palang delivery list shows all")
        return to_delivery(row)

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """By batch and partner."""
        statement = _where().order_by(*_ORDER)
        if wanted.batch:
            statement = statement.where(DELIVERIES.c.batch == wanted.batch)
        if wanted.partner:
            statement = statement.where(DELIVERIES.c.partner == wanted.partner)
        if wanted.states:
            statement = statement.where(DELIVERIES.c.state.in_([s.value for s in wanted.states]))
        return self._all(statement)

    def due(self, at: Micros, limit: int, partner: str = "") -> tuple[Delivery, ...]:
        """QUEUED and due, lanes first, then batch order; those under a lease are skipped."""
        ready = _where(
            DELIVERIES.c.state == State.QUEUED.value,
            DELIVERIES.c.due_at <= at,
            DELIVERIES.c.lease_until <= at,
        )
        if partner:
            ready = ready.where(DELIVERIES.c.partner == partner)
        ready = ready.order_by(DELIVERIES.c.priority, *_ORDER).limit(limit)
        return self._all(self._db.lock(ready, skip=True))

    def claim(self, delivery: Delivery, until: Micros) -> Delivery:
        """Take the lease: fence + 1.

        Raises Conflict where another worker holds it, or changed it since it was read.
        """
        stored = self.delivery(delivery.id)
        if stored.lease_until > self._db.now:
            raise Taken(f"delivery {delivery.id}: another worker holds its lease")
        if stored != delivery:
            raise Taken(f"delivery {delivery.id} was changed since it was read")
        claimed = replace(stored, fence=stored.fence + 1, lease_until=until)
        _write(self._db, claimed, stored.fence)
        return claimed

    def holds(self, delivery: str, fence: int, at: Micros) -> bool:
        """Whether the lease of that fence still runs; asked again right before sending."""
        columns = select(DELIVERIES.c.fence, DELIVERIES.c.lease_until)
        row = self._db.first(columns.where(DELIVERIES.c.id == delivery))
        return row is not None and row.fence == fence and at < row.lease_until

    def lapsed(self, at: Micros) -> tuple[Delivery, ...]:
        """With an attempt that has not ended, under a lease that did, whatever the state."""
        flying = select(ATTEMPTS.c.delivery).where(ATTEMPTS.c.outcome == "")
        dead = (DELIVERIES.c.id.in_(flying), DELIVERIES.c.lease_until <= at)
        return self._all(self._db.lock(_where(*dead).order_by(*_ORDER), skip=True))

    def unsealed(self, partner: str) -> tuple[Delivery, ...]:
        """QUEUED without a sequence, in batch order; sealed in this order (promise E)."""
        waiting = _where(
            DELIVERIES.c.partner == partner,
            DELIVERIES.c.state == State.QUEUED.value,
            DELIVERIES.c.sequence == 0,
        )
        return self._all(waiting.order_by(*_ORDER))

    def in_flight(self, partner: str) -> int:
        """How many attempts of the partner have begun and not ended."""
        running = select(func.count()).select_from(ATTEMPTS).join(DELIVERIES)
        running = running.where(ATTEMPTS.c.outcome == "", DELIVERIES.c.partner == partner)
        return int(self._db.value(running))

    def recent(self, partner: str, since: Micros, limit: int) -> tuple[Recent, ...]:
        """The partner's attempts that began since then, newest first; read without a lock."""
        wanted = select(ATTEMPTS, DELIVERIES.c.due_at).join(DELIVERIES).where(*_of(partner, since))
        newest = wanted.order_by(ATTEMPTS.c.began_at.desc(), ATTEMPTS.c.number.desc())
        return tuple(map(_recent, self._db.rows(newest.limit(limit))))

    def traffic(self, partner: str, since: Micros) -> Traffic:
        """What was begun for the partner since then, in sums; read without a lock."""
        size = func.coalesce(func.sum(func.length(SEALINGS.c.parcel)), 0)
        first = func.coalesce(func.min(ATTEMPTS.c.began_at), 0)
        same = (SEALINGS.c.delivery == ATTEMPTS.c.delivery) & (
            SEALINGS.c.number == ATTEMPTS.c.sealing
        )
        sums = select(func.count(), size, first).select_from(ATTEMPTS).join(DELIVERIES)
        sums = sums.join(SEALINGS, same).where(*_of(partner, since))
        (row,) = self._db.rows(sums)
        return Traffic(*(int(value) for value in row))

    def stream(self, partner: str, epoch: int) -> Stream:
        """The head of its sequence in this epoch; sequence 0 where none was given."""
        wanted = select(STREAMS).where(STREAMS.c.partner == partner, STREAMS.c.epoch == epoch)
        row = self._db.first(self._db.lock(wanted))
        return to_stream(row) if row is not None else Stream(partner, epoch, 0, "")

    def streams(self, epoch: int) -> tuple[Stream, ...]:
        """The heads of all partners' sequences in this epoch, by partner."""
        wanted = select(STREAMS).where(STREAMS.c.epoch == epoch).order_by(STREAMS.c.partner)
        return tuple(to_stream(row) for row in self._db.rows(wanted))

    def advance(self, before: Stream, after: Stream) -> None:
        """Move the head, compare and swap. Raises Conflict where another worker moved it."""
        where = f"stream of {before.partner} in epoch {before.epoch}"
        if (after.partner, after.epoch) != (before.partner, before.epoch):
            raise Conflict(f"{where}: the new head is another stream's")
        if after.sequence < before.sequence:
            raise Conflict(f"{where}: a sequence never falls (promise E)")
        if before != self.stream(before.partner, before.epoch) or not _swap(
            self._db, before, after
        ):
            raise Taken(f"{where} was moved by another worker", hint="read its head again")

    def manifest(self, delivery: str) -> ManifestRecord | None:
        """The manifest, once sealed."""
        row = self._db.first(select(MANIFESTS).where(MANIFESTS.c.delivery == delivery))
        return ManifestRecord(**row._mapping) if row is not None else None

    def delivery_of_sequence(self, partner: str, epoch: int, sequence: int) -> str | None:
        """Which delivery took this sequence."""
        at = (MANIFESTS.c.epoch == epoch, MANIFESTS.c.sequence == sequence)
        taken = select(MANIFESTS.c.delivery).where(MANIFESTS.c.partner == partner, *at)
        row = self._db.first(taken)
        return str(row.delivery) if row is not None else None

    def sealing(self, delivery: str, number: int) -> Sealing:
        """Raises NotFound."""
        at = (SEALINGS.c.delivery == delivery, SEALINGS.c.number == number)
        row = self._db.first(select(SEALINGS).where(*at))
        if row is None:
            raise NotFound(f"delivery {delivery} has no sealing {number}")
        return Sealing(**row._mapping)

    def sealing_of_parcel(self, partner: str, digest: str) -> tuple[str, int] | None:
        """Delivery id and sealing number of a parcel that was sealed for this partner."""
        sealed = select(SEALINGS.c.delivery, SEALINGS.c.number).join(DELIVERIES)
        sealed = sealed.where(SEALINGS.c.digest == digest, DELIVERIES.c.partner == partner)
        row = self._db.first(sealed)
        return (row.delivery, row.number) if row is not None else None

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """In order."""
        wanted = select(ATTEMPTS).where(ATTEMPTS.c.delivery == delivery)
        rows = self._db.rows(wanted.order_by(ATTEMPTS.c.number))
        return tuple(Attempt(**row._mapping) for row in rows)

    def put_slice(self, delivery: str, entries: Iterable[SealedEntry]) -> None:
        """Which number each entry is; written once, with the manifest."""
        slices.put(self._db, delivery, entries)

    def slice(self, delivery: str) -> list[SealedEntry]:
        """In entry order; empty before sealing."""
        return slices.entries(self._db, delivery)

    def sealed_numbers(self, partner: str, numbers: Sequence[int]) -> frozenset[int]:
        """Of these numbers, those ever sealed for the partner as a block."""
        return slices.sealed_numbers(self._db, partner, numbers)

    def blocks_sealed_since(self, partner: str, since: Micros) -> int:
        """How many block entries were sealed for the partner since then."""
        return slices.blocks_sealed_since(self._db, partner, since)

    def overtaken(self, delivery: str) -> frozenset[int]:
        """Entry numbers whose number stands in a later released batch (an order overtaken)."""
        return slices.overtaken(self._db, delivery)

    def deliveries_of_number(self, number: int) -> tuple[tuple[str, int], ...]:
        """Delivery id and entry for every sealed slice that holds the number."""
        return slices.deliveries_of_number(self._db, number)

    def _all(self, statement: Any) -> tuple[Delivery, ...]:
        return tuple(map(to_delivery, self._db.rows(statement)))


def _of(partner: str, since: Micros) -> tuple[ColumnElement[bool], ...]:
    # joined to "", so that no database walks all of a partner's deliveries: the newest attempts
    # of everybody are few
    return ATTEMPTS.c.began_at >= since, DELIVERIES.c.partner.concat("") == partner


def _recent(row: Row[Any]) -> Recent:
    columns = dict(row._mapping)
    due_at = columns.pop("due_at")
    return Recent(Attempt(**columns), due_at)


def _where(*conditions: ColumnElement[bool]) -> Any:
    return select(*_DELIVERY).where(*conditions)


def to_delivery(row: Row[Any]) -> Delivery:
    """The delivery of a row."""
    typed = {"priority": Priority(row.priority), "state": State(row.state)}
    return Delivery(**(dict(row._mapping) | typed))


def to_stream(row: Row[Any]) -> Stream:
    """The stream's head of a row."""
    voids = tuple((sequence, digest) for sequence, digest in json.loads(row.voids))
    return Stream(row.partner, row.epoch, row.sequence, row.previous, voids)


def stream_row(stream: Stream) -> dict[str, Any]:
    """The columns of a stream's head."""
    return plain(stream) | {"voids": json.dumps(stream.voids)}


def _swap(db: Db, before: Stream, after: Stream) -> bool:
    """Write the new head over exactly the old one; the first head of an epoch is a new row, and a
    second worker's insert of it fails (Conflict)."""
    same = [STREAMS.c[name] == value for name, value in stream_row(before).items()]
    if db.update(STREAMS, update(STREAMS).where(*same).values(stream_row(after))) == 1:
        return True
    if before != Stream(before.partner, before.epoch, 0, ""):
        return False
    db.insert(STREAMS, stream_row(after))
    return True


def _save(db: Db, delivery: Delivery) -> None:
    """Written only where the fence is still the stored one: else its worker lost the lease."""
    if _write(db, delivery, delivery.fence):
        return
    there = select(DELIVERIES.c.fence).where(DELIVERIES.c.id == delivery.id)
    if db.first(there) is not None:
        raise Taken(
            f"delivery {delivery.id}: the lease was lost, another worker has claimed it since",
            hint="nothing was recorded; the sweep takes it up again",
        )
    db.insert(DELIVERIES, plain(delivery))


def _write(db: Db, delivery: Delivery, fence: int) -> bool:
    stored = (DELIVERIES.c.id == delivery.id, DELIVERIES.c.fence == fence)
    return db.update(DELIVERIES, update(DELIVERIES).where(*stored).values(plain(delivery))) == 1


SAVE: dict[type, Callable[[Db, Any], object]] = {
    Delivery: _save,
    ManifestRecord: lambda db, record: db.put(MANIFESTS, plain(record)),
    Sealing: lambda db, sealing: db.put(SEALINGS, plain(sealing)),
    Attempt: lambda db, attempt: db.put(ATTEMPTS, plain(attempt)),
}
"""How the aggregates of this noun are written."""
