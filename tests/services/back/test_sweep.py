"""What time alone brings about."""

from __future__ import annotations

import dataclasses

from gateway.domain.delivery import State
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import DAY, HOUR, MINUTE
from gateway.services.sweep import Swept
from tests.services.back.parts import START, entry, numbers
from tests.services.back.peer import down
from tests.services.back.test_receiving import sent
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"


def test_no_receipt_in_time_sends_the_same_bytes_again(world: World) -> None:
    peer, _opened = sent(world)
    world.pass_time(119 * MINUTE)
    world.round()
    assert len(peer.arrivals) == 1
    world.pass_time(2 * MINUTE)
    world.round()
    assert peer.arrivals[1].data == peer.arrivals[0].data
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert [s.reason for s in world.happened(Swept)] == ["receipt-overdue"]


def test_a_partner_that_never_answers_ends_as_a_dead_letter_after_its_days(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(n) for n in numbers(1)])
    for _ in range(150):
        world.round()
        world.pass_time(2 * HOUR)
    failed = world.delivery(ONE)
    assert (failed.state, failed.reason) == (State.FAILED, "budget-used-up")
    assert 10 < len(peer.arrivals) <= 60
    assert len({parcel.data for parcel in peer.arrivals}) == 1


def test_a_delivery_that_can_not_even_be_sealed_ends_as_a_dead_letter(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.revoke(peer.seal_pin)
    world.release([entry(n) for n in numbers(1)])
    world.round()
    world.pass_time(11 * DAY)
    world.round()
    assert world.state(ONE) is State.FAILED


def test_a_stopped_batch_takes_its_queued_deliveries_along_and_leaves_a_void(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down()]
    batch = world.release([entry(n) for n in numbers(1)])
    world.round()
    world.stop_batch(batch)
    world.round()
    assert (world.state(ONE), world.delivery(ONE).reason) == (State.STOPPED, "batch-stopped")
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.pass_time()
    world.round()
    assert [v.sequence for v in peer.opened[2].manifest.voids] == [1]


def test_what_was_sent_of_a_stopped_batch_still_gets_its_receipt(world: World) -> None:
    peer, opened = sent(world)
    world.stop_batch(1)
    peer.say(peer.ack(opened.about))
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_a_consent_that_ran_out_withholds_what_still_waits(world: World) -> None:
    peer = world.ott(until=START + DAY)
    peer.faults = [down() for _ in range(20)]
    world.release([entry(n) for n in numbers(1)])
    world.run_until_quiet(3)
    world.pass_time(DAY)
    world.round()
    assert world.delivery("1.ott-uji.1").reason == "consent-ended"
    assert peer.arrivals == []


def test_a_grown_ledger_gets_a_new_checkpoint_but_not_on_every_tick(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.round(3)
    assert world.happened(SignedCheckpoint) == []  # the sealing made one a moment ago
    world.pass_time(2 * MINUTE)
    world.round(2)
    (made,) = world.happened(SignedCheckpoint)
    with world.store.read() as uow:
        assert uow.log.size() == made.size
    world.check_ledger()
    world.pass_time(HOUR)
    world.round()
    assert world.happened(SignedCheckpoint) == [made]  # it did not grow since


def test_a_sweep_of_nothing_writes_nothing(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.round(2)
    with world.store.read() as uow:
        size = uow.log.size()
    world.pass_time(5 * HOUR)  # before the next head
    world.round(3)
    with world.store.read() as uow:
        assert uow.log.size() == size


def test_the_sweep_leaves_an_attempt_in_flight_alone(world: World) -> None:
    world.partner("opr-uji-a")
    batch = world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    world.book.begin(ONE)
    world.stop_batch(batch)
    assert world.sweep.run() == []
    assert dataclasses.replace(world.delivery(ONE)).state is State.SENDING


def test_a_stopped_delivery_that_could_not_be_sealed_is_stopped_by_the_sweep(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.revoke(peer.seal_pin)
    world.stop_batch(world.release([entry(n) for n in numbers(1)]))
    (swept,) = world.sweep.run()
    assert (swept.state, swept.reason) == (State.STOPPED, "batch-stopped")


def test_what_moved_between_looking_and_deciding_is_left_alone(world: World) -> None:
    peer, opened = sent(world)
    world.pass_time(3 * HOUR)
    seen = world.delivery(ONE)
    peer.say(peer.ack(opened.about))
    world.collect.collect(peer.id)
    for record in world.judge.pending():
        world.judge.judge(record)
    with world.store.read() as uow:
        size = uow.log.size()
    assert world.sweep._one(seen, State.SENT, world.sweep._overdue) is None
    with world.store.read() as uow:
        assert uow.log.size() == size
