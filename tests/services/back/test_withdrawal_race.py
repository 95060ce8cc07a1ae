"""A withdrawal raced against sends, seed by seed: no new send after its commit, and a send that had
begun is named in the proof. Two threads on one database; the ledger's order is the judge."""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.domain.canonical import Json
from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.times import HOUR, Micros
from tests.services.back.parts import SetClock, entry
from tests.services.back.peer import lost_reply
from tests.services.back.test_crash import Killed
from tests.services.back.world import World

SEEDS = 50
ALL_SEEDS = 1_000
POINTS = 24  # fail-points that three attempts pass, roughly


class Ticking(SetClock):
    """A clock on which no two moments are alike."""

    def now(self) -> Micros:
        self.at += 1
        return self.at


@dataclass
class Race:
    """One seed: where in the sends the withdrawal is let go, and what else goes wrong."""

    seed: int
    world: World
    passed: int = 0
    go: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        draw = random.Random(self.seed)
        self.at = draw.randint(0, POINTS)
        self.pause = draw.choice((0.0, 0.0005, 0.002))
        self.kill = draw.random() < 0.2
        self.lose = draw.random() < 0.3
        self.sender = threading.current_thread()

    def hook(self, point: str) -> None:
        """Let the withdrawal go at the chosen point; the sender may die right there."""
        if threading.current_thread() is not self.sender:
            return
        self.passed += 1
        if self.passed == self.at:
            self.go.set()
            time.sleep(self.pause)
            if self.kill and point in ("before:send", "after:send"):
                raise Killed(point)

    def run(self) -> None:
        world = self.world
        peer = world.peers["ott-uji"]
        with world.store.read() as uow:
            (given,) = uow.registry.consents(peer.id)
        peer.arrivals.clear()
        peer.lost = [lost_reply()] if self.lose else []

        def withdraw() -> None:
            self.go.wait()
            world.withdraw(peer, given.digest)

        thread = threading.Thread(target=withdraw)
        thread.start()
        if self.at == 0:
            self.go.set()
            time.sleep(self.pause)
        failpoints.arm(self.hook)
        try:
            world.dispatch.run_partner(peer.id)
        except Killed:
            pass  # its attempt stays in flight until the lease has ended
        finally:
            self.go.set()
            thread.join()
            failpoints.arm(None)
        world.consents.settle_withdrawals()
        world.pass_time(HOUR)
        world.book.recover()
        world.sweep.run()
        world.dispatch.run_partner(peer.id)
        world.consents.settle_withdrawals()
        self.check()

    def check(self) -> None:
        order = self._order()
        (withdrawn,) = [i for i, (tag, _e) in enumerate(order) if tag == Tag.CONSENT_WITHDRAW]
        (effective,) = [i for i, (tag, _e) in enumerate(order) if tag == Tag.CONSENT_WITHDRAWN]
        begun = {self._name(e): i for i, (t, e) in enumerate(order) if t == Tag.DELIVERY_ATTEMPT}
        ended = {self._name(e): i for i, (t, e) in enumerate(order) if t == Tag.DELIVERY_OUTCOME}
        assert all(at < withdrawn for at in begun.values()), "a send began after the withdrawal"
        flying = {name for name, at in begun.items() if at < withdrawn < ended[name]}
        leaf, proof = order[withdrawn][1], order[effective][1]
        assert {self._name(one) for one in leaf["in_flight"]} == flying
        assert {self._name(one) for one in proof["in_flight"]} == flying
        assert all(one["outcome"] for one in proof["in_flight"])
        assert all(ended[name] < effective for name in flying)
        states = {d.state for d in self.world.deliveries()}
        assert states <= {State.SENT, State.WITHHELD, State.ACKNOWLEDGED}
        assert len(self.world.peers["ott-uji"].arrivals) <= len(begun)

    def _order(self) -> list[tuple[str, dict[str, Json]]]:
        with self.world.store.read() as uow:
            leaves = list(uow.log.leaves(0, uow.log.size()))
        events = [json.loads(leaf.event) for leaf in leaves]
        return [(event["event"], event) for event in events]

    @staticmethod
    def _name(event: dict[str, Json]) -> tuple[str, int]:
        return event["delivery"], event.get("attempt", 0)


def sealed(folder: Path) -> World:
    """An OTT with a live consent, and three parcels that are ready to go."""
    world = World(folder, clock=Ticking())
    peer = world.ott()
    peer.answers = False
    for i in range(3):
        world.release([entry(628701112000 + i)])
    world.sealing.seal_partner(peer.id)
    return world


def race_all(folder: Path, seeds: int) -> None:
    base = sealed(folder)
    began = base.clock.at
    try:
        for seed in range(seeds):
            base.clock.at = began
            with tempfile.TemporaryDirectory() as own:
                world = base.copied(Path(own))
                try:
                    Race(seed, world).run()
                except AssertionError as error:
                    raise AssertionError(f"seed {seed}: {error}") from error
                finally:
                    world.close()
    finally:
        base.close()


def test_no_send_begins_after_a_withdrawal_and_one_that_had_begun_is_named(tmp_path: Path) -> None:
    race_all(tmp_path, SEEDS)


@pytest.mark.long
def test_no_send_begins_after_a_withdrawal_with_a_thousand_seeds(tmp_path: Path) -> None:
    race_all(tmp_path, ALL_SEEDS)
    print(f"withdrawal raced against sends: seeds 0..{ALL_SEEDS - 1}, all held")
