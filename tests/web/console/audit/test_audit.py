"""What the audit shows, proves and records."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask

from gateway.domain.access import Access, AccessFilter, What
from gateway.domain.accounts import Role
from gateway.domain.bundle import unpack
from gateway.domain.ledger import Tag
from gateway.services.access import AccessLog
from gateway.services.audit_log import AuditLog, LogFilter
from gateway.services.consistency import Consistency
from gateway.services.data_subject import Answer, DataSubject, SentTo
from gateway.services.evidence import EvidenceService
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.store.views.echoes import SqlEchoes
from gateway.web.console import preparing
from gateway.web.console.audit.area import audit_area
from gateway.web.console.audit.parts import AuditParts
from gateway.web.console.audit.terms import WHAT
from gateway.web.console.cases.views import CaseParts, cases_area
from gateway.web.console.deliveries.area import deliveries_area
from gateway.web.console.deliveries.parts import DeliveryParts
from keys.documents import Documents
from keys.notes import C2spNotes
from tests.services.back.parts import entry, numbers
from tests.services.back.world import World
from tests.web.console.people import House, Person

ONE = "1.opr-uji-a.1"


CHANGED = '{"after": "approver, enabled", "before": "preparer, enabled", "change": "role approver"}'


class Log:
    """The access log of a few rows."""

    rows_: tuple[Access, ...] = (
        Access(2, 20, "siti", What.CASE_UNMASK, "number:aa", "surat 12", "127.0.0.1", "{}"),
        Access(1, 10, "budi", What.SIGN_IN, "", "", "127.0.0.1", "{}"),
        Access(0, 5, "agus", What.ACCOUNT_CHANGE, "account:siti", "", "127.0.0.1", CHANGED),
    )

    def page(self, wanted: AccessFilter, most: int = 50) -> tuple[Access, ...]:
        found = [one for one in self.rows_ if wanted.account in ("", one.account)]
        return tuple(one for one in found if not wanted.what or one.what in wanted.what)[:most]

    def rows(self, wanted: AccessFilter) -> Iterator[Access]:
        return iter(self.page(wanted))


class Subjects:
    """One answer for any number."""

    def answer(self, number: int, reason: str, by: object) -> Answer:
        return Answer("+62870•••••01", 30, (), (SentTo(20, "Operator A", ONE, voluntary=False),))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def house(world: World) -> House:
    return House(world.clock, {})


@pytest.fixture
def app(world: World, house: House, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(preparing, "PATIENCE", 60)  # test_prepared.py is about what takes long
    store = world.store
    evidence = EvidenceService(store, world.clock, world.checkpoints.covering)
    parts = AuditParts(
        AuditLog(store, world.checkpoints.covering),
        Consistency(store, SqlEchoes(store), Documents(), C2spNotes()),
        evidence,
        cast(AccessLog, Log()),
        cast(DataSubject, Subjects()),
    )
    pages = SqlDeliveryPages(store)
    linked = DeliveryParts(pages, world.progress, None, world.desk, None)  # type: ignore[arg-type]  # no page of one is opened
    cases = CaseParts(None, evidence, str)  # type: ignore[arg-type]  # none is opened
    return house.app(
        [
            lambda frame: audit_area(parts, frame),
            lambda frame: deliveries_area(linked, frame),
            lambda frame: cases_area(cases, frame),
        ]
    )


@pytest.fixture
def ratna(house: House, app: Flask) -> Person:
    return house.signed_in(app, "ratna", Role.AUDITOR)


def _told(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    world.round(3)


def _compared(ratna: Person) -> str:
    """The page once the comparison has ended."""
    ratna.post("/audit/compare")
    for _ in range(600):
        if "Comparing:" not in (page := ratna.get("/audit")):
            return page
        time.sleep(0.05)
    raise AssertionError("the comparison does not end")


def test_the_ledger_is_searched_newest_first_page_by_page(world: World, ratna: Person) -> None:
    _told(world)
    log = AuditLog(world.store, world.checkpoints.covering)
    seen, before = [], 0
    while True:
        page = log.page(LogFilter(), before, 4)
        seen += [row.index for row in page.rows]
        if not page.next:
            break
        before = page.next
    assert seen == list(range(log.size()))[::-1]
    shown = ratna.get(f"/audit/ledger?event={Tag.DELIVERY_SEAL}")
    assert ONE in shown
    assert "batch.release" not in shown.partition("Leaves, newest first")[2]


def test_a_filter_finds_the_same_leaves_as_reading_all(world: World) -> None:
    _told(world)
    log = AuditLog(world.store, world.checkpoints.covering)
    wanted = LogFilter(delivery=ONE)
    assert [r.index for r in log.page(wanted, 0, 500).rows] == [r.index for r in log.rows(wanted)][
        ::-1
    ]


def test_comparing_says_that_nothing_contradicts_and_who_can(world: World, ratna: Person) -> None:
    _told(world)
    assert "not compared yet" in ratna.get("/audit")
    page = _compared(ratna)
    assert "Nothing contradicts it" in page
    assert "opr-uji-a" in page


def test_a_rewritten_manifest_is_named_with_its_partner(world: World, ratna: Person) -> None:
    _told(world)
    with world.store.write() as uow:
        connection = uow._db.connection
        connection.exec_driver_sql("DROP TRIGGER manifests_frozen")
        connection.exec_driver_sql("UPDATE manifests SET digest = 'sha256:" + "0" * 64 + "'")
        connection.commit()
    page = _compared(ratna)
    assert "Contradictions" in page
    assert ONE in page


def test_evidence_of_a_delivery_is_one_file_without_numbers(
    world: World, house: House, ratna: Person
) -> None:
    _told(world)
    form = {"csrf": "token-uji", "kind": "delivery", "delivery": ONE}
    answer = ratna.client.post("/evidence", data=form, base_url="https://localhost")
    assert answer.status_code == 200
    assert "slice/entries.csv" not in unpack(answer.data)
    assert house.looks[-1][:2] == ("export.evidence", f"delivery:{ONE}")


@pytest.mark.parametrize("kind", ["entries", "entry"])
def test_evidence_with_numbers_takes_a_reason(
    world: World, house: House, ratna: Person, kind: str
) -> None:
    _told(world)
    ratna.post("/evidence", 400, kind=kind, delivery=ONE, entry="1", reason="")
    assert not house.looks
    form = {"csrf": "token-uji", "kind": kind, "delivery": ONE, "entry": "1", "reason": "surat 12"}
    answer = ratna.client.post("/evidence", data=form, base_url="https://localhost")
    assert answer.status_code == 200
    assert house.looks[-1][2] == "surat 12"


def test_a_month_is_one_bundle(world: World, ratna: Person) -> None:
    _told(world)
    form = {"csrf": "token-uji", "kind": "month", "month": "2026-11"}
    answer = ratna.client.post("/evidence", data=form, base_url="https://localhost")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="palang-evidence-2026-11.zip"'
    )


def test_what_is_no_delivery_is_refused_on_the_same_page(ratna: Person) -> None:
    assert "Nothing was changed" in ratna.post(
        "/evidence", 404, kind="delivery", delivery="9.opr-uji-a.1"
    )


def test_the_access_log_is_searched_and_searching_is_logged(house: House, ratna: Person) -> None:
    page = ratna.get("/audit/access?account=siti")
    assert "saw a number in full" in page
    assert "budi" not in page
    assert house.looks == [("access.search", "", "")]
    taken = ratna.raw("/audit/access/export.csv").data.decode("utf-8-sig")
    assert "surat 12" in taken


def test_a_change_of_an_account_says_what_was_before_and_after(ratna: Person) -> None:
    said = "change: role approver, before: preparer, enabled, after: approver, enabled"
    assert said in ratna.get("/audit/access")
    assert said in ratna.raw("/audit/access/export.csv").data.decode("utf-8-sig")


def test_every_code_of_the_log_has_words() -> None:
    assert set(WHAT) == set(What)


def test_a_data_subject_is_answered_with_a_reason(ratna: Person) -> None:
    ratna.post("/audit/subject", 400, number="087011112222", reason="")
    page = ratna.post("/audit/subject", 200, number="087011112222", reason="permohonan 7/PDP")
    assert "Operator A" in page
    assert "087011112222" not in page


@pytest.mark.parametrize("path", ["/audit", "/audit/ledger", "/audit/access", "/audit/subject"])
def test_only_an_auditor_opens_the_audit(house: House, app: Flask, path: str) -> None:
    for role in (Role.PREPARER, Role.APPROVER, Role.ADMINISTRATOR):
        house.signed_in(app, "siti", role).get(path, 403)
