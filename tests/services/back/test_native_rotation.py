"""The gateway's key for stock tools rotates under way: each parcel carries the signature of the one
that was valid when it was sealed, and both go on verifying."""

import pytest

from gateway.domain import parcel as zipped
from gateway.domain.delivery import State
from gateway.domain.ids import Envelope
from gateway.domain.rotation import LIFE, begins
from gateway.domain.times import HOUR, SECOND
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from keys import jwk
from keys.envelopes import open_sealed, verify_native
from keys.files import Opener
from keys.generate import generate
from keys.keyring import KeyOpeners
from tests.services.back.parts import GATEWAY, START, entry, numbers
from tests.services.back.peer import Peer
from tests.services.back.rotating import Rotating
from tests.services.back.world import World

OWN = Owner(OwnerKind.GATEWAY, GATEWAY)


@pytest.fixture
def peer(world: World) -> Peer:
    """A partner that takes cms and opens with P-256."""
    made = world.partner("opr-uji-a", envelope=Envelope.CMS)
    key = generate(Algorithm.ECDH_P256)
    begin, end = made.window()
    pin = jwk.pinned_key(key.public_key(), made.owner, Role.SEAL, begin + SECOND, end)
    made.openers.append(Opener(pin.kid, pin.alg, key))  # type: ignore[arg-type]  # a seal key
    world.pin(pin)
    world.revoke(made.seal_pin)
    return made


def native_key(world: World, rotating: Rotating, begin: int) -> PinnedKey:
    public = rotating.store.make(Role.MANIFEST, Algorithm.ES256)
    return jwk.pinned_key(public, OWN, Role.MANIFEST, begin, begin + LIFE)


@pytest.mark.parametrize("count", [8, pytest.param(100, marks=pytest.mark.long)])
def test_deliveries_while_the_key_for_stock_tools_rotates_all_arrive(
    world: World, peer: Peer, count: int
) -> None:
    rotating = Rotating(world)
    old = native_key(world, rotating, START - HOUR)
    world.pin(old)
    new = None
    for number in range(count):
        if number == count // 4:
            made = native_key(world, rotating, begins(world.clock.now() + 2 * HOUR))
            proposed = rotating.rotation.announce(made, world.siti)
            new = rotating.rotation.approve(proposed.kid, world.budi)
        if number == count * 3 // 4:
            for by in (world.siti, world.budi):
                rotating.rotation.retire(old.kid, by)
        world.release([entry(n) for n in numbers(2, 628701111000 + 10 * number)])
        world.round(2)
        world.pass_time(HOUR)
    assert [one.state for one in world.deliveries()] == [State.ACKNOWLEDGED] * count
    assert new is not None
    assert _signers(world, peer) == {old.kid, new.kid}


def _signers(world: World, peer: Peer) -> set[str]:
    """Who signed each parcel that arrived, by the pins of today at the time it was sealed."""
    trust, found, openers = world.trust(), set(), KeyOpeners(peer.openers[-1])
    sealings = {}
    for delivery in world.deliveries():
        with world.store.read() as uow:
            sealing = uow.deliveries.sealing(delivery.id, 1)
        sealings[sealing.digest] = sealing.at
    assert len(peer.arrivals) == len(sealings)
    for parcel in peer.arrivals:
        plain = open_sealed(parcel.data, openers, {Envelope.CMS})[1]
        held = zipped.unpack(plain, Envelope.CMS)
        at = sealings[parcel.digest]
        key = verify_native(held.native, held.manifest, Envelope.CMS, OWN, trust, at)
        found.add(key.kid)
    return found
