"""An officer's acts on one delivery, and what the figures say."""

from __future__ import annotations

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict, NotFound, NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.parties import PartnerKind
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import DAY, HOUR
from gateway.ports import UnitOfWork
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import down, refused
from tests.services.back.test_receiving import blocked, judged, sent
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"


def _failed(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [refused()]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    assert world.state(ONE) is State.FAILED


def test_a_dead_letter_is_resumed_by_one_officers_signature_with_a_fresh_budget(
    world: World,
) -> None:
    _failed(world)
    world.pass_time(9 * DAY)
    resumed = world.desk.resume(ONE, world.word)
    assert (resumed.state, resumed.tries, resumed.attempts) == (State.QUEUED, 0, 1)
    (event,) = {str(e): e for e in world.events(Tag.DELIVERY_RESUME)}.values()
    assert (event["officer"], event["from"]) == ("siti", "FAILED")
    with world.store.read() as uow:
        (word,) = uow.registry.approvals(f"delivery:{ONE}")
    assert word.kid == world.siti.signer.kid
    world.pass_time(2 * DAY)
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_without_a_valid_signature_nothing_is_resumed(world: World) -> None:
    _failed(world)

    def nobody(*_args: object) -> ApprovalRecord:
        raise NotVerified("unknown-key")

    with pytest.raises(NotVerified):
        world.desk.resume(ONE, nobody)
    assert world.state(ONE) is State.FAILED


def test_the_signature_is_over_the_delivery_as_it_stands(world: World) -> None:
    _failed(world)
    seen: list[str] = []

    def word(uow: UnitOfWork, act: str, subject: str, over: str, at: int) -> ApprovalRecord:
        seen.append(over)
        return world.word(uow, act, subject, over, at)

    world.desk.resume(ONE, word)
    world.peers["opr-uji-a"].faults = [refused()]
    world.round()
    world.desk.resume(ONE, word)
    assert len(set(seen)) == 2  # an old signature resumes no later failure


@pytest.mark.parametrize("act", ["resume", "stop"])
def test_what_is_sent_is_neither_resumed_nor_stopped(world: World, act: str) -> None:
    sent(world)
    with pytest.raises(Conflict, match=r"1\.opr-uji-a\.1"):
        getattr(world.desk, act)(ONE, world.word)
    assert world.state(ONE) is State.SENT


def test_nothing_is_done_to_a_delivery_that_does_not_exist(world: World) -> None:
    with pytest.raises(NotFound):
        world.desk.stop("9.opr-uji-a.1", world.word)


def test_a_stopped_delivery_is_not_stopped_twice(world: World) -> None:
    _failed(world)
    world.desk.stop(ONE, world.word)
    before = len(world.events(Tag.DELIVERY_STOP))
    assert world.desk.stop(ONE, world.word).state is State.STOPPED
    assert len(world.events(Tag.DELIVERY_STOP)) == before


def test_a_withheld_delivery_is_not_resumed(world: World) -> None:
    world.partner("ott-uji", PartnerKind.OTT)
    world.release([entry(n) for n in numbers(1)])
    world.round()
    with pytest.raises(Conflict):
        world.desk.resume("1.ott-uji.1", world.word)


# --- figures ------------------------------------------------------------------------------------


def test_time_before_the_first_attempt_is_ours_and_after_it_the_channels(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    world.pass_time(3 * HOUR)
    waiting = world.progress.delivery(ONE)
    assert (waiting.lost_here, waiting.lost_there, waiting.waits_for) == (3 * HOUR, 0, "gateway")
    assert (waiting.entries, waiting.sent, waiting.deadline) == (2, 0, None)
    peer.faults = [down()]
    world.round()
    world.pass_time(HOUR)
    trying = world.progress.delivery(ONE)
    assert (trying.lost_here, trying.lost_there, trying.waits_for) == (3 * HOUR, HOUR, "partner")
    world.round()
    done = world.progress.delivery(ONE)
    assert (done.lost_here, done.lost_there, done.waits_for) == (3 * HOUR, HOUR, "")
    assert done.deadline == world.clock.now() + 24 * HOUR


def test_an_operator_is_overdue_only_after_its_term_and_only_while_something_is_outstanding(
    world: World,
) -> None:
    peer, opened = sent(world)
    world.pass_time(24 * HOUR)
    assert not world.progress.delivery(ONE).overdue
    world.pass_time(1)
    late = world.progress.delivery(ONE)
    assert (late.overdue, late.missed) == (True, 3)
    judged(world, peer, peer.sign(peer.confirm(opened, blocked(opened))))
    after = world.progress.delivery(ONE)
    assert (after.overdue, after.outstanding, after.missed) == (False, 0, 3)


def test_a_correction_after_the_deadline_does_not_make_an_answer_late(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    judged(world, peer, peer.sign(peer.confirm(opened, blocked(opened))))
    world.pass_time(3 * DAY)
    later = [(1, "bukan_pelanggan", "")]
    judged(world, peer, peer.sign(peer.confirm(opened, later, revision=2)))
    progress = world.progress.delivery(ONE)
    assert progress.confirmed == (("bukan_pelanggan", 1), ("diblokir_total", 2))
    assert (progress.done, progress.missed) == (2, 0)


def test_pending_and_failed_words_leave_an_entry_outstanding(world: World) -> None:
    peer, opened = sent(world)
    rows = [(1, "tertunda", ""), (2, "gagal", ""), (3, "diblokir_sebagian", "sms")]
    judged(world, peer, peer.sign(peer.confirm(opened, rows)))
    progress = world.progress.delivery(ONE)
    assert (progress.done, progress.outstanding) == (0, 3)
    assert world.progress.unanswered(ONE) == [1, 2, 3]


def test_halted_deliveries_are_shown_and_counted_in_no_sum(world: World) -> None:
    world.ott()
    world.release([entry(n) for n in numbers(2)])
    world.release([entry(n, category="judi_online") for n in numbers(2, 628701112000)])
    world.round()
    (one,) = world.progress.partners()
    assert (one.entries, one.done, one.outstanding) == (2, 2, 0)
    assert one.states == (("ACKNOWLEDGED", 1), ("WITHHELD", 1))


def test_the_sums_of_one_batch_are_of_that_batch_alone(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    world.release([entry(n) for n in numbers(5, 628701112000)])
    world.round()
    assert [p.entries for p in world.progress.partners(2)] == [5]
    assert [p.entries for p in world.progress.partners()] == [7]


def test_every_entry_is_shown_with_its_word_or_as_unanswered(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.confirm(opened, [(2, "diblokir_total", "total")])))
    said = [
        line.outcome.disposition if line.outcome else "" for line in world.progress.entries(ONE)
    ]
    assert said == ["", "diblokir_total", ""]


def test_what_has_no_receipt_is_sent_again_at_once_by_one_officers_signature(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.answers = False
    world.release([entry(n) for n in numbers(2)])
    world.round()
    again = world.desk.resend(ONE, world.word)
    assert (again.state, again.due_at) == (State.QUEUED, world.clock.now())
    (event,) = {str(e): e for e in world.events(Tag.DELIVERY_REQUEUE)}.values()
    assert (event["officer"], event["reason"]) == ("siti", "delivery.resend")
    world.round()
    first, second = peer.arrivals
    assert first == second


def test_what_was_not_handed_over_or_is_answered_is_not_sent_again(world: World) -> None:
    _failed(world)
    with pytest.raises(Conflict, match="is FAILED"):
        world.desk.resend(ONE, world.word)
