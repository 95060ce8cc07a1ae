"""Deliveries: their states, leases, streams, manifests, sealings and attempts."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, select

from gateway.domain import period_keys
from gateway.domain.batch import Entry
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
from gateway.store import delivery_queries as sql
from gateway.store import entries as reading
from gateway.store import slices, tallies
from gateway.store.db import Db, plain, seen
from gateway.store.tables.deliveries import ATTEMPTS, DELIVERIES, MANIFESTS, SEALINGS, STREAMS


class SqlDeliveries:
    """ports.Deliveries over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def delivery(self, delivery: str) -> Delivery:
        """For update: locked against others until this unit ends. Raises NotFound."""
        row = self._db.first(self._db.lock(sql.ONE), delivery=delivery)
        if row is None:
            raise NotFound(f"no delivery {delivery}", hint="palang delivery list shows all")
        return to_delivery(row)

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """By batch and partner."""
        statement = sql.where()
        if wanted.batch:
            statement = statement.where(DELIVERIES.c.batch == wanted.batch)
        if wanted.partner:
            statement = statement.where(DELIVERIES.c.partner == wanted.partner)
        if wanted.due:
            statement = statement.where(DELIVERIES.c.due_at > 0)
        if wanted.states:
            statement = statement.where(DELIVERIES.c.state.in_([s.value for s in wanted.states]))
        return self._all(statement)

    def due(self, at: Micros, limit: int, partner: str = "") -> tuple[Delivery, ...]:
        """QUEUED and due, lanes first, then batch order; those under a lease are skipped."""
        ready, of = (sql.DUE_OF_PARTNER, {"partner": partner}) if partner else (sql.DUE, {})
        return self._all(self._db.lock(ready, skip=True), at=at, most=limit, **of)

    def claim(self, delivery: Delivery, until: Micros) -> Delivery:
        """Take the lease: fence + 1.

        Raises Conflict where another worker holds it, or changed it since it was read.
        """
        claimed = replace(delivery, fence=delivery.fence + 1, lease_until=until)
        free = delivery.lease_until <= self._db.now
        as_seen = plain(claimed) | seen(**plain(delivery))
        if free and self._db.update(DELIVERIES, sql.UNCHANGED, as_seen) == 1:
            return claimed
        if self.delivery(delivery.id).lease_until > self._db.now:
            raise Taken(f"delivery {delivery.id}: another worker holds its lease")
        raise Taken(f"delivery {delivery.id} was changed since it was read")

    def holds(self, delivery: str, fence: int, at: Micros) -> bool:
        """Whether the lease of that fence still runs; asked again right before sending."""
        row = self._db.first(sql.LEASE, delivery=delivery)
        return row is not None and row.fence == fence and at < row.lease_until

    def lapsed(self, at: Micros) -> tuple[Delivery, ...]:
        """With an attempt that has not ended, under a lease that did, whatever the state."""
        return self._all(self._db.lock(sql.LAPSED, skip=True), at=at)

    def unsealed(self, partner: str) -> tuple[Delivery, ...]:
        """QUEUED without a sequence, in batch order; sealed in this order (promise E)."""
        return self._all(sql.UNSEALED, partner=partner)

    def in_flight(self, partner: str) -> int:
        """How many attempts of the partner have begun and not ended."""
        return int(self._db.value(sql.IN_FLIGHT, partner=partner))

    def recent(self, partner: str, since: Micros, limit: int) -> tuple[Recent, ...]:
        """The partner's attempts that began since then, newest first; read without a lock."""
        rows = self._db.rows(sql.RECENT, partner=partner, since=since, most=limit)
        return tuple(map(_recent, rows))

    def traffic(self, partner: str, since: Micros) -> Traffic:
        """What was begun for the partner since then, in sums; read without a lock."""
        (row,) = self._db.rows(sql.TRAFFIC, partner=partner, since=since)
        return Traffic(*(int(value) for value in row))

    def stream(self, partner: str, epoch: int) -> Stream:
        """The head of its sequence in this epoch; sequence 0 where none was given."""
        row = self._db.first(self._db.lock(sql.STREAM), partner=partner, epoch=epoch)
        return to_stream(row) if row is not None else Stream(partner, epoch, 0, "")

    def streams(self, epoch: int) -> tuple[Stream, ...]:
        """The heads of all partners' sequences in this epoch, by partner."""
        return tuple(to_stream(row) for row in self._db.rows(sql.EPOCH, epoch=epoch))

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
        row = self._db.first(sql.MANIFEST, delivery=delivery)
        if row is None:
            return None
        salt = self._db.open(_salt_of(delivery), row.salt)
        return ManifestRecord(**(dict(row._mapping) | {"salt": salt}))

    def delivery_of_sequence(self, partner: str, epoch: int, sequence: int) -> str | None:
        """Which delivery took this sequence."""
        at = (MANIFESTS.c.epoch == epoch, MANIFESTS.c.sequence == sequence)
        taken = select(MANIFESTS.c.delivery).where(MANIFESTS.c.partner == partner, *at)
        row = self._db.first(taken)
        return str(row.delivery) if row is not None else None

    def sealing(self, delivery: str, number: int) -> Sealing:
        """Raises NotFound."""
        row = self._db.first(sql.SEALING, delivery=delivery, number=number)
        if row is None:
            raise NotFound(f"delivery {delivery} has no sealing {number}")
        parcel = self._db.open(period_keys.of_parcel(delivery, number), row.parcel)
        return Sealing(**(dict(row._mapping) | {"parcel": parcel}))

    def sealing_of_parcel(self, partner: str, digest: str) -> tuple[str, int] | None:
        """Delivery id and sealing number of a parcel that was sealed for this partner."""
        row = self._db.first(sql.OF_PARCEL, partner=partner, digest=digest)
        return (row.delivery, row.number) if row is not None else None

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """In order."""
        rows = self._db.rows(sql.ATTEMPTS_OF, delivery=delivery)
        return tuple(Attempt(**row._mapping) for row in rows)

    def put_slice(self, delivery: str, entries: Collection[SealedEntry]) -> None:
        """Which number each entry is; written once, with the manifest."""
        slices.put(self._db, delivery, entries)

    def slice(self, delivery: str) -> list[SealedEntry]:
        """In entry order; empty before sealing."""
        return slices.entries(self._db, delivery)

    def slice_blocks(self, delivery: str) -> Iterator[list[Entry]]:
        """The batch's entries that were sealed, in entry order, some thousands at a time."""
        return reading.of_slice(self._db, delivery)

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

    def _all(self, statement: Select[Any], **values: Any) -> tuple[Delivery, ...]:
        return tuple(map(to_delivery, self._db.rows(statement, **values)))


