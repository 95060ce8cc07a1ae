"""F7: a partner that misbehaves in one of twelve ways, in 1 to 100 % of its calls (threats.md 2.4).

While it does, the other partner gets everything at its first attempt, in the round in which it was
released. When it stops, each delivery is acknowledged once, or is shown as undelivered.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.domain.times import DAY, HOUR, MINUTE
from tests.faults.misbehaving import WAYS, MisbehavingChannels, Moods
from tests.faults.rig import A, B, Site, prove, recorded_once, undelivered_is_shown

RATES = (1, 5, 10, 25, 50, 75, 90, 99, 100)
DELIVERIES = 25
SAMPLE = (("truncates", 75), ("loses its answer", 50))


@dataclass
class Course:
    """One cell of the matrix."""

    site: Site
    moods: Moods
    chance: random.Random
    seed: str

    def release(self, deliveries: int) -> None:
        """Batches at random moments of some days, with rounds between them."""
        for _ in range(deliveries):
            batch = self.site.release_one()
            self.site.round()
            self._others_are_untouched(batch)
            self.site.pass_time(self.chance.randrange(5, 240) * MINUTE)
            self.site.round()

    def _others_are_untouched(self, batch: int) -> None:
        other = self.site.delivery(f"{batch}.{B}.1")
        assert (other.state, other.attempts) == (State.ACKNOWLEDGED, 1), self.seed
        assert other.handed_over_at == self.site.clock.now(), self.seed

    def finish(self) -> None:
        """The fault ends; everything settles, and the books balance."""
        self.moods.over = True
        self.site.pass_time(2 * HOUR)
        self.site.settle()
        for peer in (self.site.a, self.site.b):
            recorded_once(self.site, peer, self.seed)
        prove(self.site, self.seed)


def begin(folder: Path, name: str, percent: int) -> Course:
    seed = f"F7 {name}, {percent} %"  # the seed of everything random in it
    print(seed)
    chance = random.Random(seed)
    site = Site(folder)
    site.a.in_response = site.b.in_response = True
    moods = Moods(WAYS[name], percent, chance)
    site.connect(MisbehavingChannels(site.peers, A, moods))
    return Course(site, moods, chance, seed)


def run(folder: Path, name: str, percent: int, deliveries: int) -> None:
    course = begin(folder, name, percent)
    try:
        course.release(deliveries)
        course.finish()
        states = [one.state for one in course.site.of(A)]
        assert states == [State.ACKNOWLEDGED] * deliveries, (course.seed, states)
        assert len(course.site.a.opened) == deliveries, course.seed
        assert course.moods.faults >= (percent > 10), course.seed
    finally:
        course.site.close()


@pytest.mark.parametrize(("name", "percent"), SAMPLE)
def test_what_a_misbehaving_partner_was_sent_is_acknowledged_once(
    folder: Path, name: str, percent: int
) -> None:
    run(folder, name, percent, 2)


@pytest.mark.long
@pytest.mark.parametrize("percent", RATES)
@pytest.mark.parametrize("name", WAYS)
def test_every_way_at_every_rate_ends_with_each_delivery_acknowledged_once(
    folder: Path, name: str, percent: int
) -> None:
    run(folder, name, percent, DELIVERIES)


def undelivered(folder: Path, name: str, deliveries: int) -> None:
    """It never stops while the days of the budget last."""
    course = begin(folder, name, 100)
    try:
        course.release(deliveries)
        for _ in range(4):
            course.site.pass_time(3 * DAY)
            course.site.round()
        waiting = {one.id: one for one in course.site.of(A)}
        course.finish()
        for one in course.site.of(A):
            before = waiting[one.id]
            if one.state is not State.ACKNOWLEDGED:  # the fault ended too late for it
                assert before.state is State.FAILED, course.seed
                undelivered_is_shown(course.site, course.site.a, one, course.seed)
    finally:
        course.site.close()


def test_what_never_arrives_is_shown_as_undelivered(folder: Path) -> None:
    undelivered(folder, "wrong key", 1)


@pytest.mark.long
@pytest.mark.parametrize("name", WAYS)
def test_what_never_arrives_is_shown_as_undelivered_in_every_way(folder: Path, name: str) -> None:
    undelivered(folder, name, DELIVERIES)
