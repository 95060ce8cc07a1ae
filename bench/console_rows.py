"""The rows of a large gateway's batches, deliveries and answers that are only SQL."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table

from gateway.domain.canonical import digest
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.records import ManifestRecord
from gateway.domain.statements import About, Confirmation, ConfirmRow
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros, to_wire
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import (
    ATTEMPTS,
    DELIVERIES,
    MANIFESTS,
    SEALINGS,
    SLICE_ENTRIES,
    SLICES,
)
from gateway.store.tables.inbox import (
    CONFIRMATION_ROWS,
    CONFIRMATIONS,
    INBOUND,
    RECEIPTS,
    TALLIES,
)
from gateway.store.tables.lists import BATCHES, ENTRIES, ENTRY_SOURCES
from tests.services.front.world import PartnerSide

FIRST_NUMBER = 6_287_000_000_000  # a test prefix (domain.md section 5)
CLONED = 1_000_000  # numbers of the real release lie below
_BYTES = 2_000  # of a sealed parcel, and of a kept statement


@dataclass(frozen=True, slots=True)
class Size:
    """Batches, partners that each goes to, entries for each of them, rows of the largest intake."""

    batches: int
    partners: int
    each: int
    rows: int


@dataclass(frozen=True, slots=True)
class Real:
    """What the others are made after: a release through all services."""

    store: SqlStore
    now: Micros
    size: Size
    partners: list[str]
    intake: int
    batch: int
    sample: ManifestRecord


class Rows:
    """The rows of all that is only SQL."""

    def __init__(self, real: Real) -> None:
        self._real, self._size = real, real.size
        self._model: Manifest = read_manifest(real.sample.body)
        self._parcel = secrets.token_bytes(_BYTES)
        self._answer = self._confirmation()
        self._batches = range(real.batch + 1, real.batch + real.size.batches)
        self._all = [
            (1_000 + at, batch, place, name)
            for at, (batch, place, name) in enumerate(
                (batch, place, name)
                for batch in self._batches
                for place, name in enumerate(real.partners)
            )
        ]

    def tables(self) -> dict[Table, list[Mapping[str, Any]] | Iterator[Mapping[str, Any]]]:
        """By table, in an order that foreign keys allow."""
        return {
            BATCHES: self._heads(),
            ENTRIES: self._entries(),
            ENTRY_SOURCES: self._sources(),
            DELIVERIES: self._deliveries(),
            MANIFESTS: self._manifests(),
            SEALINGS: (
                {"delivery": self._id(one), "number": 1, "parcel": self._parcel,
                     "digest": self._digest(one), "kid": "kid", "at": self._at(one)}
                for one in self._all
            ),
            ATTEMPTS: (
                {"delivery": self._id(one), "number": 1, "sealing": 1, "began_at": self._at(one),
                     "ended_at": self._at(one) + SECOND, "outcome": "sent"}
                for one in self._all
            ),
            SLICES: ({"delivery_key": one[0], "blocks": self._size.each} for one in self._all),
            SLICE_ENTRIES: (
                {"delivery_key": one[0], "entry": entry, "number": number, "unblock": False}
                for one in self._all
                for entry, number in enumerate(self._numbers(one), 1)
            ),
            INBOUND: self._inbound(),
            RECEIPTS: (
                {"key": one[0], "statement": f"r{one[0]}", "delivery": self._id(one),
                     "result": "accepted", "received_at": self._at(one) + MINUTE, "counted": True}
                for one in self._all
            ),
            CONFIRMATIONS: (
                {"key": one[0], "statement": f"s{one[0]}", "delivery": self._id(one),
                     "revision": 1, "received_at": self._at(one) + HOUR}
                for one in self._all
            ),
            CONFIRMATION_ROWS: (
                {"confirmation": one[0], "entry": entry, "scope": "total",
                     "disposition": "diblokir_total" if entry <= self._final(one) else "tertunda"}
                for one in self._all
                for entry in range(1, self._size.each + 1)
            ),
            TALLIES: (
                {"delivery_key": one[0], "entries": self._size.each, "term": DAY, "upto": one[0],
                     "final": self._final(one), "done": self._final(one)}
                for one in self._all
            ),
        }  # fmt: skip

    def _confirmation(self) -> bytes:
        """What a partner says of every entry of one delivery."""
        model, at = self._model, to_wire(self._real.now)
        about = About(1, 1, self._real.sample.digest, self._real.sample.digest)
        each = range(1, self._size.each + 1)
        rows = tuple(ConfirmRow(entry, "diblokir_total", "total", at) for entry in each)
        said = Confirmation(
            *(model.partner, model.gateway, self._real.now, about, str(model.delivery), 1, rows)
        )
        return PartnerSide(model.partner, "operator").sign(said)

    def events(self) -> Iterator[LedgerEvent]:
        """Six leaves a delivery."""
        tags = (Tag.DELIVERY_SEAL, Tag.DELIVERY_ATTEMPT, Tag.DELIVERY_OUTCOME, Tag.INBOUND_KEEP)
        for one in self._all:
            for tag in (*tags, Tag.RECEIPT_RECORD, Tag.CONFIRMATION_RECORD):
                facts: dict[str, Any] = {"delivery": self._id(one), "digest": self._digest(one)}
                yield LedgerEvent(tag, self._at(one), facts)

    def _heads(self) -> Iterator[Mapping[str, Any]]:
        with self._real.store.read() as uow:
            model = json.loads(uow.lists.batch(self._real.batch).review)
        for batch in self._batches:
            shares = [[name, self._size.each, 0] for name in self._real.partners]
            review = {**model, "batch": batch, "shares": shares}
            at = self._released(batch)
            yield {"id": batch, "test": True, "priority": 2, "salt": b"s" * 32, "created_at": at,
                   "state": "RELEASED", "review": json.dumps(review).encode(),
                   "released_at": at}  # fmt: skip

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        for one in self._all:
            for number in self._numbers(one):
                yield {"batch": one[1], "number": number, "action": "block", "route": one[3],
                       "category": "penipuan", "channel": "whatsapp", "evidence_ref": "TIKET-1",
                       "evidence_date": "2026-11-20", "basis": "PM7-2026",
                       "review_date": "2027-02-20", "source": self._real.intake}  # fmt: skip

    def _sources(self) -> Iterator[Mapping[str, Any]]:
        for one in self._all:
            for number in self._numbers(one):
                yield {"batch": one[1], "number": number, "intake": self._real.intake,
                       "position": 1}  # fmt: skip

    def _deliveries(self) -> Iterator[Mapping[str, Any]]:
        for one in self._all:
            at = self._at(one)
            yield {"key": one[0], "id": self._id(one), "batch": one[1], "partner": one[3],
                   "priority": 2, "queued_at": at, "due_at": at, "state": "ACKNOWLEDGED",
                   "epoch": 1, "sequence": one[0], "manifest": self._digest(one), "sealing": 1,
                   "attempts": 1, "handed_over_at": at + SECOND,
                   "acknowledged_at": at + MINUTE}  # fmt: skip

    def _manifests(self) -> Iterator[Mapping[str, Any]]:
        sample = self._real.sample
        for one in self._all:
            body = replace(
                self._model,
                partner=one[3],
                sequence=one[0],
                delivery=DeliveryId(one[1], one[3], 1),
                block=self._size.each,
                previous=digest(b"one before"),
            ).to_bytes()
            yield {"delivery": self._id(one), "partner": one[3], "epoch": 1, "sequence": one[0],
                   "digest": self._digest(one), "body": body, "jws": sample.jws,
                   "salt": bytes(32)}  # fmt: skip

    def _inbound(self) -> Iterator[Mapping[str, Any]]:
        for place, one in enumerate(self._all):
            for kind in (0, 1):
                yield {"id": 10_000 + 2 * place + kind, "partner": one[3], "kind": "statement",
                       "digest": f"{'rs'[kind]}{one[0]}", "body": self._answer, "state": "ACCEPTED",
                       "received_at": self._at(one) + HOUR}  # fmt: skip

    def _numbers(self, one: tuple[int, int, int, str]) -> range:
        first = FIRST_NUMBER + CLONED + (one[1] * self._size.partners + one[2]) * self._size.each
        return range(first, first + self._size.each)

    def _final(self, one: tuple[int, int, int, str]) -> int:
        """Every seventh delivery lacks some final words."""
        return self._size.each - (2 if one[0] % 7 == 0 else 0)

    def _released(self, batch: int) -> Micros:
        return self._real.now - (self._batches[-1] - batch + 1) * HOUR

    def _at(self, one: tuple[int, int, int, str]) -> Micros:
        return self._released(one[1])

    @staticmethod
    def _id(one: tuple[int, int, int, str]) -> str:
        return f"{one[1]}.{one[3]}.1"

    @staticmethod
    def _digest(one: tuple[int, int, int, str]) -> str:
        return digest(f"{one[1]}.{one[3]}".encode())
