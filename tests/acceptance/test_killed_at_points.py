"""F2: every program dies by SIGKILL at each of its named steps, in the order that a seed gives.

All five run at once, each armed with the next point of its own; whichever dies is started again
with the one after, so that the others go on, or die, in the middle of it. Batches are released
meanwhile. Twenty seeds: each point twenty times, in other company each time.
"""

import random
import time

import pytest

from tests.acceptance.dweller import PATIENCE
from tests.acceptance.street import LISTENER, PARTNERS, WORKER, A, B, C, Street

_SENDING = (
    *("delivery.seal", "highwater.rename", "delivery.attempt", "send", "delivery.outcome"),
    *("sftp.sha256.rename", "sftp.rename", "sftp.say.rename", "say"),
    *("exchange.publish", "exchange.say", "exchange.taken"),
    *("inbound.keep", "inbound.judge", "outgoing.claim", "outgoing.settle"),
    *("checkpoint.keep", "head.issue", "heartbeat.keep"),
)
_SERVING = ("exchange.keep", "exchange.listing", "exchange.next", "exchange.fetched")
_SERVING_WORDS = ("exchange.answers",)
_TAKING = (
    *("kit.store", "kit.ack", "kit.apply", "kit.lists.rename", "kit.lists"),
    *("kit.entries.rename", "kit.tried", "hook.run", "kit.outcome", "kit.confirm"),
    *("kit.publish", "kit.head", "kit.heard"),
)
_FOLDER = ("kit.outbox.rename",)
_STEPS = {
    WORKER: _SENDING,
    LISTENER: _SERVING + _SERVING_WORDS,
    A: _TAKING + _FOLDER,
    B: _TAKING + _FOLDER,
    C: _TAKING,
}
_ONCE = ["before:exchange.partner", "after:exchange.partner"]  # a partner is published but once
_QUIET = 2.0  # seconds without a death until another batch is released


def _points(chance: random.Random, name: str) -> list[str]:
    """All points of a program, each at its first or second pass."""
    both = [f"{when}:{step}" for step in _STEPS[name] for when in ("before", "after")]
    drawn = [f"{point}:{chance.randint(1, 2)}" for point in chance.sample(both, len(both))]
    return _ONCE + drawn if name == WORKER else drawn


class _Course:
    """The points that are still to come, and the one that each program is armed with."""

    def __init__(self, street: Street, chance: random.Random) -> None:
        self.street = street
        self.left = {name: _points(chance, name) for name in (WORKER, LISTENER, *PARTNERS)}
        self.armed = {name: points.pop(0) for name, points in self.left.items()}
        self.kills = 0

    def run(self) -> None:
        """Until every program has died at every point of its own."""
        end = time.monotonic() + PATIENCE
        while self.armed:
            self.street.release()
            if self._deaths():
                end = time.monotonic() + PATIENCE
            assert time.monotonic() < end, f"never passed: {self.armed}"

    def _deaths(self) -> bool:
        """Start again what has died; False where nobody did for a while."""
        end = time.monotonic() + _QUIET
        died: list[str] = []
        while not died and time.monotonic() < end:
            time.sleep(0.05)
            died = [name for name in self.armed if self.street.dwellers[name].died()]
        for name in died:
            self._again(name)
        return bool(died)

    def _again(self, name: str) -> None:
        point, self.kills = self.armed.pop(name), self.kills + 1
        self.street.check_core((name, point))
        if self.left[name]:
            self.armed[name] = self.left[name].pop(0)
        self.street.dwellers[name].start(self.armed.get(name, ""))


def _course(street: Street, seed: int) -> int:
    course = _Course(street, random.Random(seed))
    with street.running(course.armed):
        course.run()
        street.settle()
    street.check(seed)
    return course.kills


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 220))
def test_killed_at_every_point_in_any_order(street: Street, seed: int) -> None:
    kills = _course(street, seed)
    print(f"F2: seed {seed}, {kills} kills, {street.released} batches")
