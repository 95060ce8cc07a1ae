"""What the tests of releases share."""

from collections.abc import Callable

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.delivery import Priority, State
from gateway.domain.errors import (
    NotVerified,
)
from gateway.ports import DeliveryFilter
from gateway.services.approvals import Signatory
from tests.services.front.world import PartnerSide, World

Pair = tuple[Signatory, Signatory]


Operators = tuple[PartnerSide, ...]


MORE = "nomor hp\n0870-1111-2291\n0872-1111-2292\n"


def state(world: World, batch: int) -> BatchState:
    return world.batches.show(batch).state


def deliveries(world: World, batch: int) -> list[tuple[str, State, Priority]]:
    with world.store.read() as uow:
        found = uow.deliveries.deliveries(DeliveryFilter(batch=batch))
    return [(d.id, d.state, d.priority) for d in found]


def verify(world: World, batch: int) -> None:
    with world.store.read() as uow:
        world.check(uow, batch)


def refused_as(reason: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(NotVerified) as refused:
        attempt()
    assert refused.value.reason == reason


def third(world: World, officers: Pair) -> Signatory:
    wati = world.officer("wati")
    for officer in officers:
        world.officers.approve("wati", officer)
    return wati


def revoke(world: World, officer: str, officers: Pair) -> None:
    for by in officers:
        world.officers.revoke(officer, by)


# --- what the worker asks before it seals -------------------------------------------------------


def released(world: World, officers: Pair, submitted: int) -> int:
    world.releases.release(submitted, officers[1])
    return submitted
