"""A gateway with two officers, and a desk and a source for lists that sources hand in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.services.approvals import Signatory
from tests.intake.source_desk import Desk, Source, desk_in, source_in
from tests.services.front.world import World


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        yield made


@pytest.fixture
def source(desk: Desk, tmp_path: Path) -> Source:
    return source_in(desk, tmp_path / "kit")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def pair(world: World) -> tuple[Signatory, Signatory]:
    return world.two_officers()
