"""Dispatch: identical bytes on every attempt, back-off, leases, lanes, one partner at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.domain.delivery import Priority, State
from gateway.domain.ledger import Tag
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.times import DAY, HOUR, MINUTE
from gateway.jobs import Recovered, Trouble
from gateway.ports import Adapter
from gateway.services.attempts import Begun
from gateway.services.circuit import Circuit
from gateway.services.dispatch import Tried
from gateway.services.outcomes import of_lapse
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import PeerChannels, down, lost_reply, refused
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"


def test_a_lost_reply_sends_the_same_bytes_again_and_counts_once(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.lost, peer.answers = [lost_reply()], False
    world.release([entry(n) for n in numbers(2)])
    world.round()
    queued = world.delivery(ONE)
    assert (queued.state, queued.reason) == (State.QUEUED, "unknown")
    peer.answers = True
    world.pass_time()
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert peer.arrivals[0].data == peer.arrivals[1].data
    assert len(peer.opened) == 1


def test_a_channel_that_is_down_backs_off_longer_each_time(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down() for _ in range(11)]
    world.release([entry(n) for n in numbers(1)])
    waits = []
    for _ in range(11):
        world.round()
        waits.append(world.delivery(ONE).due_at - world.clock.now())
        world.clock.at = world.delivery(ONE).due_at
    fulls = [1, 1, 1, 1, 2, 4, 8, 16, 30, 30, 30]  # minutes; the fifth failure opens the circuit
    for minutes, wait in zip(fulls, waits, strict=True):
        assert minutes * MINUTE // 2 <= wait <= minutes * MINUTE
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_a_refusal_is_a_dead_letter_at_once_and_an_alert(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [refused()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    assert world.state(ONE) is State.FAILED
    assert world.happened(Tried)[-1].alert
    (event,) = {str(e): e for e in world.events(Tag.DELIVERY_OUTCOME)}.values()
    assert (event["outcome"], event["alert"], event["state"]) == ("refused", True, "FAILED")


def test_tries_that_are_used_up_end_as_a_dead_letter(world: World) -> None:
    world.policy = dataclasses.replace(world.policy, most_tries=3)
    world.rounds.close()
    world.start_worker()
    peer = world.partner("opr-uji-a")
    peer.faults = [lost_reply() for _ in range(9)]
    world.release([entry(n) for n in numbers(1)])
    world.run_until_quiet()
    failed = world.delivery(ONE)
    assert (failed.state, failed.reason, failed.attempts) == (State.FAILED, "budget-used-up", 3)


def test_the_last_try_decides_at_once(world: World) -> None:
    policy = dataclasses.replace(world.policy, most_tries=1)
    world.book = dataclasses.replace(world.book, circuit=Circuit(policy))
    peer = world.partner("opr-uji-a")
    peer.faults = [lost_reply()]
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner(peer.id)
    tried = dataclasses.replace(world.dispatch, book=world.book).attempt(ONE)
    assert (tried.outcome, tried.state) == ("unknown", State.FAILED)


def test_a_channel_that_fails_only_at_its_farewell_has_handed_over(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner(peer.id)

    class Rude:
        """Breaks off when it is closed."""

        @contextmanager
        def open(self, partner: Partner) -> Iterator[Adapter]:
            with PeerChannels(world.peers).open(partner) as adapter:
                yield adapter
            raise down()

    tried = dataclasses.replace(world.dispatch, channels=Rude()).attempt(ONE)
    assert (tried.outcome, tried.state) == ("sent", State.SENT)


def test_nothing_goes_to_a_partner_that_was_closed(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner(peer.id)
    with world.store.read() as uow:
        found = uow.registry.partner(peer.id)
    closed = dataclasses.replace(found, standing=Standing.CLOSED)
    world.save(closed, Tag.PARTNER_APPROVE, partner=peer.id)
    world.round(2)
    assert peer.arrivals == []
    assert world.state(ONE) is State.QUEUED


def test_a_partner_that_is_down_stops_nobody_else(world: World) -> None:
    one, _two = world.partner("opr-uji-a"), world.partner("opr-uji-b")
    one.faults = [down()]
    world.release([entry(628701112000), entry(628721112000, route="opr-uji-b")])
    world.round()
    assert world.state(ONE) is State.QUEUED
    assert world.state("1.opr-uji-b.1") is State.ACKNOWLEDGED


def test_a_channel_that_nobody_can_open_is_an_alert_for_that_partner_only(world: World) -> None:
    world.partner("opr-uji-a", channel="gopher://opr-uji-a", reply="")
    world.partner("opr-uji-b")
    world.release([entry(628701112000), entry(628721112000, route="opr-uji-b")])
    world.round()
    tried = {t.partner: (t.outcome, t.alert) for t in world.happened(Tried)}
    assert tried == {"opr-uji-a": ("not_sent", True), "opr-uji-b": ("sent", False)}


def test_an_unblock_overtakes_the_blocks_in_the_queue(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [down()]
    for start in (0, 10):
        world.release([entry(n) for n in numbers(1, 628701112000 + start)])
    world.round()
    world.release([entry(628701112000, "unblock")], lane=Priority.UNBLOCK)
    world.pass_time(10 * MINUTE)
    world.round()
    arrived = [peer.open(parcel).manifest.batch for parcel in peer.arrivals]
    assert arrived == [3, 1, 2]
    assert not peer.is_blocked(628701112000)


def test_an_unblock_released_while_blocks_are_being_sent_goes_next(world: World) -> None:
    peer = world.partner("opr-uji-a")
    for start in (0, 10, 20):
        world.release([entry(n) for n in numbers(1, 628701112000 + start)])

    def meanwhile() -> None:
        peer.during = lambda: None
        world.release([entry(628701112000, "unblock")], lane=Priority.UNBLOCK)
        world.sealing.seal_partner("opr-uji-a")

    peer.during = meanwhile
    world.round()
    assert [peer.open(p).manifest.batch for p in peer.arrivals] == [1, 4, 2, 3]


def test_urgent_goes_before_routine(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.release([entry(n) for n in numbers(1, 628701112000)], lane=Priority.URGENT)
    world.round()
    assert [peer.open(p).manifest.batch for p in peer.arrivals] == [2, 1]


def test_a_partner_has_one_attempt_in_flight_at_a_time(world: World) -> None:
    peer = world.partner("opr-uji-a")
    for start in (0, 10):
        world.release([entry(n) for n in numbers(1, 628701112000 + start)])
    world.sealing.seal_partner("opr-uji-a")
    second: list[Tried] = []
    peer.during = lambda: second.append(world.dispatch.attempt("2.opr-uji-a.1"))
    assert world.dispatch.attempt(ONE).outcome == "sent"
    assert [(t.outcome, t.state) for t in second] == [("idle", State.QUEUED)]


def test_a_worker_that_lost_its_lease_sends_nothing(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    # a lease that ends at once stands for a stall between the attempt's commit and the send
    slow = dataclasses.replace(world.dispatch, book=dataclasses.replace(world.book, lease=0))
    assert slow.attempt(ONE).outcome == "lost-lease"
    assert peer.arrivals == []


def test_a_lost_lease_leaves_the_outcome_to_the_worker_that_took_over(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")

    def slow() -> None:
        peer.during = lambda: None
        world.pass_time()
        assert world.book.recover() == [ONE]

    peer.during = slow
    tried = world.dispatch.attempt(ONE)
    assert (tried.outcome, "attempt 1 lost its lease" in tried.error) == ("lost-lease", True)
    with world.store.read() as uow:
        (attempt,) = uow.deliveries.attempts(ONE)
    assert (attempt.outcome, attempt.endpoint) == ("unknown", "")
    peer.answers = True
    world.run_until_quiet(3)
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert peer.arrivals[0].data == peer.arrivals[1].data


def test_a_dead_workers_attempt_counts_as_unknown_once_its_lease_lapsed(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    assert isinstance(world.book.begin(ONE), Begun)
    world.round()
    assert world.state(ONE) is State.SENDING
    world.pass_time()
    world.run_until_quiet(2)
    assert world.happened(Recovered) == [Recovered(ONE)]
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_a_worker_that_died_after_the_receipt_came_leaves_the_partner_free(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    begun = world.book.begin(ONE)
    assert isinstance(begun, Begun)
    peer.take(world.dispatch._parcel(begun))  # it arrived; then the worker died
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.pass_time()
    world.round()
    assert world.state("2.opr-uji-a.1") is State.ACKNOWLEDGED
    with world.store.read() as uow:
        assert uow.deliveries.in_flight("opr-uji-a") == 0
        assert uow.deliveries.attempts(ONE)[0].outcome == "unknown"


def test_a_second_recovery_finds_nothing(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    begun = world.book.begin(ONE)
    assert isinstance(begun, Begun)
    world.pass_time()
    assert world.book.recover() == [ONE]
    assert world.book.recover() == []
    with pytest.raises(Exception, match="lost its lease"):
        world.book.end(begun, of_lapse(world.clock.now()))


def test_the_hand_over_is_kept_with_its_evidence(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.round()
    with world.store.read() as uow:
        (attempt,) = uow.deliveries.attempts(ONE)
    assert (attempt.outcome, attempt.endpoint) == ("sent", "peer:opr-uji-a")
    assert (attempt.peer_fingerprint, attempt.remote_id) == ("SHA256:peer", ONE)


def test_a_reply_is_kept_in_the_commit_of_its_outcome(world: World) -> None:
    peer = world.partner("opr-uji-a", reply="")
    peer.in_response = True
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner("opr-uji-a")
    assert world.dispatch.attempt(ONE).state is State.SENT
    (kept,) = world.judge.pending()
    assert world.judge.judge(kept).state == "ACCEPTED"
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_a_withdrawn_consent_stops_the_next_attempt(world: World) -> None:
    peer = world.partner("ott-uji", PartnerKind.OTT)
    consent = world.consent(peer)
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    world.withdraw(peer, consent)
    world.pass_time()
    world.round()
    withheld = world.delivery("1.ott-uji.1")
    assert (withheld.state, withheld.reason) == (State.WITHHELD, "consent-ended")
    assert peer.arrivals == []
    with world.store.read() as uow:
        voids = uow.deliveries.stream("ott-uji", 1).voids
    assert voids == ((1, withheld.manifest),)


def test_a_replaced_consent_gets_a_delivery_cut_anew(world: World) -> None:
    peer = world.ott(fields=("category", "evidence_date"))
    peer.faults = [down()]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    world.pass_time()
    world.consent(peer, fields=())
    world.round(2)
    assert world.delivery("1.ott-uji.1").reason == "consent-replaced"
    assert world.state("1.ott-uji.2") is State.ACKNOWLEDGED
    manifest = peer.opened[2].manifest
    assert manifest.voids[0].sequence == 1
    assert [e.category for e in peer.opened[2].entries] == ["", ""]


def test_the_unblocks_of_a_withheld_slice_go_in_one_of_their_own(world: World) -> None:
    peer = world.ott()
    world.release([entry(628701112000)])
    world.round()
    peer.faults = [down()]
    world.release([entry(628701112000, "unblock"), entry(628701112001)])
    world.round()
    with world.store.read() as uow:
        (given,) = uow.registry.consents("ott-uji")
    world.withdraw(peer, given.digest)
    world.pass_time()
    world.round(2)
    assert world.state("2.ott-uji.1") is State.WITHHELD
    follower = world.delivery("2.ott-uji.2")
    assert (follower.state, follower.priority) == (State.ACKNOWLEDGED, Priority.UNBLOCK)
    assert not peer.is_blocked(628701112000)
    assert 628701112001 not in peer.blocked


def test_no_step_of_a_quiet_day_is_trouble(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.run_until_quiet(3, 8 * HOUR)
    world.pass_time(DAY)
    world.round()
    assert world.happened(Trouble) == []
