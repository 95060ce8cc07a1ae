"""Slices as sealed: which number each entry is, and the questions asked by number."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, or_, select

from gateway.domain.batch import BatchState
from gateway.domain.delivery import HALTED
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.records import SealedEntry
from gateway.domain.times import Micros
from gateway.store import dialect
from gateway.store.db import Db
from gateway.store.tables.deliveries import ATTEMPTS, DELIVERIES, SEALINGS, SLICE_ENTRIES, SLICES
from gateway.store.tables.lists import BATCHES, ENTRIES

_OWN = DELIVERIES.c.id == bindparam("delivery")
# by number, entry for entry: all entries of later batches are soon a whole table
_LATER = exists().where(
    ENTRIES.c.number == SLICE_ENTRIES.c.number,
    ENTRIES.c.batch > select(DELIVERIES.c.batch).where(_OWN).scalar_subquery(),
    BATCHES.c.id == ENTRIES.c.batch,
    BATCHES.c.state == BatchState.RELEASED.value,
    BATCHES.c.stopped.is_(False),
)
_OVERTAKEN = select(SLICE_ENTRIES.c.entry).where(
    SLICE_ENTRIES.c.delivery_key == select(DELIVERIES.c.key).where(_OWN).scalar_subquery(), _LATER
)


def put(db: Db, delivery: str, entries: Collection[SealedEntry]) -> None:
    """Write the slice. Raises NotFound without the delivery, Conflict where it has a slice."""
    row = db.first(select(DELIVERIES.c.key).where(DELIVERIES.c.id == delivery))
    if row is None:
        raise NotFound(f"no delivery {delivery}", hint="save the delivery before its slice")
    if db.first(select(SLICES).where(SLICES.c.delivery_key == row.key)) is not None:
        raise Conflict(f"delivery {delivery} has its slice; it is written once, with the manifest")
    unblocks = sum(entry.unblock for entry in entries)
    counts = {"blocks": len(entries) - unblocks, "unblocks": unblocks}
    db.insert(SLICES, {"delivery_key": row.key} | counts)
    db.bulk(SLICE_ENTRIES, ((row.key, *entry) for entry in entries))


def entries(db: Db, delivery: str) -> list[SealedEntry]:
    """In entry order; empty before sealing."""
    columns = select(SLICE_ENTRIES.c.entry, SLICE_ENTRIES.c.number, SLICE_ENTRIES.c.unblock)
    wanted = columns.where(SLICE_ENTRIES.c.delivery_key == _key(delivery))
    rows = db.tuples(wanted.order_by(SLICE_ENTRIES.c.entry))
    return [SealedEntry(entry, number, bool(unblock)) for entry, number, unblock in rows]


def sealed_numbers(db: Db, partner: str, numbers: Sequence[int]) -> frozenset[int]:
    """Of these numbers, those ever sealed for the partner as a block."""
    sealed = select(SLICE_ENTRIES.c.number).join_from(SLICE_ENTRIES, SLICES).join(DELIVERIES)
    sealed = sealed.where(
        DELIVERIES.c.partner == partner,
        SLICE_ENTRIES.c.unblock.is_(False),
        dialect.among(db.connection, SLICE_ENTRIES.c.number, numbers),
    )
    return frozenset(number for (number,) in db.tuples(sealed))


def blocks_sealed_since(db: Db, partner: str, since: Micros) -> int:
    """How many block entries were sealed for the partner since then, by their first sealing; those
    that ended without an attempt never left the house and use up nothing."""
    tried = select(ATTEMPTS.c.delivery).where(ATTEMPTS.c.delivery == DELIVERIES.c.id).exists()
    ended = [state.value for state in HALTED]
    blocks = func.coalesce(func.sum(SLICES.c.blocks), 0)
    sealed = select(blocks).join_from(SLICES, DELIVERIES)
    sealed = sealed.join(SEALINGS, SEALINGS.c.delivery == DELIVERIES.c.id)
    sealed = sealed.where(
        DELIVERIES.c.partner == partner,
        SEALINGS.c.number == 1,
        SEALINGS.c.at >= since,
        or_(DELIVERIES.c.state.not_in(ended), tried),
    )
    return int(db.value(sealed))


def overtaken(db: Db, delivery: str) -> frozenset[int]:
    """Entries whose number stands in a later released batch that was not stopped."""
    return frozenset(entry for (entry,) in db.tuples(_OVERTAKEN, delivery=delivery))


def deliveries_of_number(db: Db, number: int) -> tuple[tuple[str, int], ...]:
    """Delivery id and entry for every sealed slice that holds the number, oldest batch first."""
    held = select(DELIVERIES.c.id, SLICE_ENTRIES.c.entry).join_from(SLICE_ENTRIES, SLICES)
    held = held.join(DELIVERIES).where(SLICE_ENTRIES.c.number == number)
    rows = db.rows(held.order_by(DELIVERIES.c.batch, DELIVERIES.c.id))
    return tuple((row.id, row.entry) for row in rows)


def _key(delivery: str) -> Any:
    key: Select[Any] = select(DELIVERIES.c.key).where(DELIVERIES.c.id == delivery)
    return key.scalar_subquery()
