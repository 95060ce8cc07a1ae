"""A gateway with two officers and live partners, and its console of batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from gateway.domain.accounts import Role
from gateway.services.approvals import Signatory
from gateway.services.delivery_story import Stories
from gateway.services.desk import DeliveryDesk, Word
from gateway.services.progress import ProgressService
from gateway.store.views.batches import SqlBatchPages
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.store.views.intake import SqlIntakePages
from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.batches.area import batches_area
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.deliveries.area import deliveries_area
from gateway.web.console.deliveries.parts import DeliveryParts
from gateway.web.console.frame import Area, Frame
from tests.compiled_once import compile_once
from tests.services.front.world import LIMITS, PartnerSide, World
from tests.web.console.people import House, Person

compile_once()


@dataclass
class Desk:
    """The console of one gateway."""

    world: World
    house: House
    officers: tuple[Signatory, Signatory]
    app: Flask
    areas: list[Callable[[Frame], Area]]

    def person(self, name: str, role: Role, language: str = "en") -> Person:
        return self.house.signed_in(self.app, name, role, language)


def make_desk(world: World) -> Desk:
    by = world.two_officers()
    for partner in ("opr-uji-a", "opr-uji-b"):
        world.live_partner(PartnerSide(partner, "operator"), by)
    house = House(world.clock, {one.officer: one for one in by})
    store = world.store
    deliveries = SqlDeliveryPages(store)
    parts = BatchParts(
        SqlBatchPages(store),
        world.batches,
        world.releases,
        world.endorsements,
        world.stops,
        world.review_dates,
        SqlIntakePages(store),
        deliveries,
        world.folder / "uploads",
    )
    progress = ProgressService(store, world.clock)
    desk, stories = DeliveryDesk(store, world.clock), Stories(store, deliveries)
    others = DeliveryParts(deliveries, progress, stories, desk, _no_words)
    areas: list[Callable[[Frame], Area]] = [
        lambda frame: batches_area(parts, frame),
        lambda frame: deliveries_area(others, frame),
        _intake,
    ]
    return Desk(world, house, by, house.app(areas), areas)


def _no_words(_by: Signatory) -> Word:
    raise AssertionError("no act on a delivery is tried here")


def _intake(_frame: Frame) -> Area:
    """What links of a batch lead to."""
    pages = Blueprint("intake", __name__)
    pages.add_url_rule("/intake/<int:intake>", "detail", needs(PUBLIC)(lambda intake: ""))
    pages.add_url_rule("/intake/add", "form", needs(PUBLIC)(lambda: ""))
    return Area(pages)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from _opened(World(tmp_path))


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Desk]:
    """Where every batch of more than two entries is above a guard."""
    limits = LIMITS.__class__(2, 60, 50, 30, 500)
    yield from _opened(World(tmp_path, limits))


def _opened(world: World) -> Iterator[Desk]:
    made = make_desk(world)
    yield made
    world.store.close()
    for failure in made.house.failures:
        raise failure
