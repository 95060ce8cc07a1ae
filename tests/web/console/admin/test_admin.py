"""Accounts, officers, dated tables and retention as their pages administer them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from gateway.domain.accounts import Role
from gateway.domain.parties import Standing
from gateway.domain.times import to_wib
from tests.web.console.staff import BASE, PASSPHRASE, Person, StaffHouse

CALENDAR = (
    b"# version: 2027-01-02\n# source: SKB 3 Menteri\ndate,name,kind,tentative\n"
    b"2027-01-01,Tahun Baru Masehi,libur_nasional,no\n"
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[StaffHouse]:
    made = StaffHouse(tmp_path)
    yield made
    made.close()
    assert not made.failures


@pytest.fixture
def app(house: StaffHouse) -> Flask:
    return house.app()


@pytest.fixture
def agus(house: StaffHouse, app: Flask) -> Person:
    return house.person(app, "agus", Role.ADMINISTRATOR)


def said(answer: TestResponse) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def _today(house: StaffHouse) -> str:
    return to_wib(house.clock.now()).date().isoformat()


def test_an_administrator_makes_an_account_whose_password_is_shown_once(agus: Person) -> None:
    page = said(agus.post("/admin/accounts", 200, id="tono", name="Tono Wijaya", role="preparer"))
    assert re.search(r"One-time password: [a-z0-9]{5}(-[a-z0-9]{5}){3}", page)
    assert "One-time password" not in agus.get("/admin/accounts")
    assert "Tono Wijaya" in agus.get("/admin/accounts/tono")


def test_an_account_that_is_taken_is_refused_on_the_same_page(agus: Person) -> None:
    page = said(agus.post("/admin/accounts", 409, id="agus", name="Agus", role="preparer"))
    assert "there is an account agus already" in page


def test_what_widens_rights_waits_for_a_second_administrator(
    house: StaffHouse, app: Flask, agus: Person
) -> None:
    house.person(app, "tono", Role.PREPARER)
    ani = house.person(app, "ani", Role.ADMINISTRATOR)
    page = said(agus.post("/admin/accounts/tono", 200, act="role", role="approver"))
    assert "Another administrator has to agree first" in page
    assert house.staffing.accounts.find("tono").role is Role.PREPARER
    agus.post("/admin/accounts/tono", 403, act="approve", asked="role approver")
    ani.post("/admin/accounts/tono", 409, act="approve", asked="totp")
    assert 'name="asked" value="role approver"' in ani.raw("/admin/accounts/tono").text
    ani.post("/admin/accounts/tono", 200, act="approve", asked="role approver")
    assert house.staffing.accounts.find("tono").role is Role.APPROVER


def test_a_disabled_account_is_out_at_once(house: StaffHouse, app: Flask, agus: Person) -> None:
    tono = house.person(app, "tono", Role.PREPARER)
    tono.get("/")
    agus.post("/admin/accounts/tono", 200, act="disable")
    assert (
        tono.raw("/", 303).location.startswith("/signin") or "sign" in tono.raw("/", 303).location
    )


def test_a_button_that_is_none_of_the_page_is_refused(agus: Person) -> None:
    agus.post("/admin/accounts/agus", 400, act="everything")


def test_an_administrator_signs_nothing_and_sees_no_table_form(agus: Person) -> None:
    agus.post("/admin/officers/siti", 403, act="approve", passphrase=PASSPHRASE)
    assert "Load a new version" not in agus.get("/admin/tables")


def test_a_third_officer_is_approved_by_two_others(house: StaffHouse, app: Flask) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    budi = house.person(app, "budi", Role.APPROVER, key=True)
    house.officer("wati")
    siti.post("/admin/officers/wati", 303, act="approve", passphrase=PASSPHRASE)
    with house.gateway.store.read() as uow:
        assert uow.registry.officer("wati").standing is Standing.PROPOSED
    siti.post("/admin/officers/wati", 403, act="approve", passphrase=PASSPHRASE)
    budi.post("/admin/officers/wati", 303, act="approve", passphrase=PASSPHRASE)
    with house.gateway.store.read() as uow:
        assert uow.registry.officer("wati").standing is Standing.LIVE


def _load(person: Person, kind: str, data: bytes) -> int:
    form = {"csrf": person.csrf, "kind": kind, "file": (io.BytesIO(data), "kalender.csv")}
    answer = person.client.post("/admin/tables", data=form, base_url=BASE)
    return answer.status_code


def test_a_table_rules_once_two_officers_signed_the_same_day(house: StaffHouse, app: Flask) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    budi = house.person(app, "budi", Role.APPROVER, key=True)
    assert _load(siti, "calendar", CALENDAR) == 303
    page = siti.get("/admin/tables/calendar/2027-01-02")
    assert "Tahun Baru Masehi" in page
    address, day = "/admin/tables/calendar/2027-01-02/activate", _today(house)
    siti.post(address, 303, day=day, passphrase=PASSPHRASE)
    assert "does not rule now" in siti.get("/admin/tables/calendar/2027-01-02")
    budi.post(address, 303, day=day, passphrase=PASSPHRASE)
    house.clock.move(1)
    assert "does not rule now" not in siti.get("/admin/tables/calendar/2027-01-02")


def test_a_table_that_is_none_is_refused_with_what_was_expected(
    house: StaffHouse, app: Flask
) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    assert _load(siti, "calendar", b"bukan tabel") == 400
    assert _load(siti, "rahasia", CALENDAR) == 400


def test_a_version_is_compared_with_what_stands_blocked(house: StaffHouse, app: Flask) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    with house.gateway.store.read() as uow:
        table = uow.registry.reference("protected_numbers", house.clock.now())
    lines = [",".join(f'"{cell}"' for cell in row) for row in (table.columns, *table.rows)]
    head = ["# version: 2027-01-02", "# source: uji"]
    assert _load(siti, "protected_numbers", "\n".join([*head, *lines, ""]).encode()) == 303
    page = said(siti.post("/admin/tables/protected_numbers/2027-01-02/compare", 200))
    assert "0 of 0 numbers whose block order stands would change" in page


def test_a_policy_is_reviewed_then_signed_by_two(house: StaffHouse, app: Flask) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    budi = house.person(app, "budi", Role.APPROVER, key=True)
    wanted = {"version": "2027-1", "citation": "UU 27/2022 pasal 43", "rows": "24"}
    assert "No policy rules" in siti.get("/admin/retention")
    page = said(siti.post("/admin/retention/review", 200, **wanted))
    assert "What policy 2027-1 would take now" in page
    signed = wanted | {"day": _today(house), "passphrase": PASSPHRASE}
    siti.post("/admin/retention/sign", 303, **signed)
    assert "Review 2027-1, which waits" in budi.get("/admin/retention")
    known = {"known": "2027-1", "day": _today(house), "passphrase": PASSPHRASE}
    budi.post("/admin/retention/sign", 303, **known)
    house.clock.move(1)
    assert "UU 27/2022 pasal 43" in budi.get("/admin/retention")


def test_a_policy_without_its_ground_is_refused(house: StaffHouse, app: Flask) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    page = said(siti.post("/admin/retention/review", 400, version="2027-1", citation="", rows="24"))
    assert "legal basis" in page


def test_a_hold_on_a_number_shows_no_number(house: StaffHouse, app: Flask) -> None:
    siti = house.person(app, "siti", Role.APPROVER, key=True)
    order = {"kind": "number", "subject": "087011112222", "reason": "perkara 12"}
    order |= {"reference": "PN-12/2026", "passphrase": PASSPHRASE}
    siti.post("/admin/retention/holds", 303, **order)
    page = siti.get("/admin/retention")
    assert "PN-12/2026" in page
    assert "7011112222" not in page
