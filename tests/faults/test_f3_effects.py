"""F3: each outside effect fails, or fails but is done; then it goes on (threats.md 2.3 and 2.4).

Two stories each, as Sunlight's tests have them: with the same set of deliveries and statements
again, and with another set: officers stop what was under way and release other batches, and the
partner says other things. The books are proven right after the fault, at the end, and after the
worker was started again from what is on disk.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.domain.times import MINUTE
from tests.faults.effects import EFFECTS, IMAP, MORE, Effect, Fault
from tests.faults.lines import Line, line_to
from tests.faults.rig import A, B, Site, prove, recorded_once

SAME, OTHER = "same set", "another set"
CASES = [
    (name, done, story) for name in EFFECTS for done in (False, True) for story in (SAME, OTHER)
]
MORE_CASES = [
    (name, done, story) for name in MORE for done in (False, True) for story in (SAME, OTHER)
]
SAMPLE = (
    ("database commit", True, OTHER),
    ("receipt insert", False, OTHER),
)


@dataclass
class Story:
    """One case: the site, A's line, the fault, and the seed of what is random in it."""

    site: Site
    line: Line
    seed: str

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def round(self) -> None:
        self.site.round()
        self.line.carry()

    def begin(self, effect: Effect, done: bool) -> None:
        """A batch goes out and its answers come back, into the fault."""
        self.site.release_one()
        fault: Fault = effect.broken(self.site, self.line, done)
        for _ in range(4):
            if fault.fired():
                break
            self.round()
            self.site.pass_time(2 * MINUTE)
        assert fault.fired(), f"{self.seed}: never passed"
        fault.over()
        prove(self.site, self.seed)

    def change(self) -> None:
        """Another set: what was under way is stopped, other batches and words take its place."""
        self.site.stops.stop(1, self.site.siti)
        for _ in range(self.chance.randint(1, 3)):
            self.site.release_one()
        if any(one.sealed for one in self.site.deliveries() if one.batch == 1):
            self.site.free_one(1)
        for peer in (self.site.a, self.site.b):
            for opened in list(peer.opened.values()):
                peer.say(peer.confirm(opened, [(1, "gagal", "")], revision=2))
            peer.say(peer.nothing(len(peer.opened) or 1))

    def end(self) -> None:
        """Everything settles, twice: in this process, and in one that starts from the disk."""
        for _ in range(8):
            self.round()
            self.site.pass_time(31 * MINUTE)
        self._check()
        self.site.restart()
        self.round()
        self._check()

    def _check(self) -> None:
        for peer in (self.site.a, self.site.b):
            recorded_once(self.site, peer, self.seed)
            sealed = [one for one in self.site.of(peer.id) if one.sealed]
            # E: no gap and no reuse, and what never went is declared
            assert sorted(o.sequence for o in sealed) == list(range(1, len(sealed) + 1)), self.seed
            with self.site.store.read() as uow:
                pending = {v for v, _digest in uow.deliveries.stream(peer.id, 1).voids}
            voids = {v.sequence for o in peer.opened.values() for v in o.manifest.voids}
            assert {o.sequence for o in sealed} <= set(peer.opened) | voids | pending, self.seed
        prove(self.site, self.seed)


@contextmanager
def told(folder: Path, effect: Effect, done: bool, story: str) -> Iterator[Story]:
    seed = f"F3 {effect.name}, {'failed but done' if done else 'failed'}, {story}"
    print(seed)  # it is the seed of everything random in it
    site = Site(folder / "gateway")
    try:
        (folder / "line").mkdir()
        with line_to(site, effect.line, folder / "line") as line:
            site.connect(line)
            yield Story(site, line, seed)
    finally:
        site.close()


def run(folder: Path, effect: Effect, done: bool, story: str) -> None:
    with told(folder, effect, done, story) as case:
        case.begin(effect, done)
        if story == OTHER:
            case.change()
        case.end()
        states = {one.id: one.state for one in case.site.deliveries()}
        first = {states.pop(f"1.{partner}.1") for partner in (A, B)}
        assert set(states.values()) <= {State.ACKNOWLEDGED}, (case.seed, states)
        allowed = {State.ACKNOWLEDGED} | ({State.STOPPED} if story == OTHER else set())
        assert first <= allowed, (case.seed, first)
        assert story == SAME or len(states) >= 4, case.seed


@pytest.mark.parametrize(("name", "done", "story"), SAMPLE)
def test_a_fault_of_an_outside_effect_loses_and_doubles_nothing(
    folder: Path, name: str, done: bool, story: str
) -> None:
    run(folder, EFFECTS[name], done, story)


@pytest.mark.long
@pytest.mark.parametrize(("name", "done", "story"), CASES)
def test_every_effect_both_ways_in_both_stories(
    folder: Path, name: str, done: bool, story: str
) -> None:
    run(folder, EFFECTS[name], done, story)


@pytest.mark.long
@pytest.mark.parametrize(("name", "done", "story"), MORE_CASES)
def test_every_other_durable_step_both_ways_in_both_stories(
    folder: Path, name: str, done: bool, story: str
) -> None:
    run(folder, MORE[name], done, story)


@pytest.mark.long
@pytest.mark.dovecot
@pytest.mark.parametrize("story", [SAME, OTHER])
@pytest.mark.parametrize("done", [False, True], ids=["failed", "failed-but-done"])
def test_a_move_that_fails_in_a_real_mailbox_loses_nothing(
    folder: Path, done: bool, story: str
) -> None:
    run(folder, IMAP, done, story)
