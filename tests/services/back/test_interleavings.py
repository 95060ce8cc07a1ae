"""The interleavings of design 4 that the issue names, each in the order that hurts most."""

from __future__ import annotations

from gateway.domain.delivery import Priority, State
from gateway.domain.ledger import Tag
from gateway.domain.records import Stream
from gateway.domain.statements import Reason
from gateway.domain.times import MINUTE
from gateway.services.attempts import Begun
from gateway.services.dispatch import Tried
from gateway.services.outcomes import of_error
from gateway.services.receiving import Judged
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import down, lost_reply, refused
from tests.services.back.test_receiving import judged, sent
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"


def _stream(world: World, partner: str = "opr-uji-a") -> Stream:
    with world.store.read() as uow:
        return uow.deliveries.stream(partner, 1)


def test_a_receipt_before_our_own_bookkeeping_wins_and_keeps_the_hand_over(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    world.sealing.seal_partner(peer.id)
    begun = world.book.begin(ONE)
    assert isinstance(begun, Begun)
    parcel = world.dispatch._parcel(begun)
    peer.take(parcel)
    world.collect.collect(peer.id)
    for record in world.judge.pending():  # judged while the send has not come back yet
        world.judge.judge(record)
    assert world.state(ONE) is State.ACKNOWLEDGED
    world.pass_time(MINUTE)
    outcome = world.dispatch._send(begun, parcel)
    after = world.book.end(begun, outcome)
    assert (after.state, after.handed_over_at) == (State.ACKNOWLEDGED, outcome.at)
    assert not after.conflict


def test_a_receipt_before_a_lost_reply_is_not_undone_by_it(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.lost = [lost_reply()]
    world.release([entry(n) for n in numbers(1)])

    def read_at_once() -> None:
        peer.during = lambda: None

    peer.during = read_at_once
    world.sealing.seal_partner(peer.id)
    begun = world.book.begin(ONE)
    assert isinstance(begun, Begun)
    peer.take(world.dispatch._parcel(begun))
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED
    after = world.book.end(begun, of_error(lost_reply(), world.clock.now()))
    assert (after.state, after.conflict) == (State.ACKNOWLEDGED, False)


def test_a_refusal_by_the_channel_after_the_receipt_is_a_flagged_conflict(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(1)])
    world.sealing.seal_partner(peer.id)
    begun = world.book.begin(ONE)
    assert isinstance(begun, Begun)
    peer.take(world.dispatch._parcel(begun))
    world.round()
    after = world.book.end(begun, of_error(refused(), world.clock.now()))
    assert (after.state, after.conflict) == (State.ACKNOWLEDGED, True)


def test_a_negative_after_a_positive_is_kept_and_flagged(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    said = judged(world, peer, peer.sign(peer.nack(opened.about)))
    assert said == [("ACCEPTED", "conflict")]
    assert world.happened(Judged)[-1].alert
    after = world.delivery(ONE)
    assert (after.state, after.conflict) == (State.ACKNOWLEDGED, True)
    with world.store.read() as uow:
        assert [(r.result, r.counted) for r in uow.inbox.receipts(ONE)] == [
            ("positive", True),
            ("negative", False),
        ]
    assert len(world.events(Tag.RECEIPT_CONFLICT)) >= 1


def test_a_positive_after_a_negative_wins(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.nack(opened.about)))
    assert world.state(ONE) is State.REJECTED
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_an_old_negative_replayed_after_a_resume_has_no_effect(world: World) -> None:
    peer, opened = sent(world)
    negative = peer.sign(peer.nack(opened.about, Reason.CANT_OPEN))
    judged(world, peer, negative)
    peer.faults = [down()]
    world.desk.resume(ONE, world.word)
    assert judged(world, peer, negative) == [("DUPLICATE", "replayed")]
    assert world.state(ONE) is State.QUEUED
    world.pass_time()
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_a_negative_about_an_older_sealing_does_not_count(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.nack(opened.about, Reason.CANT_OPEN)))
    world.revoke(peer.seal_pin)
    world.pin(peer.new_seal(world.clock.now()))
    peer.faults = [down()]
    world.desk.resume(ONE, world.word)
    world.round()
    assert world.delivery(ONE).sealing == 2
    world.pass_time(MINUTE)
    late = peer.sign(peer.nack(opened.about, Reason.CANT_OPEN))  # signed anew, old parcel
    assert ("ACCEPTED", "old-sealing") in judged(world, peer, late)
    assert world.state(ONE) in (State.QUEUED, State.SENT, State.ACKNOWLEDGED)
    with world.store.read() as uow:
        kept = [(r.result, r.counted) for r in uow.inbox.receipts(ONE)]
    assert ("negative", False) in kept


