"""F8: two workers whose clocks differ by five minutes, also over a change to or from summer time.

Each time that one of them sends, the other does a whole round in the middle of it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.domain.times import MINUTE, SECOND, Micros, from_wire
from gateway.jobs import Rounds
from gateway.store.store import open_store
from tests.services.back.parts import SetClock, entry
from tests.services.back.world import World

LONG = pytest.mark.long
NAMES = ("opr-uji-a", "opr-uji-b")
#: a zone, and the second before its clocks are put back or forward
CHANGES = {
    "back": ("Australia/Sydney", "2027-04-03T15:59:59Z"),
    "forward": ("Europe/Berlin", "2027-03-28T00:59:59Z"),
}


@pytest.fixture(params=CHANGES)
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Micros]:
    """Return the moment before a change, in a zone that has it."""
    zone, moment = CHANGES[request.param]
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        yield from_wire(moment)
    time.tzset()


def _apart(world: World, skew: Micros) -> World:
    """A second worker whose clock differs."""
    other = world.twin()
    other.store.close()
    other.clock = SetClock(world.clock.at + skew)
    other.store = open_store(world.url, other.clock)
    other.start_worker()
    return other


def _in_the_middle_of_sends(world: World, other: World) -> None:
    """A round of one worker; whenever it sends, the other does a whole round meanwhile."""
    once = threading.Lock()

    def meanwhile() -> None:
        if once.acquire(blocking=False):  # what the other one sends is no middle of its own
            other.rounds.run_once()
            once.release()

    for peer in world.peers.values():
        peer.during = meanwhile
    world.rounds.run_once()


@pytest.mark.parametrize("skew", [-5 * MINUTE, 5 * MINUTE], ids=["behind", "ahead"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(s, marks=LONG) for s in range(1, 25))])
def test_clocks_that_differ_cause_no_second_effect(
    tmp_path: Path, start: Micros, skew: Micros, seed: int
) -> None:
    dice = random.Random(seed)
    world = World(tmp_path, clock=SetClock(start))
    for name in NAMES:
        world.partner(name)
    other = _apart(world, skew)
    for each in (world, other):  # one partner after the other: the peers keep no lock
        each.rounds = Rounds(each.rounds.work, each.clock, each.heard.append, slots=1)
    for number in range(4):
        world.release([entry(628701111000 + number), entry(628721111000 + number, route=NAMES[1])])
    for _ in range(8):
        _in_the_middle_of_sends(*dice.sample((world, other), 2))
        for each in (world, other):
            each.clock.at += dice.randrange(90) * SECOND
    _check(world)
    for each in (other, world):
        each.close()


def _check(world: World) -> None:
    assert {one.state for one in world.deliveries()} == {State.ACKNOWLEDGED}
    for peer in world.peers.values():
        assert sorted(peer.opened) == [1, 2, 3, 4]
        assert len(peer.arrivals) == 4
    with world.store.read() as uow:
        for one in world.deliveries():
            assert [tried.outcome for tried in uow.deliveries.attempts(one.id)] == ["sent"]
