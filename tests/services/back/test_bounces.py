"""A mail that came back: the delivery waits again, its term has not begun, and it counts once."""

from __future__ import annotations

import dataclasses

from gateway.domain import bounced
from gateway.domain.bounced import Bounced
from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.times import HOUR, MINUTE
from gateway.services.receiving import Judged
from tests.services.back.peer import Peer
from tests.services.back.test_receiving import ONE, judged, sent
from tests.services.back.world import World


def _word(message: str = ONE, delivery: str = ONE, at: int = 0, status: str = "5.1.1") -> bytes:
    # the peer's channel names the delivery as its remote id, as a mail names its Message-ID
    return bounced.to_bytes(Bounced(delivery, message, status, at))


def _came(world: World, peer: Peer, *bodies: bytes) -> list[tuple[str, str]]:
    before = len(world.happened(Judged))
    for body in bodies:
        peer.drop("bounce", body)
    world.round()
    return [(str(j.state), j.note) for j in world.happened(Judged)[before:]]


def test_a_bounce_takes_the_hand_over_back_and_the_same_bytes_go_again(world: World) -> None:
    peer, _opened = sent(world)
    assert world.delivery(ONE).handed_over_at is not None
    assert _came(world, peer, _word()) == [("ACCEPTED", "bounced")]
    assert world.happened(Judged)[-1].alert
    waiting = world.delivery(ONE)
    assert (waiting.state, waiting.reason) == (State.QUEUED, "bounced")
    assert waiting.handed_over_at is None
    assert world.progress.delivery(ONE).deadline is None
    (leaf,) = world.events(Tag.BOUNCE_RECORD)
    assert (leaf["attempt"], leaf["status"]) == (1, "5.1.1")
    assert (leaf["from"], leaf["state"]) == ("SENT", "QUEUED")
    world.round()
    assert len(peer.arrivals) == 1  # not at once
    world.pass_time(HOUR)
    world.round()
    assert [p.data for p in peer.arrivals] == [peer.arrivals[0].data] * 2
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_two_reports_of_one_mail_are_one_bounce(world: World) -> None:
    peer, _opened = sent(world)
    first, other = _word(), _word(at=world.clock.now(), status="5.2.1")
    assert _came(world, peer, first, first, other) == [
        ("ACCEPTED", "bounced"),
        ("DUPLICATE", "replayed"),
        ("ACCEPTED", "already-recorded"),
    ]
    assert len(world.events(Tag.BOUNCE_RECORD)) == 1


def test_a_bounce_of_an_earlier_mail_stops_nothing_that_went_since(world: World) -> None:
    peer, _opened = sent(world)
    peer.answers = False
    world.pass_time(3 * HOUR)
    world.round()  # the receipt is overdue: a second mail
    assert world.delivery(ONE).attempts == 2
    with world.store.read() as uow:
        first, second = uow.deliveries.attempts(ONE)
    assert first.remote_id == second.remote_id  # this channel names both alike
    renamed = dataclasses.replace(second, remote_id="another id")
    world.save(renamed, Tag.DELIVERY_OUTCOME)
    handed = world.delivery(ONE).handed_over_at
    assert _came(world, peer, _word()) == [("ACCEPTED", "settled")]
    after = world.delivery(ONE)
    assert (after.state, after.handed_over_at) == (State.SENT, handed)


def test_a_bounce_after_the_receipt_is_kept_and_flagged(world: World) -> None:
    peer, opened = sent(world)
    judged(world, peer, peer.sign(peer.ack(opened.about)))
    assert _came(world, peer, _word()) == [("ACCEPTED", "conflict")]
    after = world.delivery(ONE)
    assert (after.state, after.conflict) == (State.ACKNOWLEDGED, True)
    assert after.handed_over_at is not None


def test_a_bounce_of_a_mail_that_never_went_out_is_refused(world: World) -> None:
    peer, _opened = sent(world)
    other = world.partner("opr-uji-b")
    assert _came(world, peer, _word("another")) == [("REFUSED", "unknown-attempt")]
    assert _came(world, peer, _word(delivery="7.opr-uji-a.1")) == [("REFUSED", "unknown-delivery")]
    assert _came(world, peer, b"{}") == [("REFUSED", "version")]
    assert _came(world, peer, _word("opr-uji")) == [("REFUSED", "unknown-attempt")]
    assert _came(world, other, _word()) == [("REFUSED", "unknown-delivery")]
    assert world.state(ONE) is State.SENT


def test_a_mailbox_that_bounces_everything_ends_as_a_dead_letter(world: World) -> None:
    peer, _opened = sent(world)
    peer.answers = False
    policy = dataclasses.replace(world.policy, most_tries=3)
    world.policy = policy
    world.rounds.close()
    world.start_worker()
    for number in range(6):
        with world.store.read() as uow:
            last = uow.deliveries.attempts(ONE)[-1]
        name = f"mail-{number}"
        if world.state(ONE) is State.SENT:
            world.save(dataclasses.replace(last, remote_id=name), Tag.DELIVERY_OUTCOME)
            _came(world, peer, _word(name))
        world.pass_time(31 * MINUTE)
        world.round()
    failed = world.delivery(ONE)
    assert (failed.state, failed.reason, failed.tries) == (State.FAILED, "budget-used-up", 3)
