"""What the first page says waits, and how deadlines stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask

from gateway.domain.accounts import Role
from gateway.domain.calendar import Holiday, closed
from gateway.domain.times import DAY, HOUR, MINUTE
from gateway.services.calendars import Calendars
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.store.views.intake import SqlIntakePages
from gateway.store.views.today import SqlTodayBoard
from gateway.web.console.deliveries.area import deliveries_area
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.today.views import TodayParts, today_area
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import refused
from tests.services.back.world import World
from tests.web.console.people import House

NYEPI = Holiday(date(2026, 3, 19), "Hari Suci Nyepi", "libur_nasional", tentative=False)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def house(world: World) -> House:
    return House(world.clock, {})


@pytest.fixture
def app(world: World, house: House) -> Flask:
    store = world.store
    pages = SqlDeliveryPages(store)
    parts = TodayParts(
        SqlTodayBoard(store),
        pages,
        SqlIntakePages(store),
        Calendars(store, world.clock),
        2 * MINUTE,
    )
    delivery_parts = DeliveryParts(pages, world.progress, None, world.desk, None)  # type: ignore[arg-type]  # no page of one is opened
    return house.app(
        [
            lambda frame: today_area(parts, frame),
            lambda frame: deliveries_area(delivery_parts, frame),
        ]
    )


def test_an_operators_deadline_runs_on_the_board_until_it_answered(
    world: World, house: House, app: Flask
) -> None:
    world.partner("opr-uji-a").answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round()
    siti = house.signed_in(app, "siti", Role.PREPARER)
    assert "due soon" not in siti.get("/")
    world.pass_time(20 * HOUR)
    assert "1 delivery due soon" in siti.get("/")
    world.pass_time(5 * HOUR)
    page = siti.get("/")
    assert "overdue by 1 hour" in page
    assert "Deliveries beyond the deadline" in page


def test_an_ott_is_never_on_the_board(world: World, house: House, app: Flask) -> None:
    world.ott().answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round()
    world.pass_time(20 * DAY)
    page = house.signed_in(app, "siti", Role.PREPARER).get("/")
    assert "No operator owes an answer" in page
    assert "voluntary" in page


def test_a_dead_letter_waits_for_whoever_may_chase(world: World, house: House, app: Flask) -> None:
    world.partner("opr-uji-a").faults = [refused()]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    siti = house.signed_in(app, "siti", Role.PREPARER)
    assert "failed or were rejected" in siti.get("/")
    assert "/deliveries?only=dead" in siti.raw("/").text
    assert "1.opr-uji-a.1" in siti.get("/deliveries?only=dead"), "what is counted is what is listed"
    assert "Nothing waits for you" in house.signed_in(app, "ratna", Role.AUDITOR).get("/")


def test_a_silent_worker_is_told(house: House, app: Flask) -> None:
    assert "No worker has run yet" in house.signed_in(app, "siti", Role.PREPARER).get("/")


def test_closed_days_are_named_and_weekends_are_known_without_a_table() -> None:
    days = list(closed([NYEPI], date(2026, 3, 18), 5))
    assert [(one.day.day, one.kind) for one in days] == [
        (19, "libur_nasional"),
        (21, "akhir_pekan"),
        (22, "akhir_pekan"),
    ]


def test_the_page_speaks_bahasa_indonesia_by_default(house: House, app: Flask) -> None:
    page = house.signed_in(app, "siti", Role.PREPARER, "id").get("/")
    assert "Batas waktu operator" in page
