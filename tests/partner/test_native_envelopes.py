"""The kit opens parcels of every kind that its card names, and checks both signatures in them."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.domain import parcel as zipped
from gateway.domain.ids import Envelope
from gateway.domain.parcel import Contents
from gateway.domain.statements import Reason
from gateway.domain.trust import Algorithm, Role, Trust
from keys.cms_signed import sign_detached
from keys.envelopes import EnvelopeSealer, open_sealed
from keys.generate import generate
from keys.jwk import pinned_key
from keys.raw import PrivateSigner
from partner.kit import Kit
from partner.opening import Opened, Reader
from partner.refusal import ParcelRefused
from tests.partner.factory import Gateway, block, make_kit, seal_pin


@pytest.fixture
def gateway() -> Gateway:
    """One whose manifest key for CMS is pinned too."""
    return Gateway()


def native_signer(gateway: Gateway) -> PrivateSigner:
    """Another manifest key, of a kind that openssl verifies."""
    key = generate(Algorithm.ES256)
    window = gateway.keys[0].not_before, gateway.keys[0].not_after
    gateway.keys.append(pinned_key(key.public_key(), gateway.owner, Role.MANIFEST, *window))
    return PrivateSigner(key)  # type: ignore[arg-type]  # a signing key


def as_cms(gateway: Gateway, kit: Kit, native: bytes | PrivateSigner) -> bytes:
    """The gateway's next parcel in a cms envelope, with this signature in it."""
    made = gateway.parcel(kit, block(3))
    plain = open_sealed(made.data, kit.openers, {Envelope.JOSE})[1]
    held = zipped.unpack(plain)
    mark = native if isinstance(native, bytes) else sign_detached(held.manifest, native)
    contents = Contents(held.manifest, held.signature, held.entries, held.salt, mark)
    packed = zipped.pack(contents, Envelope.CMS)
    return EnvelopeSealer().seal(packed, Envelope.CMS, seal_pin(kit))


def opened(gateway: Gateway, kit: Kit, data: bytes, *envelopes: str) -> Opened:
    """As a kit whose card names these."""
    card = replace(kit.identity.card, envelopes=envelopes)
    pins = Trust(gateway.name, gateway.keys)
    return Reader(replace(kit.identity, card=card), kit.openers, pins).open(data, gateway.at)


def test_a_cms_parcel_opens(gateway: Gateway, tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "kit", gateway)
    data = as_cms(gateway, kit, native_signer(gateway))
    assert opened(gateway, kit, data, "cms").entries == 1
    assert opened(gateway, kit, data, "jose", "cms").entries == 1


def test_an_envelope_that_the_card_does_not_name_is_refused(
    gateway: Gateway, tmp_path: Path
) -> None:
    kit = make_kit(tmp_path / "kit", gateway)
    data = as_cms(gateway, kit, native_signer(gateway))
    with pytest.raises(ParcelRefused) as caught:
        opened(gateway, kit, data, "jose")
    assert (caught.value.step, caught.value.code) == (2, Reason.CANT_OPEN)


@pytest.mark.parametrize("forged", ["stranger", "empty", "of another manifest"])
def test_a_native_signature_that_does_not_hold_spoils_the_parcel(
    gateway: Gateway, tmp_path: Path, forged: str
) -> None:
    kit = make_kit(tmp_path / "kit", gateway)
    good = native_signer(gateway)
    stranger = PrivateSigner(generate(Algorithm.ES256))  # type: ignore[arg-type]  # a signing key
    natives: dict[str, bytes | PrivateSigner] = {
        "stranger": stranger,
        "empty": b"",
        "of another manifest": sign_detached(b"{}", good),
    }
    with pytest.raises(ParcelRefused) as caught:
        opened(gateway, kit, as_cms(gateway, kit, natives[forged]), "cms")
    assert (caught.value.step, caught.value.code) == (4, Reason.BAD_SIGNATURE)


def test_the_members_are_those_of_the_envelope(gateway: Gateway, tmp_path: Path) -> None:
    kit = make_kit(tmp_path / "kit", gateway)
    plain = open_sealed(gateway.parcel(kit, block(1)).data, kit.openers, {Envelope.JOSE})[1]
    data = EnvelopeSealer().seal(plain, Envelope.CMS, seal_pin(kit))
    with pytest.raises(ParcelRefused) as caught:
        opened(gateway, kit, data, "cms")
    assert (caught.value.step, caught.value.code) == (3, Reason.MALFORMED)
