"""A console over a large gateway: real partners, officers and one real release; the rest by SQL."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Blueprint
from sqlalchemy import Table

from config.seed import load_seed
from gateway.domain.accounts import Role
from gateway.domain.canonical import digest
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.records import ManifestRecord
from gateway.domain.returned import row_mark
from gateway.domain.statements import About, Confirmation, ConfirmRow
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros, to_wib, to_wire
from gateway.main.worker import build_work
from gateway.reading.files import FileReader
from gateway.services.batches import Batches, Wanted
from gateway.services.intake import Options
from gateway.services.partners import Partners
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
from gateway.store.tables.staff import ACCESS_LOG
from gateway.web.console.access import PUBLIC, needs
from keys.cards import open_card
from tests.services.front.world import PartnerSide
from tests.services.reports.raw import fill
from tests.web.console.staff import PASSPHRASE, StaffHouse

FIRST_NUMBER = 6_287_000_000_000  # a test prefix (domain.md section 5)
_CLONED = 1_000_000  # numbers of the real release lie below
_DOUBT = 50  # every so many-th cell of the largest intake has a letter in it
_BYTES = 2_000  # of a sealed parcel, and of a kept statement


HELLO = "/hello"


@dataclass(frozen=True, slots=True)
class Size:
    """Batches, partners that each goes to, entries for each of them, rows of the largest intake."""

    batches: int
    partners: int
    each: int
    rows: int


LARGE = Size(500, 10, 200, 100_000)
"""1,000,000 entries, 5,000 deliveries, 1,000,000 confirmations."""
SMALL = Size(3, 4, 5, 60)


def hello_page() -> Blueprint:
    """The least that this server can say."""
    pages = Blueprint("hello", __name__)

    @pages.get(HELLO)
    @needs(PUBLIC)
    def say() -> str:
        return "hello"

    return pages


class Town:
    """Everything that pages are asked of. Times: one batch an hour, the newest an hour ago."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.size, self.folder = size, folder
        self.house = StaffHouse(folder)
        self.store, self.now = self.house.gateway.store, self.house.clock.now()
        self.app = self.house.app()
        self.app.register_blueprint(hello_page())
        self.siti = self.house.person(self.app, "siti", Role.PREPARER, key=True)
        self.budi = self.house.person(self.app, "budi", Role.APPROVER, key=True)
        self.ratna = self.house.person(self.app, "ratna", Role.AUDITOR)
        self.agus = self.house.person(self.app, "agus", Role.ADMINISTRATOR)
        self.partners = [f"opr-uji-{chr(97 + place)}" for place in range(size.partners)]
        self._onboard()
        self.intake, self.batch = self._released()
        self.sample = self._sealed()
        self._clone()
        self._look_around()
        self._rounds()

    def close(self) -> None:
        """End it; its folder is the caller's."""
        self.house.close()

    def _officers(self) -> Iterator[Any]:
        for name in ("siti", "budi"):
            with self.store.read() as uow:
                record = uow.staff.find(name)
            if record is None:
                raise AssertionError(f"{name} has an account")
            yield self.house.staffing.keys.unlock(record.account, PASSPHRASE, "")

    def _onboard(self) -> None:
        gateway = self.house.gateway
        service = Partners(
            self.store, gateway.approvals, self.house.clock, open_card, lambda _card: None
        )
        self.officers = tuple(self._officers())
        for name in self.partners:
            service.propose(PartnerSide(name, "operator").card(self.now), self.officers[0])
            service.approve(name, self.officers[1])

    def _released(self) -> tuple[int, int]:
        """The largest intake, and a batch of a small one through submit and release."""
        gateway = self.house.gateway
        many = self._list("besar.csv", self.size.rows, 500_000)
        gateway.intakes.add(many, "besar.csv", Options(source="iasc"))
        few = self._list("rilis.csv", 3 * self.size.each, 0)
        intake = gateway.intakes.add(few, "rilis.csv", Options(source="iasc")).id
        batches = Batches(self.store, self.house.clock, FileReader(), gateway.approvals)
        batch = batches.prepare(Wanted((intake,)))[0].id
        gateway.release.submit(batch, self.officers[0])
        gateway.release.release(batch, self.officers[1])
        return intake, batch

    def _list(self, name: str, rows: int, begin: int) -> Path:
        """A sheet over the three prefixes of the operators; some cells are in doubt."""
        path = self.folder / name
        with path.open("w", encoding="utf-8") as file:
            file.write("nomor hp;kategori;kanal;no bukti;tanggal bukti\n")
            for row in range(rows):
                ndc = 870 + 2 * (row % 3)
                cell = (
                    f"0{ndc}{begin + row:08}" if begin == 0 or row % _DOUBT else f"0{ndc}O{row:07}"
                )
                file.write(f"{cell};Penipuan;WhatsApp;TIKET-{row};2026-11-20\n")
        return path

    def _sealed(self) -> ManifestRecord:
        """Seal what was released; one manifest to make the others after."""
        work = build_work(self.house.gateway, lambda: 0.5, secrets.token_bytes)
        for name in self.partners:
            work.sealing.seal_partner(name)
        with self.store.read() as uow:
            found = uow.deliveries.manifest(f"{self.batch}.{self.partners[0]}.1")
        if found is None:
            raise AssertionError("the released batch was sealed")
        return found

    def _clone(self) -> None:
        """All other batches, deliveries and answers."""
        rows = Rows(self)
        for table, made in rows.tables().items():
            fill(self.store, {table: made})
        events = list(rows.events())
        for begin in range(0, len(events), 500):
            with self.store.write() as uow:
                for event in events[begin : begin + 500]:
                    uow.note(event)
                uow.commit("bench.fill")

    def _rounds(self) -> None:
        """Pages that exist only after somebody asked: a case, a report, a table, a held row."""
        self.number = FIRST_NUMBER + _CLONED + self.size.partners * self.size.each * 2 + 1
        number = f"+{self.number}"
        self.case = self.ratna.post("/cases", number=number, reason="TIKET-9").location
        month = f"month:{to_wib(self.now):%Y-%m}"
        self.report = self.ratna.post("/reports", period=month, test="1").location
        self.held = row_mark(1, _DOUBT + 1)
        self.table = f"/admin/tables/numbering_plan/{load_seed().tables[0].version}"

    def _look_around(self) -> None:
        """An access log of some length."""
        looks = (
            {"id": 10_000 + at, "at": self.now - at * SECOND, "account": "ratna"}
            | {"what": "delivery.view", "subject": "delivery:x", "address": "127.0.0.1"}
            for at in range(20 * self.size.batches)
        )
        fill(self.store, {ACCESS_LOG: looks})


