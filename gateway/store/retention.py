"""What is kept, what a purge takes, holds and tombstones."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Delete, Select, delete, func, literal, select, update

from gateway.domain.canonical import digest
from gateway.domain.ledger import LedgerEvent
from gateway.domain.parties import PartnerKind
from gateway.domain.period_keys import is_sealed, month_of, split
from gateway.domain.retention import BatchFacts, DeliveryFacts, IntakeFacts, LegalHold
from gateway.store import intake_pages
from gateway.store.db import Db, plain
from gateway.store.errors import translated
from gateway.store.retention_queries import DELIVERIES_OF, HEADS, NUMBERED, labels
from gateway.store.tables.deliveries import DELIVERIES, MANIFESTS, SEALINGS, SLICE_ENTRIES
from gateway.store.tables.inbox import INBOUND, SOURCE_LISTS
from gateway.store.tables.lists import (
    BATCHES,
    ENTRIES,
    ENTRY_SOURCES,
    INTAKE_PAGES,
    INTAKE_ROWS,
    INTAKES,
    RESOLUTIONS,
)
from gateway.store.tables.retention import LEGAL_HOLDS, TOMBSTONES

PURGED = "purged"
_MOMENTS = ("acknowledged_at", "answered_at", "released_at")
_LEAST_DIGITS = 7


class SqlRetention:
    """ports.Retention over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def deliveries(self) -> Iterator[DeliveryFacts]:
        """In the order of their batches."""
        for row in self._db.rows(DELIVERIES_OF):
            values = dict(row._mapping)
            voluntary = values.pop("kind") == PartnerKind.OTT.value
            moments = [values.pop(name) or 0 for name in _MOMENTS]
            yield DeliveryFacts(voluntary=voluntary, last_at=max(moments), **values)

    def batches(self) -> Iterator[BatchFacts]:
        """By number."""
        for row in self._db.rows(NUMBERED):
            at = row.released_at or row.created_at
            yield BatchFacts(row.id, row.state, digest(row.review), row.numbers, at)

    def intakes(self) -> Iterator[IntakeFacts]:
        """All that are complete and not purged."""
        wanted = select(INTAKES).where(INTAKES.c.state == "ready").order_by(INTAKES.c.id)
        for row in self._db.rows(wanted):
            counts = {str(name): int(rows) for name, rows in json.loads(row.counts)}
            yield IntakeFacts(
                id=row.id,
                source=row.source,
                digest=row.digest,
                rows=sum(counts.values()),
                held=counts.get("held", 0),
                accepted=counts.get("accepted", 0),
                provenance=row.provenance,
                at=row.added_at,
            )

    def numbers(self, batch: int) -> list[int]:
        """The numbers of a batch's entries that are there."""
        wanted = select(ENTRIES.c.number).where(ENTRIES.c.batch == batch)
        return [number for (number,) in self._db.tuples(wanted)]

    def batches_of(self, intake: int) -> frozenset[int]:
        """The batches that took rows of it."""
        named = select(ENTRY_SOURCES.c.batch).where(ENTRY_SOURCES.c.intake == intake)
        founded = select(ENTRIES.c.batch).where(ENTRIES.c.source == intake)
        both = (*self._db.rows(named.distinct()), *self._db.rows(founded.distinct()))
        return frozenset(row.batch for row in both)

    def holds_number(self, intake: int, number: int) -> bool:
        """A cell counts where its digits end as the number does, whatever came of the row."""
        national = str(number).removeprefix("62")
        for _, rows in intake_pages.parts(self._db, intake):
            for raw, found in zip(rows.column("raw"), rows.column("number"), strict=True):
                digits = "".join(char for char in raw if char.isdigit())
                if found == number or (len(digits) >= _LEAST_DIGITS and national in digits):
                    return True
        return False

    def take_parcels(self, delivery: str) -> tuple[tuple[str, ...], set[str]]:
        """Empty its parcels; their digests, and the months."""
        mine = SEALINGS.c.delivery == delivery
        there = select(SEALINGS.c.digest).where(mine, func.length(SEALINGS.c.parcel) > 0)
        digests = tuple(row.digest for row in self._db.rows(there.order_by(SEALINGS.c.number)))
        months = self._months(select(labels(SEALINGS.c.parcel)).where(mine))
        self._db.update(SEALINGS, update(SEALINGS).where(mine).values(parcel=b""))
        return digests, months

    def take_proofs(self, delivery: str) -> set[str]:
        """Empty its salt and the numbers of its slice."""
        mine = MANIFESTS.c.delivery == delivery
        months = self._months(select(labels(MANIFESTS.c.salt)).where(mine))
        self._db.update(MANIFESTS, update(MANIFESTS).where(mine).values(salt=b""))
        key = select(DELIVERIES.c.key).where(DELIVERIES.c.id == delivery).scalar_subquery()
        numbers = update(SLICE_ENTRIES).where(SLICE_ENTRIES.c.delivery_key == key).values(number=0)
        self._db.update(SLICE_ENTRIES, numbers)
        return months

    def take_numbers(self, batch: int) -> set[str]:
        """Empty its salt, delete its entries and where they came from."""
        mine = BATCHES.c.id == batch
        months = self._months(select(labels(BATCHES.c.salt)).where(mine))
        created = self._db.value(select(BATCHES.c.created_at).where(mine))
        self._db.update(BATCHES, update(BATCHES).where(mine).values(salt=b""))
        self._delete(delete(ENTRIES).where(ENTRIES.c.batch == batch))
        self._forget_sources(batch)
        return months | {month_of(created)}

    def _forget_sources(self, batch: int) -> None:
        """Which rows the batch took stays known, under number 0: they are final by that."""
        table = ENTRY_SOURCES.c
        mine = table.batch == batch
        rows = select(table.batch, literal(0), table.intake, table.position).where(mine).distinct()
        taken = [tuple(row) for row in self._db.rows(rows)]
        self._delete(delete(ENTRY_SOURCES).where(mine))
        self._db.bulk(ENTRY_SOURCES, taken)

    def take_rows(self, intake: int) -> tuple[tuple[str, ...], set[str]]:
        """Delete its rows and resolutions, empty the parcel that it came in."""
        mine = INTAKES.c.id == intake
        (head,) = self._db.rows(select(INTAKES.c.added_at, INTAKES.c.provenance).where(mine))
        pages = select(labels(INTAKE_PAGES.c.page)).where(INTAKE_PAGES.c.intake == intake)
        months = self._months(pages) | {month_of(head.added_at)}
        # first the state: only of a purged intake may rows go, the triggers say
        self._db.update(INTAKES, update(INTAKES).where(mine).values(state=PURGED))
        for table in (INTAKE_PAGES, INTAKE_ROWS, RESOLUTIONS):
            self._delete(delete(table).where(table.c.intake == intake))
        received, more = self._take_received(head.provenance)
        return received, months | more

    def _take_received(self, provenance: str) -> tuple[tuple[str, ...], set[str]]:
        parcel = select(SOURCE_LISTS.c.parcel).where(SOURCE_LISTS.c.provenance == provenance)
        found = tuple(row.parcel for row in self._db.rows(parcel))
        mine = INBOUND.c.digest.in_(found)
        months = self._months(select(labels(INBOUND.c.body)).where(mine)) if found else set()
        if found:
            self._db.update(INBOUND, update(INBOUND).where(mine).values(body=b""))
        return found, months

    def labels(self) -> dict[str, str]:
        """The period keys that stored content is under, each with one subject of it."""
        return {
            split(bytes(head)).label: f"{kind} {name}"
            for kind, wanted in HEADS
            for name, _at, head in self._db.tuples(wanted)
            if head and is_sealed(bytes(head))
        }

    def alive(self, month: str) -> set[str]:
        """The subjects that still have content under the month's keys."""
        return {
            f"{kind} {name}"
            for kind, wanted in HEADS
            for name, at, head in self._db.tuples(wanted)
            if month in (_month(bytes(head or b"")), month_of(at) if at else "")
        }

    def holds(self) -> tuple[LegalHold, ...]:
        """Oldest first."""
        rows = self._db.rows(select(LEGAL_HOLDS).order_by(LEGAL_HOLDS.c.id))
        return tuple(LegalHold(**row._mapping) for row in rows)

    def put_hold(self, hold: LegalHold, event: LedgerEvent) -> None:
        """Add a hold, or write when it was lifted."""
        values = plain(hold)
        if not values.pop("id"):
            self._db.insert(LEGAL_HOLDS, values)
        else:
            lifted = {name: values[name] for name in ("number", "salt", "lifted_at")}
            mine = update(LEGAL_HOLDS).where(LEGAL_HOLDS.c.id == hold.id).values(**lifted)
            self._db.update(LEGAL_HOLDS, mine)
        self._db.note(event)

    def tombstones(self) -> tuple[bytes, ...]:
        """Oldest first."""
        rows = self._db.rows(select(TOMBSTONES.c.body).order_by(TOMBSTONES.c.id))
        return tuple(bytes(row.body) for row in rows)

    def add_tombstone(self, body: bytes, event: LedgerEvent) -> None:
        """Keep one, with its event."""
        self._db.insert(TOMBSTONES, {"digest": digest(body), "body": body, "at": event.at})
        self._db.note(event)

    def _months(self, wanted: Select[Any]) -> set[str]:
        heads = (bytes(head or b"") for (head,) in self._db.tuples(wanted))
        return {month for head in heads if (month := _month(head))}

    def _delete(self, statement: Delete) -> None:
        self._db.require_writer()
        with translated("what is purged"):
            self._db.connection.execute(statement)


def _month(head: bytes) -> str:
    """The month of a label, "" for content in clear."""
    return split(head).label[:7] if is_sealed(head) else ""
