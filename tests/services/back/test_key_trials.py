"""A partner's new seal key: the old one stays in use until a receipt confirms the new one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain import failpoints
from gateway.domain.delivery import State
from gateway.domain.errors import Conflict, NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.times import HOUR
from gateway.domain.trust import PinnedKey, Role
from gateway.services import recipients
from gateway.services.exposure import signer_of
from gateway.services.trials import TrialService
from tests.services.back.parts import entry, numbers
from tests.services.back.peer import Peer, down
from tests.services.back.rotating import Rotating
from tests.services.back.world import World

A = "opr-uji-a"


@pytest.fixture
def peer(world: World) -> Peer:
    return world.partner(A)


def trials(world: World) -> TrialService:
    return TrialService(world.store, world.clock, world.renewal)


def deliver(world: World, start: int) -> str:
    batch = world.release([entry(number) for number in numbers(2, 628701111000 + start)])
    world.round(2)
    return f"{batch}.{A}.1"


def used(world: World, delivery: str) -> str:
    """The key that a delivery's newest sealing is for."""
    with world.store.read() as uow:
        found = uow.deliveries.delivery(delivery)
        return recipients.sealed_to(uow, found)[found.sealing]


def confirmed(world: World) -> frozenset[str]:
    with world.store.read() as uow:
        return recipients.confirmations(uow, A)


def overlap(world: World, peer: Peer) -> tuple[PinnedKey, PinnedKey]:
    """One delivery under the first key, then a second key is pinned."""
    old = peer.seal_pin
    deliver(world, 0)
    world.pass_time(HOUR)
    new = peer.change_seal()
    world.pin(new)
    return old, new


def test_a_new_key_is_used_once_its_partner_signed_a_receipt_over_a_parcel_for_it(
    world: World, peer: Peer
) -> None:
    old, new = overlap(world, peer)
    assert used(world, deliver(world, 10)) == old.kid
    (trial,) = trials(world).run()
    assert (trial.kid, trial.delivery) == (new.kid, f"2.{A}.1")
    assert used(world, deliver(world, 20)) == old.kid  # sealed before the receipt came
    assert new.kid in confirmed(world)
    assert used(world, deliver(world, 30)) == new.kid
    assert all(one.state is State.ACKNOWLEDGED for one in world.deliveries())
    assert len(peer.opened) == 4  # the test exchange was no new list


def test_one_trial_a_key_and_none_where_there_is_nothing_to_test(world: World, peer: Peer) -> None:
    assert trials(world).run() == []  # one key
    overlap(world, peer)
    assert len(trials(world).run()) == 1
    assert trials(world).run() == []  # on its way
    world.round(2)
    assert trials(world).run() == []  # confirmed
    assert [e["reason"] for e in world.events(Tag.DELIVERY_REQUEUE)] == ["key-trial"]


def test_a_partner_that_can_not_open_the_trial_loses_nothing(world: World, peer: Peer) -> None:
    old, new = overlap(world, peer)
    peer.openers.pop()
    trials(world).run()
    peer.answers = False  # it can't open it, and says nothing
    world.round(2)
    peer.answers = True
    assert new.kid not in confirmed(world)
    assert world.state(f"1.{A}.1") is State.ACKNOWLEDGED
    assert used(world, deliver(world, 10)) == old.kid


def test_an_officer_repeats_a_trial_that_was_not_answered(world: World, peer: Peer) -> None:
    with pytest.raises(Conflict, match="acknowledged nothing"):
        trials(world).again(A)
    _old, new = overlap(world, peer)
    peer.answers = False
    trials(world).run()
    world.round(2)
    peer.answers = True
    assert trials(world).again(A).kid == new.kid
    with pytest.raises(Conflict):
        trials(world).again(A)  # it is on its way
    world.round(2)
    assert new.kid in confirmed(world)


def test_without_the_older_key_the_new_one_is_used_unconfirmed(world: World, peer: Peer) -> None:
    old, new = overlap(world, peer)
    world.revoke(old)
    assert used(world, deliver(world, 10)) == new.kid


def test_a_key_that_ended_gives_way_to_the_one_that_is_left(world: World, peer: Peer) -> None:
    old, new = overlap(world, peer)
    world.save(replace(old, not_after=world.clock.now()), Tag.KEY_ADD, kid=old.kid)
    assert used(world, deliver(world, 10)) == new.kid


def test_a_revocation_between_the_attempt_and_the_send_lets_nothing_leave(
    world: World, peer: Peer
) -> None:
    """The officers' second word commits after the attempt was recorded: the parcel stays here, and
    the next attempt is sealed to the key that is left."""
    old = peer.seal_pin
    world.release([entry(number) for number in numbers(2)])
    world.sealing.seal_partner(A)
    new = peer.change_seal()
    world.pin(new)

    def raced(point: str) -> None:
        if point == "after:delivery.attempt":
            failpoints.arm(None)
            world.revoke(old)

    failpoints.arm(raced)
    (tried,) = world.dispatch.run_partner(A)
    assert (tried.outcome, peer.arrivals) == ("not_sent", [])
    world.pass_time(HOUR)
    world.round(2)
    assert used(world, f"1.{A}.1") == new.kid
    assert len(peer.arrivals) == 1
    assert world.state(f"1.{A}.1") is State.ACKNOWLEDGED


def test_with_every_key_revoked_nothing_leaves(world: World, peer: Peer) -> None:
    world.release([entry(number) for number in numbers(2)])
    world.sealing.seal_partner(A)
    world.revoke(peer.seal_pin)
    with pytest.raises(NotVerified) as caught:
        world.dispatch.run_partner(A)
    assert (caught.value.reason, peer.arrivals) == ("no-key", [])


@pytest.mark.parametrize("how", ["revoked", "retired"])
def test_what_waits_under_a_lost_manifest_key_is_signed_anew(
    world: World, peer: Peer, how: str
) -> None:
    """The partner would refuse it; digest and stored signature, the evidence, stay as they are."""
    rotating = Rotating(world)
    old = next(key for key in world.trust().keys if key.role is Role.MANIFEST)
    world.release([entry(number) for number in numbers(2)])
    peer.faults.append(down())
    world.round()
    delivery = f"1.{A}.1"
    manifest = world.delivery(delivery).manifest
    new = rotating.rotate(Role.MANIFEST, HOUR)
    world.clock.at = new.not_before
    if how == "revoked":
        world.revoke(old)
    else:
        for by in (world.siti, world.budi):
            rotating.rotation.retire(old.kid, by)
    world.run_until_quiet(4)
    after = world.delivery(delivery)
    assert (after.state, after.manifest, after.sealing) == (State.ACKNOWLEDGED, manifest, 2)
    assert len(peer.arrivals) == 1
    with world.store.read() as uow:
        record = uow.deliveries.manifest(delivery)
    assert record is not None
    assert signer_of(record.jws) == old.kid
