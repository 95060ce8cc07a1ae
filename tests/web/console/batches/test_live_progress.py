"""A released batch is followed while the worker sends it and its partners answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint

from gateway.domain.accounts import Role
from gateway.domain.times import DAY
from gateway.reading.files import FileReader
from gateway.services.batches import Batches
from gateway.services.endorsement import Endorsement
from gateway.services.guards import GuardLimits
from gateway.services.release import Release
from gateway.services.review_dates import ReviewDates
from gateway.services.stop import StopBatch
from gateway.store.views.batches import SqlBatchPages
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.store.views.intake import SqlIntakePages
from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.batches.area import batches_area
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.frame import Area, Frame
from tests.services.back.parts import entry, numbers
from tests.services.back.world import World
from tests.services.front.world import LIMITS
from tests.web.console.people import House, Person


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def _parts(world: World, limits: GuardLimits = LIMITS) -> BatchParts:
    store, clock, approvals = world.store, world.clock, world.approvals
    return BatchParts(
        SqlBatchPages(store),
        Batches(store, clock, FileReader(), approvals),
        Release(store, approvals, clock, limits),
        Endorsement(store, approvals, clock, limits),
        StopBatch(store, approvals, clock),
        ReviewDates(store, clock),
        SqlIntakePages(store),
        SqlDeliveryPages(store),
        world.folder / "uploads",
    )


def _deliveries(_frame: Frame) -> Area:
    pages = Blueprint("deliveries", __name__)
    pages.add_url_rule("/deliveries", "index", needs(PUBLIC)(lambda: ""))
    pages.add_url_rule("/deliveries/<delivery>", "show", needs(PUBLIC)(lambda delivery: ""))
    return Area(pages)


def _siti(world: World) -> Person:
    house = House(world.clock, {one.officer: one for one in (world.siti, world.budi)})
    app = house.app([lambda frame: batches_area(_parts(world), frame), _deliveries])
    return house.signed_in(app, "siti", Role.PREPARER)


def test_each_partner_is_shown_with_what_it_took_and_declared(world: World) -> None:
    world.partner("opr-uji-a")
    world.partner("opr-uji-b").answers = False
    world.release([entry(n) for n in numbers(3)])
    siti = _siti(world)
    before = siti.raw("/batches/1/progress").text
    assert "Waiting to be sent" in before
    assert "data-refresh" in before
    world.round(3)
    after = siti.raw("/batches/1/progress").text
    assert 'href="/deliveries/1.opr-uji-a.1"' in after
    assert "Receipt confirmed" in siti.get("/batches/1/progress")
    assert "3 / 3" in siti.get("/batches/1/progress")
    assert "data-refresh" not in after


def test_only_an_operator_can_be_late_on_the_progress_of_a_batch(world: World) -> None:
    world.partner("opr-uji-a").answers = False
    world.ott().answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round(2)
    world.pass_time(9 * DAY)
    page = _siti(world).get("/batches/1/progress")
    assert page.count("Overdue") == 1
    assert "without an answer" in page