def test_a_block_resumed_after_a_later_unblock_blocks_nobody(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [refused()]
    number = 628701112000
    world.release([entry(number), entry(number + 1)])
    world.round()
    assert world.state(ONE) is State.FAILED
    world.release([entry(number, "unblock")], lane=Priority.UNBLOCK)
    world.round()
    assert not peer.is_blocked(number)
    world.desk.resume(ONE, world.word)
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert not peer.is_blocked(number)
    assert peer.is_blocked(number + 1)
    progress = world.progress.delivery(ONE)
    assert progress.confirmed == (("diblokir_total", 1), ("superseded", 1))
    assert (progress.done, progress.outstanding, progress.overtaken) == (1, 0, 1)


def test_a_withdrawal_during_a_send_lets_that_send_end_and_no_other_begin(world: World) -> None:
    peer = world.ott()
    with world.store.read() as uow:
        (given,) = uow.registry.consents(peer.id)
    world.release([entry(n) for n in numbers(2)])
    world.release([entry(n) for n in numbers(2, 628701112000)])
    effective: list[int] = []

    def withdraw() -> None:
        peer.during = lambda: None
        world.withdraw(peer, given.digest)
        effective.append(world.consents.settle_withdrawals())

    peer.during = withdraw
    world.round()
    assert effective == [0]  # an attempt was in flight: not effective yet
    assert [t.outcome for t in world.happened(Tried)] == ["sent", "halted"]
    assert world.state("1.ott-uji.1") is State.ACKNOWLEDGED
    assert world.delivery("2.ott-uji.1").reason == "consent-ended"
    with world.store.read() as uow:
        (ended,) = uow.registry.consents(peer.id)
    assert ended.ended_at is not None
    assert len(peer.arrivals) == 1
    order = [
        e["event"]
        for tag in ("consent.withdraw", "consent.withdrawn")
        for e in world.events(Tag(tag))
    ]
    assert order == ["consent.withdraw", "consent.withdrawn"]


def test_a_withdrawal_after_a_lost_reply_sends_nothing_again(world: World) -> None:
    peer = world.ott()
    with world.store.read() as uow:
        (given,) = uow.registry.consents(peer.id)
    peer.answers, peer.lost = False, [lost_reply()]
    world.release([entry(n) for n in numbers(1)])
    world.round()
    peer.answers = True
    world.withdraw(peer, given.digest)
    world.run_until_quiet(4)
    assert len(peer.arrivals) == 1
    assert world.state("1.ott-uji.1") is State.WITHHELD
    # it had arrived after all: its receipt wins, and its sequence is no void any more
    opened = peer.open(peer.arrivals[0])
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    assert world.state("1.ott-uji.1") is State.ACKNOWLEDGED
    world.consent(peer)
    world.release([entry(n) for n in numbers(1, 628701112000)])
    world.round()
    assert peer.opened[2].manifest.voids == ()


def test_a_sequence_rejected_for_good_becomes_a_void_while_the_unblock_after_it_arrives(
    world: World,
) -> None:
    peer = world.partner("opr-uji-a")
    number = 628701112000
    world.release([entry(number)])
    world.run_until_quiet(1)
    peer.answers = False
    world.release([entry(number + 1)])
    world.round()
    rejected = peer.open(peer.arrivals[-1])
    assert rejected.manifest.sequence == 2
    peer.answers = True
    judged(world, peer, peer.sign(peer.nack(rejected.about, Reason.MALFORMED)))
    assert world.state("2.opr-uji-a.1") is State.REJECTED
    # 3 is an unblock: it goes although 2 never will
    world.release([entry(number, "unblock")], lane=Priority.UNBLOCK)
    world.round()
    assert not peer.is_blocked(number)
    assert peer.opened[3].manifest.previous == rejected.manifest.digest()
    assert peer.opened[3].manifest.voids == ()  # not for good yet
    world.desk.stop("2.opr-uji-a.1", world.word)
    assert _stream(world).voids == ((2, rejected.manifest.digest()),)
    world.release([entry(number + 2)])
    world.round()
    (void,) = peer.opened[4].manifest.voids
    assert (void.sequence, void.digest) == (2, rejected.manifest.digest())
    assert _stream(world).voids == ()
    # asked for, it is not sent again
    before = len(peer.arrivals)
    world.pass_time(90 * MINUTE)
    peer.say(peer.request(2))
    world.round(2)
    assert 2 not in [peer.open(p).manifest.sequence for p in peer.arrivals[before:]]
