"""Entries of a batch, read some thousands at a time: what is decided entry by entry needs no list
of all."""

from collections.abc import Iterable, Iterator
from sys import intern

from sqlalchemy import bindparam, select

from gateway.domain.batch import Entry
from gateway.store.db import Db
from gateway.store.tables.deliveries import DELIVERIES, SLICE_ENTRIES, SLICES
from gateway.store.tables.lists import ENTRIES

BLOCK = 1024
"""Entries read at a time: with their words half a MB, which stays in a processor's cache."""

_COLUMNS = tuple(column for column in ENTRIES.c if column.name != "batch")

_OF_BATCH = (
    select(*_COLUMNS)
    .where(ENTRIES.c.batch == bindparam("batch"), ENTRIES.c.number > bindparam("after"))
    .order_by(ENTRIES.c.number)
    .limit(bindparam("most"))
)

_OF_SLICE = (
    select(SLICE_ENTRIES.c.entry, *_COLUMNS)
    .join_from(SLICE_ENTRIES, SLICES)
    .join(DELIVERIES)
    .join(
        ENTRIES,
        (ENTRIES.c.batch == DELIVERIES.c.batch) & (ENTRIES.c.number == SLICE_ENTRIES.c.number),
    )
    .where(DELIVERIES.c.id == bindparam("delivery"), SLICE_ENTRIES.c.entry > bindparam("after"))
    .order_by(SLICE_ENTRIES.c.entry)
    .limit(bindparam("most"))
)


def of_batch(db: Db, batch: int) -> Iterator[list[Entry]]:
    """In the order of their numbers."""
    after = 0
    while block := list(
        map(Entry._make, db.tuples(_OF_BATCH, batch=batch, after=after, most=BLOCK))
    ):
        yield block
        after = block[-1].number


def of_slice(db: Db, delivery: str) -> Iterator[list[Entry]]:
    """What the batch says of each entry of a sealed slice, in entry order; without those whose
    number it does not have."""
    after = 0
    while rows := list(db.tuples(_OF_SLICE, delivery=delivery, after=after, most=BLOCK)):
        yield [Entry._make(row[1:]) for row in rows]
        after = rows[-1][0]


def to_keep(entries: Iterable[Entry]) -> list[Entry]:
    """All in memory. A word that stands in many of them is one object: else a large batch would
    take three times as much."""
    # but for evidence_ref, which is another one for each case
    return [
        Entry._make((row[0], *map(intern, row[1:4]), row[4], *map(intern, row[5:9]), row[9]))
        for row in entries
    ]
