"""The ticker: rounds on time, a slow partner delays nobody, SIGTERM ends it gracefully."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.domain.delivery import State
from gateway.domain.ending import when_told
from gateway.domain.times import SECOND
from gateway.jobs import TURN, Rounds, Ticker, Trouble
from gateway.services.dispatch import Tried
from tests.services.back.parts import entry
from tests.services.back.peer import down
from tests.services.back.world import World

SOON = 20.0  # seconds; only ever reached by a test that fails


def _two(world: World) -> None:
    world.partner("opr-uji-a")
    world.partner("opr-uji-b")
    world.release([entry(628701112000), entry(628721112000, route="opr-uji-b")])


def _wait(what: Callable[[], bool]) -> None:
    """Until it holds, a short while at most."""
    pause = threading.Event()
    for _ in range(int(SOON / 0.02)):
        if what():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen")


def _after_a_tick(world: World, delivery: str, *states: State) -> bool:
    world.rounds.tick()
    return world.state(delivery) in states


class Counted(dict[str, bytes]):
    """An outbox that notes each look."""

    def __init__(self, reads: list[int]) -> None:
        super().__init__()
        self._reads = reads

    def __iter__(self) -> Iterator[str]:
        self._reads.append(1)
        return super().__iter__()


def test_a_partner_that_hangs_delays_nobody_else(world: World) -> None:
    _two(world)
    go_on = threading.Event()
    world.peers["opr-uji-a"].during = lambda: go_on.wait(3 * SOON)
    try:
        _wait(lambda: _after_a_tick(world, "1.opr-uji-a.1", State.SENDING))
        _wait(lambda: _after_a_tick(world, "1.opr-uji-b.1", State.SENT, State.ACKNOWLEDGED))
        world.rounds.rhythm = 0
        _wait(lambda: _after_a_tick(world, "1.opr-uji-b.1", State.ACKNOWLEDGED))
        assert world.state("1.opr-uji-a.1") is State.SENDING
    finally:
        go_on.set()
    world.round()
    assert world.state("1.opr-uji-a.1") in (State.SENT, State.ACKNOWLEDGED)


def test_a_hanging_partner_holds_one_slot_however_often_it_ticks(world: World) -> None:
    _two(world)
    go_on = threading.Event()
    entered: list[int] = []

    def hang() -> None:
        entered.append(1)
        go_on.wait(SOON)

    world.peers["opr-uji-a"].during = hang
    reads: list[int] = []
    world.peers["opr-uji-a"].outbox = Counted(reads)
    try:
        world.rounds.rhythm = 0
        world.rounds.tick()
        _wait(lambda: bool(entered))
        for _ in range(10):
            world.rounds.tick()
        assert not world.rounds._lanes.is_idle("opr-uji-a")
        assert (len(entered), reads) == (1, [])
    finally:
        go_on.set()


def test_a_bug_in_one_step_is_told_without_its_text_and_stops_no_other(world: World) -> None:
    _two(world)

    class Broken:
        """A sweep with a bug, whose error quotes a row."""

        def run(self) -> list[Any]:
            raise RuntimeError("row 628701112000")

    world.rounds.work = dataclasses.replace(world.rounds.work, sweep=Broken())  # type: ignore[arg-type]  # a bug
    world.round()
    (trouble,) = world.happened(Trouble)
    assert (trouble.step, trouble.text) == ("sweep", "internal error RuntimeError")
    assert {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED}


def test_reply_channels_are_read_at_their_rhythm(world: World) -> None:
    peer = world.partner("opr-uji-a")
    reads: list[int] = []
    peer.outbox = Counted(reads)
    for _ in range(5):
        world.rounds.tick()
    _wait(lambda: len(reads) == 1)
    world.pass_time(world.rounds.rhythm)
    _wait(lambda: world.rounds._lanes.is_idle("opr-uji-a"))
    world.rounds.tick()
    _wait(lambda: len(reads) == 2)


def test_the_ticker_delivers_and_ends_when_it_is_told(world: World) -> None:
    _two(world)
    world.rounds.rhythm = 0
    stop = threading.Event()
    ticker = threading.Thread(target=Ticker(world.rounds, every=SECOND // 20).run, args=(stop,))
    ticker.start()
    try:
        _wait(lambda: {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED})
    finally:
        stop.set()
        ticker.join(SOON)
    assert not ticker.is_alive()


def test_a_send_that_has_begun_is_recorded_before_the_ticker_ends(world: World) -> None:
    _two(world)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go_on.wait(SOON)

    world.peers["opr-uji-a"].during = slow
    stop = threading.Event()
    ticker = threading.Thread(target=Ticker(world.rounds, every=SECOND // 20).run, args=(stop,))
    ticker.start()
    assert begun.wait(SOON)
    stop.set()
    go_on.set()
    ticker.join(SOON)
    # its receipt may have come in the same turn
    assert world.state("1.opr-uji-a.1") in (State.SENT, State.ACKNOWLEDGED)
    with world.store.read() as uow:
        assert uow.deliveries.in_flight("opr-uji-a") == 0


def test_sigterm_asks_the_ticker_to_end() -> None:
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    stop = threading.Event()
    try:
        when_told(stop.set)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(SOON)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_what_happens_is_told_as_it_happens(world: World) -> None:
    _two(world)
    world.peers["opr-uji-b"].faults = [down()]
    world.round()
    tried = {t.partner: t.outcome for t in world.happened(Tried)}
    assert tried == {"opr-uji-a": "sent", "opr-uji-b": "not_sent"}


@pytest.mark.parametrize("slots", [1, 4])
def test_any_number_of_slots_serves_everybody(world: World, slots: int) -> None:
    for letter in "abc":
        world.partner(f"opr-uji-{letter}")
    route = {"a": "70", "b": "72", "c": "74"}
    world.release([entry(int(f"628{route[x]}1112000"), route=f"opr-uji-{x}") for x in "abc"])
    rounds = Rounds(world.rounds.work, world.clock, world.heard.append, slots=slots)
    rounds.run_once()
    rounds.close()
    assert {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED}


def test_a_tick_seals_one_turn_of_a_backlog_so_that_it_is_sent_meanwhile(world: World) -> None:
    world.partner("opr-uji-a")
    for number in range(TURN + 2):
        world.release([entry(628701112000 + number)])
    world.rounds.tick()
    with world.store.read() as uow:
        assert len(uow.deliveries.unsealed("opr-uji-a")) == 2
    _wait(lambda: _after_a_tick(world, f"{TURN + 2}.opr-uji-a.1", State.SENT, State.ACKNOWLEDGED))
