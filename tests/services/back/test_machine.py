"""Seeded sequences of everything that can happen, and the books must balance after each (F14)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from gateway.domain import failpoints
from gateway.domain.delivery import Delivery, Priority, State
from gateway.domain.errors import Conflict
from gateway.domain.statements import Reason
from gateway.domain.times import HOUR, MINUTE
from gateway.jobs import Trouble
from tests.services.back.parts import entry
from tests.services.back.peer import Peer, down, lost_reply, refused
from tests.services.back.test_crash import POINTS, Killed, Killer
from tests.services.back.world import World

BASE = 628701115000
FINAL = (State.ACKNOWLEDGED, State.WITHHELD, State.STOPPED)


class Cycle(RuleBasedStateMachine):
    """One operator, one OTT; blocks and unblocks of six numbers; faults, crashes, officers."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.world = World(Path(self.folder))
        self.operator = self.world.partner("opr-uji-a")
        self.ott = self.world.ott()
        self.last: dict[int, bool] = {}
        self.released: set[str] = set()

    def teardown(self) -> None:
        failpoints.arm(None)
        if hasattr(self, "world"):
            self.settle()
            self.world.close()
            shutil.rmtree(self.folder)

    # --- what can happen ------------------------------------------------------------------------

    @rule(number=st.integers(0, 5), block=st.booleans())
    def release(self, number: int, block: bool) -> None:
        lane = Priority.ROUTINE if block else Priority.UNBLOCK
        action = "block" if block else "unblock"
        batch = self.world.release([entry(BASE + number, action)], lane=lane)
        self.released |= {f"{batch}.opr-uji-a.1", f"{batch}.ott-uji.1"}
        self.last[BASE + number] = block

    @rule()
    def round(self) -> None:
        self.world.round()

    @rule(minutes=st.integers(1, 400))
    def wait(self, minutes: int) -> None:
        self.world.pass_time(minutes * MINUTE)

    @rule(operator=st.booleans(), fault=st.sampled_from(["down", "refused", "lost"]))
    def fault(self, operator: bool, fault: str) -> None:
        peer = self.operator if operator else self.ott
        if fault == "lost":
            peer.lost.append(lost_reply())
        else:
            peer.faults.append(down() if fault == "down" else refused())

    @rule(point=st.sampled_from(POINTS), nth=st.integers(1, 3))
    def crash(self, point: str, nth: int) -> None:
        failpoints.arm(Killer(point, nth))
        try:
            self.world.round()
        except Killed:
            self.world.rounds.close()
            self.world.start_worker()
        finally:
            failpoints.arm(None)

    @rule(sequence=st.integers(1, 6), operator=st.booleans())
    def reject(self, sequence: int, operator: bool) -> None:
        peer = self.operator if operator else self.ott
        if sequence in peer.opened:
            peer.say(peer.nack(peer.opened[sequence].about, Reason.MALFORMED))

    @rule(since=st.integers(1, 6))
    def ask_again(self, since: int) -> None:
        self.operator.say(self.operator.request(since))

    @rule(resume=st.booleans())
    def officer(self, resume: bool) -> None:
        for delivery in self.world.deliveries():
            if delivery.state in (State.FAILED, State.REJECTED):
                act = self.world.desk.resume if resume else self.world.desk.stop
                act(delivery.id, self.world.word)

    @rule()
    def withdraw(self) -> None:
        with self.world.store.read() as uow:
            given = uow.registry.consents(self.ott.id)
        self.world.withdraw(self.ott, given[-1].digest)

    @rule()
    def consent_again(self) -> None:
        self.world.pass_time(2 * 1_000_000)
        try:
            self.world.consent(self.ott)
        except Conflict:
            self.world.pass_time(MINUTE)

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def nothing_vanished(self) -> None:
        if hasattr(self, "world"):
            assert self.released <= {d.id for d in self.world.deliveries()}

    @invariant()
    def sequences_have_no_gap_and_no_reuse(self) -> None:
        if not hasattr(self, "world"):
            return
        for peer in (self.operator, self.ott):
            sealed = [d for d in self._of(peer) if d.sealed]
            assert sorted(d.sequence for d in sealed) == list(range(1, len(sealed) + 1))

    @invariant()
    def one_attempt_in_flight_at_most(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.store.read() as uow:
            for peer in (self.operator, self.ott):
                assert uow.deliveries.in_flight(peer.id) <= 1

    @invariant()
    def every_copy_of_a_parcel_is_identical(self) -> None:
        if not hasattr(self, "world"):
            return
        for peer in (self.operator, self.ott):
            copies = {(str(p.name), p.digest) for p in peer.arrivals}
            assert len(copies) == len({name for name, _digest in copies})

    def _of(self, peer: Peer) -> list[Delivery]:
        return [d for d in self.world.deliveries() if d.partner == peer.id]

    def settle(self) -> None:
        """Faults end, an officer resumes what is left: all is decided, and the books balance."""
        failpoints.arm(None)
        for peer in (self.operator, self.ott):
            peer.faults, peer.lost = [], []
        for _ in range(5):
            self.officer(True)
            self.world.run_until_quiet(3, 7 * HOUR)
        states = {d.id: d.state for d in self.world.deliveries()}
        assert all(state in FINAL for state in states.values()), states
        for number, block in self.last.items():
            if number in self.operator.blocked:
                assert self.operator.is_blocked(number) == block
        self._check_voids()
        self.world.check_ledger()
        bugs = [t for t in self.world.happened(Trouble) if "internal" in t.text]
        assert bugs == []

    def _check_voids(self) -> None:
        """Every sequence arrived or is declared: in a manifest, or for the next one."""
        for peer in (self.operator, self.ott):
            with self.world.store.read() as uow:
                pending = {v for v, _digest in uow.deliveries.stream(peer.id, 1).voids}
            declared = {v.sequence for o in peer.opened.values() for v in o.manifest.voids}
            taken = {d.sequence for d in self._of(peer) if d.sealed}
            assert taken <= set(peer.opened) | pending | declared


def test_the_books_balance_after_anything() -> None:
    run_state_machine_as_test(Cycle, settings=settings(max_examples=8, stateful_step_count=15))


@pytest.mark.long
def test_the_books_balance_after_anything_many_times() -> None:
    run_state_machine_as_test(Cycle, settings=settings(max_examples=80, stateful_step_count=40))
