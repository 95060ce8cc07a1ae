"""Services of several workers at the same moment, on PostgreSQL, where units really overlap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.canonical import decode
from gateway.domain.delivery import State
from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.services.attempts import Begun
from tests.services.back.on_postgresql import on_postgresql  # noqa: F401  # an autouse fixture
from tests.services.back.parts import entry
from tests.services.back.world import World

pytestmark = pytest.mark.postgres
RUNS = [3, pytest.param(100, marks=pytest.mark.long)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A gateway on PostgreSQL."""
    made = World(tmp_path)
    yield made
    made.close()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act gave, or the Conflict that it raised; all begin at one moment."""
    line = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        line.wait(10)
        try:
            return act()
        except Conflict as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def told(world: World) -> list[str]:
    """The tags of the ledger, in order."""
    with world.store.read() as uow:
        leaves = uow.log.leaves(0, uow.log.size())
        return [str(decode(leaf.event, what="an event")["event"]) for leaf in leaves]


@pytest.mark.parametrize("runs", RUNS)
def test_one_attempt_of_a_partner_is_begun_at_a_time(world: World, runs: int) -> None:
    for run in range(runs):
        name = f"opr-{run}"
        world.partner(name)
        for number in range(4):
            world.release([entry(628701111000 + number, route=name)], [name])
        world.sealing.seal_partner(name)
        ids = [one.id for one in world.deliveries() if one.partner == name]
        found = at_once(*(partial(world.book.begin, one) for one in ids))
        assert sum(isinstance(one, Begun) for one in found) == 1
        with world.store.read() as uow:
            assert uow.deliveries.in_flight(name) == 1


@pytest.mark.parametrize("runs", RUNS)
def test_no_attempt_is_begun_after_the_commit_of_a_withdrawal(world: World, runs: int) -> None:
    for run in range(runs):
        name = f"ott-{run}"
        peer = world.ott(name)
        with world.store.read() as uow:
            (consent,) = uow.registry.consents(name)
        number = world.release([entry(628701111000 + run)], [name])
        world.sealing.seal_partner(name)
        delivery = f"{number}.{name}.1"
        begun, _ = at_once(
            partial(world.book.begin, delivery),
            partial(world.withdraw, peer, consent.digest),
        )
        tags = told(world)
        withdrawn = len(tags) - 1 - tags[::-1].index(str(Tag.CONSENT_WITHDRAW))
        late = tags[withdrawn:]
        assert str(Tag.DELIVERY_ATTEMPT) not in late
        state = next(one.state for one in world.deliveries() if one.id == delivery)
        assert (state is State.SENDING) is isinstance(begun, Begun)


@pytest.mark.parametrize("runs", RUNS)
def test_a_statement_that_two_workers_judge_counts_once(world: World, runs: int) -> None:
    world.partner("opr-uji-a")
    for run in range(runs):
        world.release([entry(628701111000 + run)])
        world.sealing.seal_partner("opr-uji-a")
        world.dispatch.run_partner("opr-uji-a")
        world.collect.collect("opr-uji-a")
        pending = world.judge.pending()
        assert pending
        for record in pending:
            at_once(*[partial(world.judge.judge, record)] * 3)
        assert world.judge.pending() == ()
    with world.store.read() as uow:
        for one in world.deliveries():
            assert len(uow.inbox.receipts(one.id)) == 1
            assert len(uow.inbox.confirmations(one.id)) == 1
