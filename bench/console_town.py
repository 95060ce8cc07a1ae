"""A console over a large gateway: real partners, officers and one real release; the rest by SQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint

from bench.console_rows import CLONED, FIRST_NUMBER, Real, Rows, Size
from config.seed import load_seed
from gateway.domain.accounts import Role
from gateway.domain.records import ManifestRecord
from gateway.domain.returned import row_mark
from gateway.domain.times import SECOND, to_wib
from gateway.main.worker import build_work
from gateway.reading.files import FileReader
from gateway.services.batches import Batches, Wanted
from gateway.services.intake import Options
from gateway.services.partners import Partners
from gateway.store.tables.staff import ACCESS_LOG
from gateway.web.console.access import PUBLIC, needs
from keys.cards import open_card
from tests.services.front.world import PartnerSide
from tests.services.reports.raw import fill
from tests.web.console.staff import PASSPHRASE, StaffHouse

_DOUBT = 50  # every so many-th cell of the largest intake has a letter in it


HELLO = "/hello"


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
        rows = Rows(
            Real(
                self.store,
                self.now,
                self.size,
                self.partners,
                self.intake,
                self.batch,
                self.sample,
            )
        )
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
        self.number = FIRST_NUMBER + CLONED + self.size.partners * self.size.each * 2 + 1
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
