"""A fresh gateway for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.services.approvals import Signatory
from tests.services.front.releasing import Operators, Pair
from tests.services.front.world import PartnerSide, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def officers(world: World) -> tuple[Signatory, Signatory]:
    return world.two_officers()


@pytest.fixture
def operators(world: World, officers: tuple[Signatory, Signatory]) -> tuple[PartnerSide, ...]:
    return tuple(
        world.live_partner(PartnerSide(name, "operator"), officers)
        for name in ("opr-uji-a", "opr-uji-b")
    )


@pytest.fixture
def submitted(world: World, officers: Pair, operators: Operators) -> int:
    """A batch that its preparer signed."""
    batch = world.batch()
    world.releases.submit(batch, officers[0])
    return batch
