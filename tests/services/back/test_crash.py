"""A crash at every named step of the worker, then a restart: promises A to E hold.

The kill is an error that nothing catches; what was not committed is rolled back by the database, as
after SIGKILL. The real worker is killed for real in tests/acceptance.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.domain.delivery import Priority, State
from gateway.domain.times import MINUTE
from tests.services.back.parts import entry
from tests.services.back.world import World

STEPS = (
    "delivery.seal",
    "delivery.attempt",
    "send",
    "delivery.outcome",
    "inbound.keep",
    "inbound.judge",
    "checkpoint.keep",
    "highwater.rename",
)
POINTS = [f"{when}:{step}" for step in STEPS for when in ("before", "after")]


class Killed(BaseException):
    """The process ends here."""


class Killer:
    """Kills at the n-th pass of one point, once."""

    def __init__(self, point: str, nth: int = 1) -> None:
        self.point, self.left, self.fired = point, nth, False

    def __call__(self, point: str) -> None:
        if point == self.point and not self.fired:
            self.left -= 1
            if self.left == 0:
                self.fired = True
                raise Killed(point)


def _fill(world: World) -> None:
    world.partner("opr-uji-a")
    world.partner("opr-uji-b").in_response = True
    number = 628701112000
    world.release([entry(number), entry(628721112000, route="opr-uji-b")])
    for partner in world.sealing.waiting():  # else the unblock would keep these blocks back
        world.sealing.seal_partner(partner)
    world.release([entry(number + 1), entry(628721112001, route="opr-uji-b")])
    world.release(
        [entry(number, "unblock"), entry(628721112000, "unblock", route="opr-uji-b")],
        lane=Priority.UNBLOCK,
    )


def _live_through(world: World, killer: Killer) -> None:
    failpoints.arm(killer)
    for _ in range(12):
        try:
            world.round()
        except Killed:
            world.rounds.close()
            world.start_worker()
        world.pass_time(20 * MINUTE)
    failpoints.arm(None)


def _check(world: World) -> None:
    """A: nothing vanished; B: once, in identical bytes; C, D: receipts and ledger; E: no gap."""
    assert {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED}
    for peer in world.peers.values():
        assert sorted(peer.opened) == [1, 2, 3]
        by_name: dict[str, set[bytes]] = {}
        for parcel in peer.arrivals:
            by_name.setdefault(str(parcel.name), set()).add(parcel.data)
        assert [len(copies) for copies in by_name.values()] == [1, 1, 1]
        previous = ""
        for sequence in (1, 2, 3):
            assert peer.opened[sequence].manifest.previous == previous
            previous = peer.opened[sequence].manifest.digest()
    for delivery in world.deliveries():
        with world.store.read() as uow:
            counted = [r.counted for r in uow.inbox.receipts(delivery.id)]
            assert uow.deliveries.in_flight(delivery.partner) == 0
            assert uow.inbox.pending(10) == ()
        assert counted.count(True) == 1
        assert world.progress.delivery(delivery.id).outstanding == 0
    assert not world.peers["opr-uji-a"].is_blocked(628701112000)
    world.pass_time()
    world.round()
    world.check_ledger()


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_step_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    world = World(tmp_path)
    _fill(world)
    killer = Killer(point)
    _live_through(world, killer)
    assert killer.fired, f"{point} was never passed"
    _check(world)
    world.close()


@pytest.mark.long
@pytest.mark.parametrize("nth", [2, 3, 4, 5])
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_a_later_pass_of_any_step_loses_and_doubles_nothing(
    tmp_path: Path, point: str, nth: int
) -> None:
    world = World(tmp_path)
    _fill(world)
    _live_through(world, Killer(point, nth))
    _check(world)
    world.close()
