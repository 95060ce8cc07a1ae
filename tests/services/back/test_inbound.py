"""What else comes along a partner's channel: noise, consents, parcels, interruptions."""

from __future__ import annotations

import dataclasses

import pytest

from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.domain.statements import About, Ack, Approval, Card
from gateway.domain.times import DAY
from gateway.ports import Inbound, RefusedError, SendError
from gateway.services.receiving import Judged
from tests.services.back.parts import GATEWAY, entry, numbers
from tests.services.back.test_receiving import ONE, judged, sent
from tests.services.back.world import World


def test_a_checkpoint_that_was_never_shown_is_an_alert_and_the_receipt_counts(
    world: World,
) -> None:
    peer, opened = sent(world)
    said = peer.sign(peer.ack(opened.about, "sha256:" + "1" * 64))
    assert judged(world, peer, said) == [("ACCEPTED", "checkpoint-mismatch")]
    assert world.happened(Judged)[-1].alert
    assert world.state(ONE) is State.ACKNOWLEDGED
    assert world.events(Tag.RECEIPT_RECORD)[-1]["alert"] == "checkpoint-mismatch"


@pytest.mark.parametrize("body", [b"", b"{}", b"a.b.c", b"\xff" * 300, b"." * 2_000])
def test_noise_is_kept_and_refused(world: World, body: bytes) -> None:
    peer, _opened = sent(world)
    ((state, _note),) = judged(world, peer, body)
    assert state == "REFUSED"


def test_a_card_or_an_approval_does_not_come_this_way(world: World) -> None:
    peer, _opened = sent(world)
    at = world.clock.now()
    approval = Approval(peer.id, GATEWAY, at, "batch.release", "batch:1", "sha256:" + "0" * 64)
    card = Card(
        peer.id, GATEWAY, at, "x", "operator", ("a",), ("jose",), "peer:x", "", "", True, ()
    )
    states = [s for s, _note in judged(world, peer, peer.sign(approval), peer.sign(card))]
    assert states == ["REFUSED", "REFUSED"]


def test_a_parcel_that_comes_back_is_refused(world: World) -> None:
    peer, _opened = sent(world)
    world.collect._keeper(peer.id)(Inbound("parcel", peer.arrivals[0].data, "x"))
    world.round()
    assert world.happened(Judged)[-1].note == "unexpected-kind"


def test_a_consent_and_its_withdrawal_come_by_the_channel_too(world: World) -> None:
    peer = world.ott()
    world.pass_time()
    wider = peer.sign(world.terms(peer, fields=("category", "basis")))
    assert judged(world, peer, wider) == [("ACCEPTED", "")]
    assert judged(world, peer, wider) == [("DUPLICATE", "replayed")]
    older = peer.sign(world.terms(peer, at=world.clock.now() - DAY))
    assert judged(world, peer, older) == [("REFUSED", "not-accepted")]
    with world.store.read() as uow:
        assert uow.registry.consents(peer.id)[-1].terms.fields == ("category", "basis")


def test_a_consent_of_an_operator_is_refused(world: World) -> None:
    peer, _opened = sent(world)
    assert judged(world, peer, peer.sign(world.terms(peer))) == [("REFUSED", "not-accepted")]


def test_a_channel_that_fails_while_collecting_loses_nothing(world: World) -> None:
    peer, opened = sent(world)
    body = peer.sign(peer.ack(opened.about))
    channel = world.collect.channels

    class Failing:
        """Keeps one item, then the connection ends before it is removed."""

        def open(self, partner: object) -> object:
            from contextlib import nullcontext

            return nullcontext(self)

        def collect(self, keep: object) -> int:
            keep(Inbound("statement", body, "one.jws"))  # type: ignore[operator]  # the port's
            raise SendError("the connection ended", "unknown")

    failing = dataclasses.replace(world.collect, channels=Failing())  # type: ignore[arg-type]  # a part
    with pytest.raises(SendError):
        failing.collect(peer.id)
    peer.say(body)
    world.collect.collect(peer.id)
    assert channel is world.collect.channels
    world.round()
    assert [str(j.state) for j in world.happened(Judged)] == ["ACCEPTED", "DUPLICATE"]


def test_no_ledger_leaf_holds_a_number_or_a_servers_words(world: World) -> None:
    peer = world.partner("opr-uji-a")
    peer.faults = [RefusedError("we do not like 628701111000")]
    world.release([entry(n) for n in numbers(2)])
    world.round()
    with world.store.read() as uow:
        events = b"\n".join(leaf.event for leaf in uow.log.leaves(0, uow.log.size()))
    assert not any(str(n)[2:].encode() in events for n in numbers(2))
    assert b"we do not like" not in events
    assert isinstance(peer.ack(About(1, 1, "x", "y")), Ack)