class Rows:
    """The rows of all that is only SQL."""

    def __init__(self, town: Town) -> None:
        self._town, self._size = town, town.size
        self._model: Manifest = read_manifest(town.sample.body)
        self._parcel = secrets.token_bytes(_BYTES)
        self._answer = self._confirmation()
        self._batches = range(town.batch + 1, town.batch + town.size.batches)
        self._all = [
            (1_000 + at, batch, place, name)
            for at, (batch, place, name) in enumerate(
                (batch, place, name)
                for batch in self._batches
                for place, name in enumerate(town.partners)
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
                     "final": self._final(one), "done": self._final(one), "counts": "[]"}
                for one in self._all
            ),
        }  # fmt: skip

    def _confirmation(self) -> bytes:
        """What a partner says of every entry of one delivery."""
        model, at = self._model, to_wire(self._town.now)
        about = About(1, 1, self._town.sample.digest, self._town.sample.digest)
        each = range(1, self._size.each + 1)
        rows = tuple(ConfirmRow(entry, "diblokir_total", "total", at) for entry in each)
        said = Confirmation(
            *(model.partner, model.gateway, self._town.now, about, str(model.delivery), 1, rows)
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
        with self._town.store.read() as uow:
            model = json.loads(uow.lists.batch(self._town.batch).review)
        for batch in self._batches:
            shares = [[name, self._size.each, 0] for name in self._town.partners]
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
                       "review_date": "2027-02-20", "source": self._town.intake}  # fmt: skip

    def _sources(self) -> Iterator[Mapping[str, Any]]:
        for one in self._all:
            for number in self._numbers(one):
                yield {"batch": one[1], "number": number, "intake": self._town.intake,
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
        sample = self._town.sample
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
        first = FIRST_NUMBER + _CLONED + (one[1] * self._size.partners + one[2]) * self._size.each
        return range(first, first + self._size.each)

    def _final(self, one: tuple[int, int, int, str]) -> int:
        """Every seventh delivery lacks some final words."""
        return self._size.each - (2 if one[0] % 7 == 0 else 0)

    def _released(self, batch: int) -> Micros:
        return self._town.now - (self._batches[-1] - batch + 1) * HOUR

    def _at(self, one: tuple[int, int, int, str]) -> Micros:
        return self._released(one[1])

    @staticmethod
    def _id(one: tuple[int, int, int, str]) -> str:
        return f"{one[1]}.{one[3]}.1"

    @staticmethod
    def _digest(one: tuple[int, int, int, str]) -> str:
        return digest(f"{one[1]}.{one[3]}".encode())
