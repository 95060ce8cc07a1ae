"""An office on a gateway of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.accounts import Role
from tests.compiled_once import compile_once
from tests.services.front.world import World
from tests.web.console.intake.office import Office, Person, officer_keys

compile_once()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    world = World(tmp_path)
    yield Office(world, officer_keys(world))
    world.store.close()


@pytest.fixture
def siti(office: Office) -> Person:
    """A preparer, who holds an officer's key."""
    return office.signed_in(office.app(), "siti", Role.PREPARER)
