"""One slow, dead or throttling partner delays nobody, and loses no try of its budget for it."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

from gateway.domain.delivery import Priority, State
from gateway.domain.errors import NotVerified
from gateway.domain.schedule import Pace
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros, from_wire
from gateway.jobs import TURN, Rounds
from gateway.ports import SendError
from gateway.services.dispatch import FEW, MOST_NEXT, Tried
from tests.services.back.parts import entry
from tests.services.back.peer import Peer, down, lost_reply
from tests.services.back.test_jobs import SOON, _wait
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"
ROUTES = {"a": "70", "b": "72", "c": "74", "d": "71"}


def busy(retry_after: Micros = 0) -> SendError:
    return SendError("answered 429", "no", busy=True, retry_after=retry_after)


def fill(world: World, letters: str, batches: int = 1, start: int = 112000) -> None:
    """So many batches with a number of each of these operators."""
    for letter in letters:
        if f"opr-uji-{letter}" not in world.peers:
            world.partner(f"opr-uji-{letter}")
    for batch in range(batches):
        world.release(
            [entry(int(f"628{ROUTES[x]}1{start + batch}"), route=f"opr-uji-{x}") for x in letters],
            [f"opr-uji-{x}" for x in letters],
        )


def sequences(peer: Peer) -> list[int]:
    return [peer.open(parcel).manifest.sequence for parcel in peer.arrivals]


# --- slots ---------------------------------------------------------------------------------------


def test_three_hanging_partners_on_two_slots_do_not_delay_the_fourth(world: World) -> None:
    fill(world, "abcd")
    go_on = threading.Event()
    for letter in "abc":
        world.peers[f"opr-uji-{letter}"].during = lambda: go_on.wait(SOON)
    rounds = Rounds(
        world.rounds.work, world.clock, world.heard.append, rhythm=0, slots=2, patience=0.02
    )
    try:

        def served() -> bool:
            rounds.tick()
            return world.state("1.opr-uji-d.1") is State.ACKNOWLEDGED

        _wait(served)
        assert {world.state(f"1.opr-uji-{x}.1") for x in "abc"} <= {State.SENDING, State.QUEUED}
        fill(world, "abcd", start=113000)  # and it stays so

        def served_again() -> bool:
            rounds.tick()
            return world.state("2.opr-uji-d.1") is State.ACKNOWLEDGED

        _wait(served_again)
    finally:
        go_on.set()
        rounds.close()


def test_a_long_queue_of_one_partner_lets_the_others_have_their_turn(world: World) -> None:
    fill(world, "a", 3 * TURN)
    fill(world, "b", 1, start=113000)
    rounds = Rounds(world.rounds.work, world.clock, world.heard.append, slots=1)
    rounds.run_once()
    rounds.close()
    order = [t.partner for t in world.happened(Tried)]
    assert order.count("opr-uji-a") == 3 * TURN
    assert order.index("opr-uji-b") <= TURN
    assert {d.state for d in world.deliveries()} == {State.ACKNOWLEDGED}


# --- lanes under load ----------------------------------------------------------------------------


def test_unblocks_then_urgent_ones_pass_a_full_queue_of_every_partner(world: World) -> None:
    fill(world, "abc", 25)
    for partner in world.sealing.waiting():
        world.sealing.seal_partner(partner)
    urgent = world.release(
        [entry(628721113000, route="opr-uji-b")], ["opr-uji-b"], lane=Priority.URGENT
    )
    unblock = world.release(
        [entry(628741112000, "unblock", route="opr-uji-c")], ["opr-uji-c"], lane=Priority.UNBLOCK
    )
    rounds = Rounds(world.rounds.work, world.clock, world.heard.append, slots=1)
    rounds.run_once()
    rounds.close()
    tried = [t.delivery for t in world.happened(Tried)]
    assert tried[0] == f"{unblock}.opr-uji-c.1"
    partners = list(dict.fromkeys(t.partner for t in world.happened(Tried)))
    assert partners == ["opr-uji-c", "opr-uji-b", "opr-uji-a"]
    assert tried[TURN] == f"{urgent}.opr-uji-b.1"


def test_an_unblock_released_during_a_turn_goes_next(world: World) -> None:
    fill(world, "a", 5)
    peer = world.peers["opr-uji-a"]

    def release_once() -> None:
        peer.during = lambda: None
        world.release([entry(628701112000, "unblock")], [peer.id], lane=Priority.UNBLOCK)
        world.sealing.seal_partner(peer.id)

    peer.during = release_once
    world.round()
    first, second = [t.delivery for t in world.happened(Tried)][:2]
    assert (first, second) == ("1.opr-uji-a.1", "6.opr-uji-a.1")


# --- down, busy, limited -------------------------------------------------------------------------


def test_a_channel_that_is_down_costs_days_and_no_try(world: World) -> None:
    fill(world, "a")
    peer = world.peers["opr-uji-a"]
    peer.faults = [down() for _ in range(200)]
    for _ in range(100):
        world.pass_time(31 * MINUTE)
        world.round()
    waiting = world.delivery(ONE)
    assert (waiting.state, waiting.tries, waiting.attempts) == (State.QUEUED, 0, 100)
    peer.faults = []
    world.pass_time(31 * MINUTE)
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_the_days_are_used_up_all_the_same(world: World) -> None:
    fill(world, "a")
    world.peers["opr-uji-a"].faults = [busy() for _ in range(100)]
    for _ in range(11):
        world.round()
        world.pass_time(DAY)
    failed = world.delivery(ONE)
    assert (failed.state, failed.reason, failed.tries) == (State.FAILED, "budget-used-up", 0)


def test_an_unknown_outcome_costs_a_try(world: World) -> None:
    fill(world, "a")
    world.peers["opr-uji-a"].faults = [lost_reply()]
    world.round()
    assert world.delivery(ONE).tries == 1


def test_a_partner_that_says_when_is_not_asked_before_by_any_parcel(world: World) -> None:
    fill(world, "a", 3)
    peer = world.peers["opr-uji-a"]
    peer.faults = [busy(2 * HOUR)]
    world.round()
    (tried,) = world.happened(Tried)
    assert (tried.outcome, tried.alert) == ("busy", False)
    assert world.delivery(ONE).due_at >= world.clock.now() + 2 * HOUR
    for _ in range(11):
        world.pass_time(10 * MINUTE)
        world.round()
    assert len(world.happened(Tried)) == 1
    world.pass_time(10 * MINUTE)
    world.round()
    assert sequences(peer) == [1, 2, 3]


def test_a_dead_partner_is_asked_by_one_probe_at_a_time_however_much_waits(world: World) -> None:
    fill(world, "a", 20)
    world.peers["opr-uji-a"].faults = [down() for _ in range(500)]
    for _ in range(12 * 60):
        world.round_of_sends()
        world.pass_time(MINUTE)
    tried = world.happened(Tried)
    assert {t.outcome for t in tried} == {"not_sent"}
    assert 24 <= len(tried) <= 70  # in 12 hours; at most two a probe
    hold = world.dispatch.held("opr-uji-a")
    assert hold is not None
    assert hold.why == "open"


def test_what_waited_goes_in_order_when_the_channel_is_back(world: World) -> None:
    fill(world, "a", 12)
    peer = world.peers["opr-uji-a"]
    peer.faults = [down() for _ in range(23)]
    while peer.faults:
        world.round()
        world.pass_time(7 * MINUTE)
    world.pass_time(HOUR)
    world.round()
    assert sequences(peer) == list(range(1, 13))


def test_an_unblock_need_not_wait_for_the_half_open_circuit(world: World) -> None:
    fill(world, "a", 2)
    peer = world.peers["opr-uji-a"]
    peer.faults = [down() for _ in range(20)]
    while len(peer.faults) > 10:
        world.round()
        world.pass_time(31 * MINUTE)
    world.round()
    peer.faults = []
    world.release([entry(628701112000, "unblock")], [peer.id], lane=Priority.UNBLOCK)
    world.round()  # at once, though the circuit is open
    assert sequences(peer)[0] == 3
    assert not peer.is_blocked(628701112000)


def test_a_new_unblock_is_found_behind_any_number_that_failed_before(world: World) -> None:
    many = FEW + 2
    fill(world, "a", many)
    world.round()
    peer = world.peers["opr-uji-a"]
    for number in range(628701112000, 628701112000 + many - 1):
        world.release([entry(number, "unblock")], [peer.id], lane=Priority.UNBLOCK)
    peer.faults = [down() for _ in range(500)]
    for _ in range(many):
        world.round_of_sends()
    assert sum(d.attempts > 0 and d.batch > many for d in world.deliveries()) == many - 1
    peer.faults = []
    last = 628701112000 + many - 1
    world.release([entry(last, "unblock")], [peer.id], lane=Priority.UNBLOCK)
    world.round_of_sends()  # seals it
    world.pass_time(MINUTE)
    held = world.dispatch.held(peer.id)
    assert held is not None
    with world.store.read() as uow:
        due = uow.deliveries.due(world.clock.now(), MOST_NEXT, peer.id)
    assert [held.keeps(one, world.clock.now()) for one in due] == [True] * FEW + [False]
    assert world.dispatch.next_due(peer.id) == due[-1].id


def test_a_parcel_that_alone_never_gets_through_holds_up_nothing_for_long(world: World) -> None:
    fill(world, "a", 4)
    peer = world.peers["opr-uji-a"]
    (first, *_rest) = [d.id for d in world.deliveries()]

    def pick() -> None:
        in_flight = [d.id for d in world.deliveries() if d.state is State.SENDING]
        if in_flight == [first]:
            raise down()

    peer.during = pick
    for _ in range(30):
        world.round()
        world.pass_time(MINUTE)
    assert sequences(peer) == [2, 3, 4]
    assert world.state(first) is State.QUEUED


def test_a_limit_of_parcels_a_minute_is_kept_and_the_rest_follows(tmp_path: Path) -> None:
    world = World(tmp_path, pace=Pace(parcels=3))
    fill(world, "a", 8)
    peer, counts = world.peers["opr-uji-a"], []
    for _ in range(4):
        world.round()
        counts.append(len(peer.arrivals))
        world.pass_time(MINUTE)
    assert counts == [3, 6, 8, 8]
    assert sequences(peer) == list(range(1, 9))
    world.close()


def test_a_limit_of_bytes_a_minute_lets_one_large_parcel_pass(tmp_path: Path) -> None:
    world = World(tmp_path, pace=Pace(octets=1))
    fill(world, "a", 3)
    peer, counts = world.peers["opr-uji-a"], []
    for _ in range(3):
        world.round()
        counts.append(len(peer.arrivals))
        world.pass_time(MINUTE)
    assert counts == [1, 2, 3]
    world.close()


def test_another_worker_sees_the_same_circuit(world: World) -> None:
    fill(world, "a")
    world.peers["opr-uji-a"].faults = [down()]
    world.round()
    seen = world.dispatch.held("opr-uji-a")
    world.rounds.close()
    world.start_worker()  # as after a restart, or on another machine
    assert world.dispatch.held("opr-uji-a") == seen
    assert seen is not None
    world.round()
    assert len(world.happened(Tried)) == 1


# --- a long holiday ------------------------------------------------------------------------------


def test_a_partner_offline_for_three_days_over_a_holiday_catches_up_in_order(
    world: World,
) -> None:
    """Idul Fitri on a virtual clock: new lists come every six hours, nobody answers the telephone,
    and on the fourth morning the operator's server is switched on again."""
    world.clock.at = from_wire("2026-11-24T07:00:00Z")
    peer, other = world.partner("opr-uji-a"), world.partner("opr-uji-b")
    peer.faults = [down() for _ in range(10_000)]
    offline = 3 * DAY
    end = world.clock.now() + offline
    batches = 0
    while world.clock.now() < end:
        if (end - world.clock.now()) % (6 * HOUR) == 0:
            batches += 1
            fill(world, "ab", 1, start=112000 + batches)
        world.round()
        world.pass_time(HOUR)
    assert batches == 12
    assert (peer.arrivals, len(other.opened)) == ([], 12)
    waiting = [d for d in world.deliveries() if d.partner == peer.id]
    assert {(d.state, d.tries) for d in waiting} == {(State.QUEUED, 0)}
    shown = world.progress.delivery("1.opr-uji-a.1")
    assert (shown.waits_for, shown.overdue) == ("partner", False)
    assert shown.lost_there >= offline - HOUR
    peer.faults = []
    back = world.clock.now()
    while world.state("12.opr-uji-a.1") is not State.ACKNOWLEDGED:
        world.pass_time(MINUTE)
        world.round()
    assert sequences(peer) == list(range(1, 13))
    assert world.clock.now() - back <= 31 * MINUTE
    for delivery in [d for d in world.deliveries() if d.partner == peer.id]:
        progress = world.progress.delivery(delivery.id)
        assert (delivery.state, progress.outstanding) == (State.ACKNOWLEDGED, 0)
        assert progress.deadline is not None
        assert progress.deadline > back + 23 * HOUR  # the term began when it arrived
    world.check_ledger()


# --- leftovers of the first round ----------------------------------------------------------------


def test_a_resend_that_can_not_be_sealed_again_is_settled_and_not_tried_for_ever(
    world: World,
) -> None:
    fill(world, "a")
    peer = world.peers["opr-uji-a"]
    world.round()
    world.pass_time(2 * HOUR)
    peer.say(peer.request(1))
    world.collect.collect(peer.id)
    for record in world.judge.pending():
        world.judge.judge(record)
    broken = world.dispatch._give_up(ONE, _bad_digest())
    assert (broken.state, broken.alert) == (State.ACKNOWLEDGED, True)
    assert world.delivery(ONE).due_at == 0
    assert world.dispatch.next_due(peer.id) is None


def _bad_digest() -> NotVerified:
    return NotVerified("bad-digest", "entries.csv came out otherwise than it was")


def test_the_first_wait_is_the_policys(world: World) -> None:
    policy = dataclasses.replace(world.policy, first=10 * SECOND)
    assert policy.pause(1, Pace(), 0.999) <= 10 * SECOND
    assert policy.pause(1, Pace(longest=SECOND), 0.999) <= 10 * SECOND
    assert policy.pause(99, Pace(), 0.999) <= 30 * MINUTE
