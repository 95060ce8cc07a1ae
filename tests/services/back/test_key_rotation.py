"""The gateway's own keys rotate: announced by two officers, used from their day on, retired."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict, InputError, NotPermitted, NotVerified
from gateway.domain.rotation import Phase
from gateway.domain.statements import Head
from gateway.domain.times import DAY, HOUR
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from gateway.services.exposure import Exposure, signer_of
from gateway.services.jws import statement_of
from gateway.services.phases import Phases
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.parts import GATEWAY, START, entry, numbers
from tests.services.back.peer import Peer
from tests.services.back.rotating import Rotating
from tests.services.back.world import World

A = "opr-uji-a"
OWN = Owner(OwnerKind.GATEWAY, GATEWAY)


@pytest.fixture
def peer(world: World) -> Peer:
    return world.partner(A)


def deliver(world: World, start: int) -> str:
    batch = world.release([entry(number) for number in numbers(2, 628701111000 + start)])
    world.round(2)
    return f"{batch}.{A}.1"


def signer(world: World, delivery: str) -> str:
    with world.store.read() as uow:
        record = uow.deliveries.manifest(delivery)
        assert record is not None
        return signer_of(record.jws)


def phase_of(world: World, kid: str) -> Phase:
    found = Phases(world.store, world.clock).all()
    return next(one.phase for one in found if one.key.kid == kid)


def test_an_announced_key_signs_from_its_day_on_and_both_verify(world: World, peer: Peer) -> None:
    rotating, old = Rotating(world), world.keyring.signer(Role.MANIFEST, world.clock.now())
    new = rotating.rotate(Role.MANIFEST, DAY)
    assert signer(world, deliver(world, 0)) == old.kid
    assert phase_of(world, new.kid) is Phase.ANNOUNCED
    world.clock.at = new.not_before
    assert signer(world, deliver(world, 10)) == new.kid
    assert all(one.state is State.ACKNOWLEDGED for one in world.deliveries())
    for by in (world.siti, world.budi):
        rotating.rotation.retire(old.kid, by)
    assert phase_of(world, old.kid) is Phase.RETIRED
    assert signer(world, deliver(world, 20)) == new.kid
    with pytest.raises(NotVerified) as caught:
        world.trust().key(OWN, Role.MANIFEST, old.kid, world.clock.now())
    assert caught.value.reason == "key-not-valid"


def test_one_officer_announces_nothing(world: World, peer: Peer) -> None:
    rotating = Rotating(world)
    made = rotating.rotation.announce(rotating.new_key(Role.MANIFEST, DAY), world.siti)
    assert rotating.rotation.proposed(Role.MANIFEST) == made
    with pytest.raises(NotPermitted, match=r"signed key\.announce"):
        rotating.rotation.approve(made.kid, world.siti)
    world.pass_time(3 * DAY)
    assert phase_of(world, made.kid) is Phase.PROPOSED
    assert signer(world, deliver(world, 0)) != made.kid
    with pytest.raises(Conflict, match="which is over"):
        rotating.rotation.approve(made.kid, world.budi)


def test_after_a_loss_a_key_counts_from_the_second_signature_on(world: World, peer: Peer) -> None:
    rotating = Rotating(world)
    lost = next(key for key in world.trust().keys if key.role is Role.MANIFEST)
    made = rotating.rotation.announce(rotating.new_key(Role.MANIFEST, 0), world.siti)
    world.revoke(lost)
    world.pass_time(HOUR)
    rotating.rotation.approve(made.kid, world.budi)
    assert signer(world, deliver(world, 0)) == made.kid


def test_what_is_no_own_key_to_come_is_refused(world: World, peer: Peer) -> None:
    rotating = Rotating(world)
    with pytest.raises(NotPermitted, match="not one of this gateway"):
        rotating.rotation.announce(
            replace(peer.seal_pin, not_before=world.clock.now() + DAY), world.siti
        )
    with pytest.raises(InputError, match="a day to come"):
        rotating.rotation.announce(rotating.new_key(Role.MANIFEST, -DAY), world.siti)
    made = rotating.rotate(Role.MANIFEST, DAY)
    with pytest.raises(Conflict, match="pinned already"):
        rotating.rotation.announce(made, world.siti)
    with pytest.raises(Conflict, match="waits for nobody"):
        rotating.rotation.approve(made.kid, world.budi)


def test_the_last_key_of_a_role_is_not_retired_nor_an_officers(world: World, peer: Peer) -> None:
    rotating = Rotating(world)
    old = world.keyring.signer(Role.MANIFEST, world.clock.now())
    with pytest.raises(Conflict, match="has no valid manifest key"):
        rotating.rotation.retire(old.kid, world.siti)
    with pytest.raises(NotPermitted, match="is officer budi"):
        rotating.rotation.retire(world.budi.signer.kid, world.siti)
    new = rotating.rotate(Role.MANIFEST, DAY)
    with pytest.raises(Conflict, match="has no valid manifest key"):
        rotating.rotation.retire(old.kid, world.siti)  # the new one does not count yet
    world.clock.at = new.not_before
    rotating.rotation.retire(old.kid, world.siti)
    with pytest.raises(NotPermitted):
        rotating.rotation.retire(old.kid, world.siti)
    rotating.rotation.retire(old.kid, world.budi)
    with pytest.raises(Conflict, match="counts no more"):
        rotating.rotation.retire(old.kid, world.siti)


def test_heads_tell_partners_of_a_new_key_at_once(world: World, peer: Peer) -> None:
    rotating = Rotating(world)
    world.round(2)
    world.pass_time(HOUR)
    made = rotating.rotate(Role.STATEMENT, DAY)
    (lacking,) = [s for s in Phases(world.store, world.clock).all() if s.key.kid == made.kid]
    assert lacking.lacks == (A,)
    world.round(2)
    (told,) = [s for s in Phases(world.store, world.clock).all() if s.key.kid == made.kid]
    assert told.lacks == ()
    word = statement_of(peer.told[-1].data)
    assert isinstance(word, Head)
    (announced,) = word.keys
    assert announced["key"]["kid"] == made.kid
    assert len(announced["approvals"]) == 2


def test_a_revoked_or_old_key_is_told_no_longer(world: World, peer: Peer) -> None:
    rotating = Rotating(world)
    made = rotating.rotate(Role.MANIFEST, DAY)
    world.revoke(made)
    world.round(2)
    word = statement_of(peer.told[-1].data)
    assert isinstance(word, Head)
    assert word.keys == ()


def test_the_exposure_of_a_key_is_all_that_it_signed_or_could_open(
    world: World, peer: Peer
) -> None:
    rotating = Rotating(world)
    old = world.keyring.signer(Role.MANIFEST, world.clock.now())
    deliver(world, 0)
    rotating.rotate(Role.MANIFEST, HOUR)
    world.pass_time(2 * HOUR)
    late = world.clock.now()
    deliver(world, 10)
    exposure = Exposure(world.store, C2spNotes(), world.signatures)

    def told(kid: str, since: int = 0) -> list[tuple[str, str, str]]:
        return [(one.how, one.what, one.subject) for one in exposure.of(kid, since)[1]]

    assert told(old.kid) == [("signed", "manifest", f"1.{A}.1")]
    assert told(old.kid, late) == []
    assert told(peer.seal_pin.kid) == [
        ("could-open", "parcel", f"1.{A}.1"),
        ("could-open", "parcel", f"2.{A}.1"),
    ]
    statements = told(peer.statement_pin.kid)
    assert sorted(what for _how, what, _subject in statements) == [
        *["confirmation.record"] * 2,
        *["receipt.record"] * 2,
    ]
    assert {what for _how, what, _subject in told(world.siti.signer.kid)} == {"key.announce"}
    own = {role: world.keyring.signer(role, late).kid for role in (Role.CHECKPOINT, Role.STATEMENT)}
    assert {what for _how, what, _subject in told(own[Role.CHECKPOINT])} == {"checkpoint"}
    assert {what for _how, what, _subject in told(own[Role.STATEMENT])} == {"answer", "head"}


def test_what_a_key_signed_and_was_refused_is_in_its_exposure(world: World, peer: Peer) -> None:
    Rotating(world)
    peer.say(peer.request(1, epoch=7))
    world.round(1)
    (found,) = Exposure(world.store, C2spNotes(), world.signatures).of(peer.statement_pin.kid)[1]
    assert (found.what, found.subject) == ("received, refused", "old-epoch")


def test_reminders_come_once_at_60_30_14_and_7_days(world: World) -> None:
    rotating = Rotating(world)
    end = world.keyring.signer(Role.MANIFEST, world.clock.now())
    last = next(key for key in world.trust().keys if key.kid == end.kid).not_after
    told: list[int] = []
    for days in (61, 60, 59, 30, 29, 14, 10, 7, 1):
        world.clock.at = last - days * DAY
        told += [due for _owner, role, due in rotating.remind() if role == "manifest"]
        assert rotating.remind() == []
    assert told == [60, 30, 14, 7]


def test_a_rotated_key_is_no_worry_any_more(world: World) -> None:
    rotating = Rotating(world)
    last = next(key for key in world.trust().keys if key.role is Role.MANIFEST).not_after
    world.clock.at = last - 20 * DAY
    assert (GATEWAY, "manifest", 30) in rotating.remind()
    rotating.rotate(Role.MANIFEST, DAY)
    world.pass_time(10 * DAY)
    assert (GATEWAY, "manifest", 14) not in rotating.remind()


@pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.long)])
def test_deliveries_during_a_rotation_of_every_key_all_arrive(
    world: World, peer: Peer, count: int
) -> None:
    """The gateway's three keys and the partner's two change while deliveries go out; each envelope
    verifies under the key that was valid when it was signed (threats.md K2)."""
    rotating = Rotating(world)
    for number in range(count):
        if number == count // 6:
            for role in (Role.MANIFEST, Role.CHECKPOINT, Role.STATEMENT):
                rotating.rotate(role, 5 * HOUR)
        if number == count // 4:
            world.pin(peer.change_seal())
        if number == count // 2:
            world.pin(peer.change_signer())
        if number == count * 3 // 4:
            for key in world.trust().of(OWN):
                if key.not_before < START:
                    for by in (world.siti, world.budi):
                        rotating.rotation.retire(key.kid, by)
        rotating.trials.run()
        deliver(world, 10 * number)
        world.pass_time(HOUR)
    assert {one.state for one in world.deliveries()} == {State.ACKNOWLEDGED}
    assert len(world.deliveries()) == len(peer.opened) == count
    assert _verified(world) == count
    world.check_ledger()


def _verified(world: World) -> int:
    """Every manifest under the key that was valid at its sealing's leaf; how many keys signed."""
    trust, signed = world.trust(), set()
    for delivery in world.deliveries():
        with world.store.read() as uow:
            record = uow.deliveries.manifest(delivery.id)
            sealing = uow.deliveries.sealing(delivery.id, 1)
        assert record is not None
        key = JoseSignatures().verify_detached(
            record.jws, record.body, "manifest", OWN, Role.MANIFEST, trust, sealing.at
        )
        signed.add(key.kid)
    assert len(signed) == 2
    return len(world.deliveries())


def test_a_trust_without_the_new_key_refuses_what_it_signed(world: World, peer: Peer) -> None:
    """Why a key is announced before its first use."""
    rotating = Rotating(world)
    before = world.trust()
    new = rotating.rotate(Role.MANIFEST, HOUR)
    world.clock.at = new.not_before
    delivery = deliver(world, 0)
    with world.store.read() as uow:
        record = uow.deliveries.manifest(delivery)
    assert record is not None

    def verify(trust: Trust) -> None:
        JoseSignatures().verify_detached(
            record.jws, record.body, "manifest", OWN, Role.MANIFEST, trust, world.clock.now()
        )

    verify(world.trust())
    with pytest.raises(NotVerified) as caught:
        verify(before)
    assert caught.value.reason == "unknown-key"
