"""A partner asks for parcels again: honoured, bounded, never a change of an acknowledged state."""

from __future__ import annotations

from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.times import DAY, HOUR
from gateway.services.receiving import Judged
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import Peer, down
from tests.services.back.test_receiving import judged
from tests.services.back.world import World


def _three(world: World) -> Peer:
    peer = world.partner("opr-uji-a")
    for start in (0, 10, 20):
        world.release([entry(n) for n in numbers(1, 628701112000 + start)])
    return peer


def test_a_sent_parcel_that_is_asked_for_goes_again(world: World) -> None:
    peer = _three(world)
    peer.answers = False
    world.round()
    peer.answers = True
    world.pass_time(90 * 60 * 1_000_000)
    assert judged(world, peer, peer.sign(peer.request(2))) == [("ACCEPTED", "")]
    world.round()
    states = {d.id: d.state for d in world.deliveries()}
    assert states["1.opr-uji-a.1"] is State.SENT
    assert states["2.opr-uji-a.1"] is State.ACKNOWLEDGED
    assert [peer.open(p).manifest.sequence for p in peer.arrivals[3:]] == [2, 3]
    requeued = world.events(Tag.DELIVERY_REQUEUE)
    assert {e["delivery"] for e in requeued} == {"2.opr-uji-a.1", "3.opr-uji-a.1"}


def test_a_partner_that_lost_its_data_gets_acknowledged_parcels_again(world: World) -> None:
    peer = _three(world)
    world.round()
    before = {d.id: d for d in world.deliveries()}
    first = [parcel.data for parcel in peer.arrivals]
    peer.opened.clear()
    peer.blocked.clear()
    world.pass_time(2 * HOUR)
    judged(world, peer, peer.sign(peer.request(1)))
    world.round()
    assert [parcel.data for parcel in peer.arrivals[3:]] == first
    assert sorted(peer.opened) == [1, 2, 3]
    for delivery in world.deliveries():
        assert delivery.state is State.ACKNOWLEDGED
        assert delivery.acknowledged_at == before[delivery.id].acknowledged_at
        assert (delivery.due_at, delivery.attempts) == (0, 2)
    world.pass_time(DAY)
    world.round(2)
    assert len(peer.arrivals) == 6


def test_asking_all_the_time_makes_no_loop(world: World) -> None:
    peer = _three(world)
    world.round()
    for _ in range(10):
        judged(world, peer, peer.sign(peer.request(1)))
        world.pass_time(5 * 60 * 1_000_000)
    assert len(peer.arrivals) == 3
    world.pass_time(HOUR)
    for _ in range(10):
        judged(world, peer, peer.sign(peer.request(1)))
        world.round()
        world.pass_time(1_000_000)
    assert len(peer.arrivals) == 6


def test_a_request_for_another_epoch_is_refused(world: World) -> None:
    peer = _three(world)
    world.round()
    world.pass_time(2 * HOUR)
    assert judged(world, peer, peer.sign(peer.request(1, epoch=2))) == [("REFUSED", "old-epoch")]
    assert len(peer.arrivals) == 3


def test_a_request_replayed_sends_nothing_more(world: World) -> None:
    peer = _three(world)
    world.round()
    world.pass_time(2 * HOUR)
    body = peer.sign(peer.request(1))
    judged(world, peer, body)
    world.round()
    world.pass_time(2 * HOUR)
    assert judged(world, peer, body) == [("DUPLICATE", "replayed")]
    world.round()
    assert len(peer.arrivals) == 6


def test_what_was_acknowledged_does_not_go_again_to_an_ott_that_withdrew(world: World) -> None:
    peer = world.ott()
    world.release([entry(n) for n in numbers(1)])
    world.round()
    with world.store.read() as uow:
        (given,) = uow.registry.consents(peer.id)
    world.pass_time(2 * HOUR)
    peer.say(peer.request(1))
    world.collect.collect(peer.id)
    (kept,) = world.judge.pending()
    world.judge.judge(kept)
    world.withdraw(peer, given.digest)
    world.round(2)
    assert len(peer.arrivals) == 1
    settled = world.delivery("1.ott-uji.1")
    assert (settled.state, settled.due_at) == (State.ACKNOWLEDGED, 0)


def test_a_resend_that_does_not_get_through_is_not_repeated_unasked(world: World) -> None:
    peer = _three(world)
    world.round()
    peer.faults = [down()]
    world.pass_time(2 * HOUR)
    judged(world, peer, peer.sign(peer.request(3)))
    world.run_until_quiet(4)
    assert len(peer.arrivals) == 3
    assert world.state("3.opr-uji-a.1") is State.ACKNOWLEDGED
    assert not any(j.alert for j in world.happened(Judged))
