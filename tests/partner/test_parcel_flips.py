"""Any changed byte of a parcel is refused, by one kind of error, and nothing is stored."""

from __future__ import annotations

import random

import pytest

from gateway.domain.ids import Envelope
from keys.envelopes import EnvelopeSealer
from keys.jose import open_jwe
from partner.kit import Kit
from partner.receive import receive
from partner.refusal import ParcelRefused
from tests.partner.factory import Gateway, block, seal_pin


def refuse_flipped(kit: Kit, data: bytes, position: int) -> None:
    changed = bytearray(data)
    changed[position] ^= 1 << (position % 8)
    with pytest.raises(ParcelRefused):
        receive(kit, bytes(changed))


def test_a_flipped_byte_of_the_sealed_parcel_is_refused(gateway: Gateway, kit: Kit) -> None:
    data = gateway.parcel(kit, block(*range(20))).data
    for position in random.Random(1).sample(range(len(data)), 500):
        refuse_flipped(kit, data, position)
    assert receive(kit, data).new


def test_a_byte_flipped_inside_and_sealed_again_is_refused(gateway: Gateway, kit: Kit) -> None:
    """Whoever has our public key can seal; only the gateway can sign.

    Flips that the ZIP reader sees through (a date, a version) leave the content as it was signed.
    """
    made = gateway.parcel(kit, block(*range(20)))
    plain, pin, refused = open_jwe(made.data, kit.openers), seal_pin(kit), 0
    for position in random.Random(2).sample(range(len(plain)), 300):
        changed = bytearray(plain)
        changed[position] ^= 1 << (position % 8)
        sealed = EnvelopeSealer().seal(bytes(changed), Envelope.JOSE, pin)
        try:
            got = receive(kit, sealed)
        except ParcelRefused:
            refused += 1
        else:
            assert (got.manifest, got.entries) == (made.manifest.digest(), 20)
    assert refused > 250
    with kit.state.read() as tx:
        assert tx.one("SELECT count(*) FROM parcels")[0] <= 1  # type: ignore[index]  # one row
