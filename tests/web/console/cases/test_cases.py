"""One number's story: what it shows, what it hides, what it records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gateway.domain.accounts import Role
from gateway.domain.bundle import unpack
from gateway.domain.canonical import digest
from gateway.domain.numbering import mask
from gateway.domain.times import HOUR
from gateway.services.cases import Cases
from gateway.services.evidence import EvidenceService
from gateway.store.views.cases import SqlCasePages
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.web.console import preparing
from gateway.web.console.cases.views import CaseParts, cases_area
from gateway.web.console.deliveries.area import deliveries_area
from gateway.web.console.deliveries.parts import DeliveryParts
from tests.services.back.parts import entry, numbers
from tests.services.back.world import World
from tests.web.console.people import House, Person

NUMBER, OTHER = numbers(2)


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
    cases = Cases(world.store, world.clock, SqlCasePages(world.store))
    evidence = EvidenceService(world.store, world.clock, world.checkpoints.covering)
    parts = CaseParts(cases, evidence, lambda number: f"number:hash-of-{number % 97}")
    pages = SqlDeliveryPages(world.store)
    linked = DeliveryParts(pages, world.progress, None, world.desk, None)  # type: ignore[arg-type]  # no page of one is opened
    return house.app(
        [lambda frame: cases_area(parts, frame), lambda frame: deliveries_area(linked, frame)]
    )


@pytest.fixture
def ratna(house: House, app: Flask) -> Person:
    return house.signed_in(app, "ratna", Role.AUDITOR)


def _told(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(NUMBER), entry(OTHER)])
    world.round(3)


def _opened(ratna: Person, number: int = NUMBER) -> str:
    return ratna.post("/cases", number=f"0{str(number)[2:]}", reason="permintaan BPK 12")


def test_a_case_tells_who_was_told_in_time_and_what_it_declared(
    world: World, ratna: Person
) -> None:
    _told(world)
    page = ratna.get(_opened(ratna))
    for words in ("1.opr-uji-a.1", "declared blocked, all services", "in time", mask(NUMBER)):
        assert words in page


def test_no_address_page_or_log_holds_the_number_until_it_is_asked_for_with_a_reason(
    world: World, house: House, ratna: Person
) -> None:
    _told(world)
    address = _opened(ratna)
    page = ratna.get(address)
    told = f"{address} {page} {house.looks}"
    assert str(NUMBER) not in told
    assert str(NUMBER)[2:] not in told
    assert house.looks[-1][0] == "case.view"
    ratna.post(f"{address}/number", 400, reason="x")
    assert house.looks[-1][0] == "case.view"
    shown = ratna.post(f"{address}/number", 200, reason="surat BPK 12")
    assert f"+{NUMBER}" in shown
    assert house.looks[-1] == ("case.unmask", f"number:hash-of-{NUMBER % 97}", "surat BPK 12")


def test_a_case_takes_a_reason(house: House, ratna: Person) -> None:
    ratna.post("/cases", 400, number=str(NUMBER), reason="")
    assert not house.looks


def test_what_is_no_number_is_refused_without_repeating_it(ratna: Person) -> None:
    page = ratna.post("/cases", 400, number="0870 111 bukan", reason="surat BPK 12")
    assert "expected one phone number" in page
    assert "bukan" not in page


def test_anothers_case_is_not_found(world: World, house: House, app: Flask, ratna: Person) -> None:
    _told(world)
    address = _opened(ratna)
    house.signed_in(app, "wati", Role.AUDITOR).get(address, 404)


def test_a_case_is_forgotten_after_some_hours(world: World, ratna: Person) -> None:
    _told(world)
    address = _opened(ratna)
    world.pass_time(5 * 3_600_000_000)
    ratna.get(address, 404)


def test_a_number_that_never_stood_in_a_batch_has_an_empty_story(ratna: Person) -> None:
    page = ratna.get(_opened(ratna, NUMBER + 50))
    assert "No partner was ever told" in page
    assert "No batch names this number" in page


def test_the_evidence_of_a_number_shows_no_other(
    world: World, house: House, app: Flask, ratna: Person
) -> None:
    _told(world)
    address = _opened(ratna)
    answer = ratna.client.post(
        f"{address}/evidence", data={"csrf": "token-uji"}, base_url="https://localhost"
    )
    assert answer.status_code == 200
    assert unpack(answer.data)
    assert str(NUMBER).encode() in answer.data
    assert str(OTHER).encode() not in answer.data
    name = f"palang-evidence-number-{digest(answer.data).removeprefix('sha256:')[:12]}.zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert house.looks[-1][0] == "export.evidence"


def test_an_administrator_opens_no_case(house: House, app: Flask) -> None:
    house.signed_in(app, "agus", Role.ADMINISTRATOR).get("/cases", 403)


def test_contradicting_words_are_all_shown_and_none_counts(world: World, ratna: Person) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(NUMBER), entry(OTHER)])
    world.round()
    opened = peer.open(peer.arrivals[-1])
    peer.say(peer.ack(opened.about))
    for code in ("diblokir_total", "bukan_pelanggan"):
        scope = "total" if code == "diblokir_total" else ""
        peer.say(peer.confirm(opened, [(1, code, scope)], revision=1))
    world.round(2)
    page = ratna.get(_opened(ratna))
    assert page.count("contradicts another of this revision") == 2
    assert "no answer yet" in page


def test_a_word_that_is_not_final_is_no_answer_in_time(world: World, ratna: Person) -> None:
    """`tertunda` by the deadline is overdue after it, on this page as on the deadline board."""
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(NUMBER), entry(OTHER)])
    world.round()
    opened = peer.open(peer.arrivals[-1])
    peer.say(peer.ack(opened.about))
    peer.say(peer.confirm(opened, [(1, "tertunda", ""), (2, "tertunda", "")], revision=1))
    world.round(2)
    assert "until" in _told_row(ratna.get(_opened(ratna)))
    world.pass_time(25 * HOUR)
    assert "Overdue" in _told_row(ratna.get(_opened(ratna)))
    peer.say(peer.confirm(opened, [(1, "diblokir_total", "total")], revision=2))
    world.round(2)
    assert "came late" in _told_row(ratna.get(_opened(ratna)))


def test_a_later_revision_makes_no_answer_late_that_was_in_time(
    world: World, ratna: Person
) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(NUMBER), entry(OTHER)])
    world.round()
    opened = peer.open(peer.arrivals[-1])
    peer.say(peer.ack(opened.about))
    peer.say(peer.confirm(opened, [(1, "bukan_pelanggan", "")], revision=1))
    world.round(2)
    world.pass_time(25 * HOUR)
    peer.say(peer.confirm(opened, [(1, "diblokir_total", "total")], revision=2))
    world.round(2)
    row = _told_row(ratna.get(_opened(ratna)))
    assert "in time" in row and "came late" not in row


def _told_row(page: str) -> str:
    return page[page.index("Who was told") : page.index("Which batches name it")]


def test_a_mere_listing_is_called_no_block(world: World, ratna: Person) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(NUMBER), entry(OTHER)])
    world.round()
    opened = peer.open(peer.arrivals[-1])
    peer.say(peer.ack(opened.about))
    peer.say(peer.confirm(opened, [(1, "diblokir_total", "list-only")], revision=1))
    world.round(2)
    row = _told_row(ratna.get(_opened(ratna)))
    assert "on a list only, not enforced" in row and "declared blocked" not in row
