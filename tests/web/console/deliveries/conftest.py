"""A gateway with partners, and its console of deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gateway.domain import failpoints
from gateway.services.approvals import Act, Asked, Signatory
from gateway.services.delivery_story import Stories
from gateway.services.desk import Word
from gateway.store.views.deliveries import SqlDeliveryPages
from gateway.web.console.deliveries.area import deliveries_area
from gateway.web.console.deliveries.parts import DeliveryParts
from tests.services.back.world import World
from tests.web.console.people import House


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    failpoints.arm(None)
    made.close()


@pytest.fixture
def house(world: World) -> House:
    return House(world.clock, {one.officer: one for one in (world.siti, world.budi)})


@pytest.fixture
def app(world: World, house: House) -> Flask:
    pages = SqlDeliveryPages(world.store)

    def words(by: Signatory) -> Word:
        return lambda uow, act, subject, digest, at: world.approvals.sign(
            uow, by, Asked(Act(act), subject, digest), at
        )

    parts = DeliveryParts(pages, world.progress, Stories(world.store, pages), world.desk, words)
    return house.app([lambda frame: deliveries_area(parts, frame)])