def _recent(row: Row[Any]) -> Recent:
    columns = dict(row._mapping)
    due_at = columns.pop("due_at")
    return Recent(Attempt(**columns), due_at)


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
    if db.update(STREAMS, sql.MOVED, stream_row(after) | seen(**stream_row(before))) == 1:
        return True
    if before != Stream(before.partner, before.epoch, 0, ""):
        return False
    db.insert(STREAMS, stream_row(after))
    return True


def _save(db: Db, delivery: Delivery) -> None:
    """Written only where the fence is still the stored one: else its worker lost the lease."""
    if _write(db, delivery, delivery.fence):
        return
    if db.first(sql.LEASE, delivery=delivery.id) is not None:
        raise Taken(
            f"delivery {delivery.id}: the lease was lost, another worker has claimed it since",
            hint="nothing was recorded; the sweep takes it up again",
        )
    db.insert(DELIVERIES, plain(delivery))


def _write(db: Db, delivery: Delivery, fence: int) -> bool:
    stored = seen(id=delivery.id, fence=fence)
    return db.update(DELIVERIES, sql.FENCED, plain(delivery) | stored) == 1


def _save_manifest(db: Db, record: ManifestRecord) -> None:
    sealed = db.seal(_salt_of(record.delivery), record.salt)
    db.put(MANIFESTS, plain(record) | {"salt": sealed})
    tallies.begin(db, record)


def _salt_of(delivery: str) -> period_keys.Place:
    return period_keys.of_delivery(delivery, "manifests.salt")


def _save_sealing(db: Db, sealing: Sealing) -> None:
    sealed = db.seal(period_keys.of_parcel(sealing.delivery, sealing.number), sealing.parcel)
    db.put(SEALINGS, plain(sealing) | {"parcel": sealed})


SAVE: dict[type, Callable[[Db, Any], object]] = {
    Delivery: _save,
    ManifestRecord: _save_manifest,
    Sealing: _save_sealing,
    Attempt: lambda db, attempt: db.put(ATTEMPTS, plain(attempt)),
}
"""How the aggregates of this noun are written."""
