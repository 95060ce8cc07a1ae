"""A gateway with two officers, and its console of partners."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from gateway.domain.accounts import Role
from gateway.services.approvals import Signatory
from gateway.services.partner_story import PartnerStories
from gateway.store.views.partners import SqlPartnerPages
from gateway.web.console.access import PUBLIC, needs
from gateway.web.console.frame import Area, Frame
from gateway.web.console.partners.area import partners_area
from gateway.web.console.partners.parts import PartnerParts
from keys.cards import open_card
from tests.compiled_once import compile_once
from tests.services.front.world import World
from tests.web.console.intake.office import CSRF, text
from tests.web.console.people import House, Person

compile_once()


@dataclass
class Desk:
    """The console of one gateway."""

    world: World
    house: House
    officers: tuple[Signatory, Signatory]
    app: Flask

    def person(self, name: str, role: Role, language: str = "en") -> Person:
        return self.house.signed_in(self.app, name, role, language)

    def upload(self, person: Person, path: str, field: str, data: bytes, expect: int = 200) -> str:
        """Where it leads, or the page as it stands."""
        form = {"csrf": CSRF, field: (io.BytesIO(data), "card.jws")}
        answer = person.client.post(path, data=form, base_url="https://localhost")
        assert answer.status_code == expect, (answer.status_code, text(answer.text)[:900])
        return answer.location if expect == 303 else answer.text


def _deliveries(_frame: Frame) -> Area:
    """What links of a partner lead to."""
    pages = Blueprint("deliveries", __name__)
    pages.add_url_rule("/deliveries", "index", needs(PUBLIC)(lambda: ""))
    return Area(pages)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    world = World(tmp_path)
    by = world.two_officers()
    house = House(world.clock, {one.officer: one for one in by})
    stories = PartnerStories(world.store, world.signatures, world.clock, open_card)
    parts = PartnerParts(SqlPartnerPages(world.store), stories, world.partners, world.consents)
    app = house.app([lambda frame: partners_area(parts, frame), _deliveries])
    yield Desk(world, house, by, app)
    world.store.close()
    for failure in house.failures:
        raise failure
