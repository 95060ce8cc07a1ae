"""A parcel that lies ready: nothing begins before it is fetched, and a fetch must be provable."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.cli.delivery_tables import summary_lines
from gateway.domain import fetched
from gateway.domain.delivery import State
from gateway.domain.fetched import Fetched
from gateway.domain.ledger import Tag
from gateway.domain.statements import Reason
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, to_wire
from gateway.domain.trust import Algorithm, PinnedKey, Role
from gateway.services.receiving import Judged
from gateway.services.sweep import Swept
from tests.services.back.parts import entry, new_signer, numbers
from tests.services.back.peer import Peer, lost_reply
from tests.services.back.world import World

ONE = "1.opr-uji-a.1"


def ready(world: World, scheme: str = "pull", count: int = 2) -> Peer:
    """An operator whose parcel lies ready."""
    peer = world.partner("opr-uji-a", channel=f"{scheme}:opr-uji-a")
    peer.ready = []
    world.release([entry(n) for n in numbers(count)])
    world.round()
    assert world.state(ONE) is State.SENT
    return peer


def words(world: World, peer: Peer, *said: bytes) -> list[tuple[str, str]]:
    """What becomes of these words of the channel."""
    before = len(world.happened(Judged))
    for body in said:
        peer.drop("fetched", body)
    world.round()
    return [(str(j.state), j.note) for j in world.happened(Judged)[before:]]


def word(peer: Peer, at: int | None = None, request: bytes | None = None) -> bytes:
    assert peer.ready is not None
    moment = peer.now() if at is None else at
    jws = peer.sign(peer.request(1)) if request is None else request
    return fetched.to_bytes(Fetched(peer.ready[0].digest, moment, jws.decode()))


def test_a_parcel_that_lies_ready_is_not_handed_over(world: World) -> None:
    ready(world)
    delivery = world.delivery(ONE)
    assert (delivery.handed_over_at, delivery.tries) == (None, 0)
    world.pass_time(3 * HOUR)
    progress = world.progress.delivery(ONE)
    assert (progress.sent, progress.deadline, progress.overdue) == (0, None, False)
    assert (progress.lies_ready, progress.waits_for) == (True, "partner")
    assert progress.lost_there == 3 * HOUR
    shown = "\n".join(summary_lines(progress))
    assert "lies ready, not fetched, waiting for the partner" in shown
    assert "3 h 0 min at the partner's channel" in shown


def test_no_receipt_is_overdue_before_the_fetch_and_no_try_is_burnt(world: World) -> None:
    peer = ready(world)
    world.run_until_quiet(20, 6 * HOUR)
    delivery = world.delivery(ONE)
    assert (delivery.state, delivery.attempts, delivery.tries) == (State.SENT, 1, 0)
    assert len(peer.ready or ()) == 1


def test_the_term_begins_with_the_fetch_and_a_receipt_is_due_from_then_on(world: World) -> None:
    peer = ready(world)
    world.pass_time(2 * DAY)
    peer.answers = False
    peer.fetch()
    at = world.clock.now()
    world.round()
    delivery = world.delivery(ONE)
    assert (delivery.handed_over_at, delivery.due_at) == (at, at + world.policy.receipt)
    (leaf,) = world.events(Tag.FETCH_RECORD)
    assert (leaf["delivery"], leaf["signed"], leaf["fetched"]) == (ONE, True, to_wire(at))
    progress = world.progress.delivery(ONE)
    assert (progress.sent, progress.deadline) == (2, at + DAY)
    assert not progress.lies_ready
    world.pass_time(world.policy.receipt)
    world.round()
    assert world.happened(Swept)[-1].reason == "receipt-overdue"
    assert len(peer.ready or ()) == 1  # it lies ready again


def test_a_fetched_parcel_is_acknowledged_and_confirmed_like_any_other(world: World) -> None:
    peer = ready(world)
    peer.fetch()
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert world.progress.delivery(ONE).outstanding == 0


def test_the_receipt_may_come_before_the_word_of_the_fetch(world: World) -> None:
    peer = ready(world)
    said = peer.fetch()
    peer.outbox = {n: b for n, b in peer.outbox.items() if b != said}
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED
    world.pass_time(MINUTE)
    peer.drop("fetched", said)
    world.round()
    delivery = world.delivery(ONE)
    assert (delivery.state, delivery.conflict) == (State.ACKNOWLEDGED, False)
    assert delivery.handed_over_at is not None


def test_a_fetch_before_our_own_bookkeeping_counts(world: World) -> None:
    peer = world.partner("opr-uji-a", channel="pull:opr-uji-a")
    peer.ready, peer.lost, peer.answers = [], [lost_reply()], False
    world.release([entry(n) for n in numbers(1)])
    world.round()
    assert world.state(ONE) is State.QUEUED  # the outcome is unknown, yet it lies there
    peer.fetch()
    world.round()
    assert world.delivery(ONE).handed_over_at == world.clock.now()


def test_the_time_of_a_fetch_is_never_later_than_we_heard_of_it(world: World) -> None:
    peer = ready(world)
    later = peer.now() + 4 * MINUTE
    request = dataclasses.replace(peer.request(1), at=later)
    said = word(peer, later, peer.sign(request))
    assert words(world, peer, said) == [("ACCEPTED", "")]
    assert world.delivery(ONE).handed_over_at == world.clock.now()


def test_the_time_of_a_fetch_is_never_before_anything_lay_there(world: World) -> None:
    peer = ready(world)
    began = world.clock.now()
    early = began - 4 * MINUTE
    request = peer.sign(dataclasses.replace(peer.request(1), at=early))
    assert words(world, peer, word(peer, early, request)) == [("ACCEPTED", "")]
    assert world.delivery(ONE).handed_over_at == began


def test_a_fetch_that_is_told_later_counts_from_when_it_happened(world: World) -> None:
    peer = ready(world)
    peer.answers = False
    world.pass_time(HOUR)
    at = world.clock.now()
    peer.fetch()
    world.pass_time(5 * HOUR)
    world.round()
    assert world.delivery(ONE).handed_over_at == at


def test_the_first_fetch_counts_and_a_second_one_is_kept(world: World) -> None:
    peer = ready(world)
    first = word(peer)
    assert words(world, peer, first) == [("ACCEPTED", "")]
    at = world.clock.now()
    world.pass_time(HOUR)
    second = word(peer)
    assert words(world, peer, second, first) == [
        ("ACCEPTED", "again"),
        ("DUPLICATE", "replayed"),
    ]
    assert world.delivery(ONE).handed_over_at == at
    assert len(world.events(Tag.FETCH_RECORD)) == 2


# --- what is no proof of a fetch -----------------------------------------------------------------


def refused(world: World, peer: Peer, said: bytes) -> str:
    ((state, note),) = words(world, peer, said)
    assert state == "REFUSED"
    assert world.delivery(ONE).handed_over_at is None
    assert world.events(Tag.FETCH_RECORD) == []
    return note


def test_a_listeners_word_without_a_request_is_refused(world: World) -> None:
    peer = ready(world)
    assert refused(world, peer, word(peer, request=b"")) == "no-request"


@pytest.mark.parametrize("apart", [301 * SECOND, -301 * SECOND])
def test_a_request_of_another_time_proves_no_fetch(world: World, apart: int) -> None:
    peer = ready(world)
    old = peer.sign(dataclasses.replace(peer.request(1), at=peer.now() + apart))
    assert refused(world, peer, word(peer, request=old)) == "request-time"


@pytest.mark.parametrize("apart", [300 * SECOND, -300 * SECOND])
def test_a_request_within_five_minutes_does(world: World, apart: int) -> None:
    peer = ready(world)
    near = peer.sign(dataclasses.replace(peer.request(1), at=peer.now() + apart))
    assert words(world, peer, word(peer, request=near)) == [("ACCEPTED", "")]


def test_a_request_by_an_unknown_key_proves_nothing(world: World) -> None:
    peer = ready(world)
    forged = peer.sign(peer.request(1), new_signer())
    assert refused(world, peer, word(peer, request=forged)) == "unknown-key"


def test_another_partners_request_proves_nothing(world: World) -> None:
    peer = ready(world)
    other = world.partner("opr-uji-b")
    assert refused(world, peer, word(peer, request=other.sign(other.request(1)))) == "wrong-owner"


def test_a_request_for_another_gateway_or_under_a_revoked_key_proves_nothing(world: World) -> None:
    peer = ready(world)
    elsewhere = peer.sign(dataclasses.replace(peer.request(1), aud="palang-lain"))
    assert refused(world, peer, word(peer, request=elsewhere)) == "audience"
    world.revoke(peer.statement_pin)
    assert refused(world, peer, word(peer)) == "key-revoked"


def test_another_statement_is_no_request(world: World) -> None:
    peer = ready(world)
    assert peer.ready is not None
    opened = peer.open(peer.ready[0])
    receipt = peer.sign(peer.nack(opened.about, Reason.MALFORMED))
    assert refused(world, peer, word(peer, request=receipt)) == "wrong-typ"


@pytest.mark.parametrize(("since", "epoch"), [(2, 1), (1, 2)])
def test_a_request_for_other_parcels_proves_nothing(world: World, since: int, epoch: int) -> None:
    peer = ready(world)
    other = peer.sign(peer.request(since, epoch))
    assert refused(world, peer, word(peer, request=other)) == "wrong-object"


def test_a_parcel_that_was_never_sealed_for_the_partner_can_not_be_fetched(world: World) -> None:
    peer = ready(world)
    request = peer.sign(peer.request(1)).decode()
    said = fetched.to_bytes(Fetched("sha256:" + "0" * 64, peer.now(), request))
    assert refused(world, peer, said) == "unknown-parcel"
    other = world.partner("opr-uji-b", channel="pull:opr-uji-b")
    other.drop("fetched", word(peer, request=other.sign(other.request(1))))
    world.round()
    assert world.happened(Judged)[-1].note == "unknown-parcel"


def test_a_word_that_can_not_be_read_is_refused(world: World) -> None:
    peer = ready(world)
    assert refused(world, peer, b'{"v":1,"typ":"fetched"}') == "malformed"


def test_a_request_key_proves_a_fetch_too(world: World) -> None:
    peer = ready(world)
    signer = new_signer()
    window = peer.window()
    world.pin(
        PinnedKey(signer.kid, peer.owner, Role.REQUEST, Algorithm.ED25519, signer.public, *window)
    )
    said = word(peer, request=peer.sign(peer.request(1), signer))
    assert words(world, peer, said) == [("ACCEPTED", "")]


def test_a_fetch_is_not_answered_for_nobody_signed_it_to_us(world: World) -> None:
    peer = ready(world)
    words(world, peer, word(peer))
    assert [m for m in peer.told if m.subject] == []


# --- a folder, and what is never fetched ---------------------------------------------------------


def test_a_folders_own_word_is_enough(world: World) -> None:
    peer = ready(world, "dir")
    assert words(world, peer, word(peer, request=b"")) == [("ACCEPTED", "")]
    assert world.delivery(ONE).handed_over_at == world.clock.now()
    (leaf,) = world.events(Tag.FETCH_RECORD)
    assert leaf["signed"] is False


def test_what_is_never_fetched_is_given_up_after_the_days_by_that_name(world: World) -> None:
    peer = ready(world)
    world.pass_time(world.policy.most_age - MINUTE)
    world.round()
    assert world.state(ONE) is State.SENT
    world.pass_time(MINUTE)
    world.round()
    failed = world.delivery(ONE)
    assert (failed.state, failed.reason, failed.tries) == (State.FAILED, "never-fetched", 0)
    peer.fetch()  # after all
    world.round()
    assert world.state(ONE) is State.ACKNOWLEDGED


def test_an_officers_resume_gives_it_all_the_days_again(world: World) -> None:
    ready(world)
    world.pass_time(world.policy.most_age)
    world.round()
    world.desk.resume(ONE, world.word)
    world.round(2)
    world.pass_time(DAY)
    world.round()
    assert world.state(ONE) is State.SENT


def test_a_partner_that_asks_again_finds_it_there_again_and_burns_no_try(world: World) -> None:
    peer = ready(world)
    peer.ready = []  # the cache was lost
    world.pass_time(2 * HOUR)
    peer.say(peer.request(1))
    world.round(2)
    assert len(peer.ready) == 1
    delivery = world.delivery(ONE)
    assert (delivery.state, delivery.attempts, delivery.tries) == (State.SENT, 2, 0)
