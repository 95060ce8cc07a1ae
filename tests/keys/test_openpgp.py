"""OpenPGP in both directions: our own, published vectors, and another library as the peer."""

from __future__ import annotations

import bz2
import zlib
from dataclasses import replace
from functools import partial

import pysequoia
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from pysequoia import CipherSuite, Profile, SignatureMode, Tsk

from gateway.domain.errors import InputError
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, integer, read, write
from gateway.domain.times import SECOND
from gateway.domain.trust import Algorithm, Role, Trust
from keys import openpgp, openpgp_certify, openpgp_keys, openpgp_seal, openpgp_signatures
from keys.raw import PrivateSigner
from tests.keys.openpgp_parts import (
    MANIFEST,
    SEAL,
    STATEMENT,
    TRUST,
    Opener,
    Openers,
    literal,
    newest,
    pinned,
    sealed,
    signed,
)
from tests.keys.parties import GATEWAY, NOW, OPERATOR, held, refused

PARCEL = b"PK\x03\x04 a parcel" * 100
CSV = b"#palang 7.opr-uji-a.1 sha256:ab\nentry;disposition;scope;at\n1;diblokir_total;total;x \n"


def test_a_parcel_is_sealed_and_opened() -> None:
    for data in (b"", b"x", PARCEL, bytes(3 * 1024 * 1024 + 1)):
        assert openpgp.open_sealed(openpgp.seal(data, SEAL.pin), SEAL.openers) == data


def test_a_parcel_as_armour_is_opened() -> None:
    text = armor.write(openpgp.seal(PARCEL, SEAL.pin), armor.MESSAGE)
    assert openpgp.open_sealed(text, SEAL.openers) == PARCEL
    assert openpgp.open_sealed(text.replace(b"\n", b"\r\n"), SEAL.openers) == PARCEL


def test_each_seal_has_a_key_of_its_own() -> None:
    assert openpgp.seal(PARCEL, SEAL.pin)[-100:] != openpgp.seal(PARCEL, SEAL.pin)[-100:]


def test_a_p256_key_opens_what_was_sealed_to_it() -> None:
    key = generate_private_key(SECP256R1())
    made = openpgp_certify.certify_sealing(key.public_key(), "opr-uji-a", NOW)
    pin = pinned(made.kid, made.public, OPERATOR, Role.SEAL)
    openers = Openers((Opener(made.kid, key),))
    assert openpgp.open_sealed(openpgp.seal(PARCEL, pin), openers) == PARCEL


def _deflate(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return b"\x01" + machine.compress(data) + machine.flush()


@pytest.mark.parametrize(
    "compress",
    [
        _deflate,
        lambda data: b"\x02" + zlib.compress(data),
        lambda data: b"\x03" + bz2.compress(data),
    ],
    ids=["zip", "zlib", "bzip2"],
)
def test_every_compression_of_gpg_is_read(compress: object) -> None:
    assert callable(compress)
    inner = write(Tag.COMPRESSED, compress(literal(PARCEL)))
    assert openpgp.open_sealed(sealed(inner), SEAL.openers) == PARCEL
    document = write(Tag.COMPRESSED, compress(signed(CSV)))
    assert _message(document) == CSV
    indeterminate = b"\xa3" + compress(signed(CSV))  # old header without a length, as gpg has it
    assert _message(indeterminate) == CSV


def _message(document: bytes) -> bytes:
    payload, key = openpgp.verify_message(document, OPERATOR, Role.STATEMENT, TRUST, NOW)
    assert key == STATEMENT.pin
    return payload


def test_a_detached_signature_names_its_key() -> None:
    text = openpgp.sign_detached(b"manifest", MANIFEST.signer)
    args = (b"manifest", GATEWAY, Role.MANIFEST, TRUST, NOW)
    assert openpgp.verify_detached(text, *args) == MANIFEST.pin
    raw = armor.read(text, armor.SIGNATURE)
    assert openpgp.verify_detached(raw, *args) == MANIFEST.pin


def test_a_p256_key_signs_too() -> None:
    plain = held(GATEWAY, Role.MANIFEST, Algorithm.ES256)
    public = plain.key.public_key()
    made = openpgp_certify.certify_signing(plain.signer, public, Role.MANIFEST, "palang-uji", NOW)
    pin = pinned(made.kid, made.public, GATEWAY, Role.MANIFEST)
    text = openpgp.sign_detached(b"m", openpgp.PgpSigner(pin, plain.signer, lambda: NOW))
    trust = Trust(GATEWAY.id, [pin])
    assert openpgp.verify_detached(text, b"m", GATEWAY, Role.MANIFEST, trust, NOW) == pin


def test_the_signature_says_when_by_the_given_clock() -> None:
    raw = armor.read(MANIFEST.signer.sign(b"m"), armor.SIGNATURE)
    assert openpgp_signatures.read(read(raw, "it", 1)[0].body).created == NOW // SECOND


def test_a_private_key_that_is_not_the_pins_signs_nothing() -> None:
    other = openpgp.PgpSigner(MANIFEST.pin, STATEMENT.inner, lambda: NOW)
    refused("key-file", lambda: openpgp.sign_detached(b"m", other))


def test_a_user_id_has_no_control_characters() -> None:
    for name in ("", "a\nb", "x" * 129):
        with pytest.raises(InputError, match="user id"):
            openpgp_certify.generate(Role.SEAL, name, NOW)


def test_another_kind_of_signer_makes_no_openpgp_signature() -> None:
    plain = held(GATEWAY, Role.MANIFEST).signer
    refused("wrong-alg", lambda: openpgp.sign_detached(b"m", plain))


def test_the_published_key_and_signature_hold() -> None:
    # RFC 9580 A.1 and A.2
    key = bytes.fromhex(
        "98330453f35f0b16092b06010401da470f01010740"
        "3f098994bdd916ed4053197934e4a87c80733a12"
        "80d62f8010992e43ee3b2406"
    )
    signature = bytes.fromhex(
        "885e040016080006050255f95f95000a09108cfde12197965a9af62200ff56f90cca98e2102637bd983fdb16"
        "c131dfd27ed82bf4dde5606e0d756aed33660100d09c4fa11527f038e0f57f2201d82f2ea2c9033265fa6ceb"
        "489e854bae61b404"
    )
    public = openpgp_keys.read(read(key, "the key", 1)[0].body)
    assert public.fingerprint.hex() == "c959bdbafa32a2f89a153b678cfde12197965a9a"
    found = openpgp_signatures.read(read(signature, "the signature", 1)[0].body)
    openpgp_signatures.verify(found, public, b"OpenPGP")
    refused("signature", lambda: openpgp_signatures.verify(found, public, b"OpenPGQ"))


@pytest.fixture(scope="module", params=["Cv25519", "P256"])
def peer(request: pytest.FixtureRequest) -> Tsk:
    """A partner's key by the other library, version 4."""
    suite = getattr(CipherSuite, request.param)
    return Tsk.generate("opr-uji-a", profile=Profile.RFC4880, cipher_suite=suite)


def test_the_other_library_opens_what_we_seal(peer: Tsk) -> None:
    pin = newest(bytes(peer.extract_certificate()), OPERATOR, Role.SEAL)
    opened = pysequoia.decrypt(openpgp.seal(PARCEL, pin), peer.decryptor())
    assert opened.bytes == PARCEL


def test_we_open_what_the_other_library_seals() -> None:
    certificate = pysequoia.Cert.from_bytes(SEAL.pin.public.encode())
    for armored in (True, False):
        message = pysequoia.encrypt(PARCEL, [certificate], armor=armored)
        assert openpgp.open_sealed(message, SEAL.openers) == PARCEL


def test_the_other_library_verifies_what_we_sign() -> None:
    certificate = pysequoia.Cert.from_bytes(MANIFEST.pin.public.encode())
    signature = pysequoia.Sig.from_bytes(openpgp.sign_detached(b"m", MANIFEST.signer))
    checked = pysequoia.verify(b"m", store=lambda _: [certificate], signature=signature)
    assert [one.signing_key for one in checked.valid_sigs] == [MANIFEST.pin.kid[4:]]
    document = pysequoia.verify(signed(CSV, MANIFEST), store=lambda _: [certificate])
    assert document.bytes == CSV


def test_we_verify_what_the_other_library_signs(peer: Tsk) -> None:
    pin = newest(bytes(peer.extract_certificate()), OPERATOR, Role.STATEMENT)
    args = (OPERATOR, Role.STATEMENT, Trust(GATEWAY.id, [pin]), NOW)
    signer = peer.signer()
    inline = pysequoia.sign(signer, CSV)
    assert openpgp.verify_message(inline, *args) == (CSV, pin)
    detached = pysequoia.sign(signer, CSV, mode=SignatureMode.DETACHED)
    assert openpgp.verify_detached(detached, CSV, *args) == pin
    clear = pysequoia.sign(signer, CSV, mode=SignatureMode.CLEAR)
    assert openpgp.verify_message(clear, *args) == (CSV.replace(b"x \n", b"x\n"), pin)


def test_a_revocation_and_a_window_are_those_of_the_pin() -> None:
    text = openpgp.sign_detached(b"m", STATEMENT.signer)
    for pin, reason in (
        (replace(STATEMENT.pin, not_before=NOW + 1), "key-not-valid"),
        (replace(STATEMENT.pin, not_after=NOW), "key-not-valid"),
        (replace(STATEMENT.pin, revoked=NOW), "key-revoked"),
    ):
        trust = Trust(GATEWAY.id, [pin])
        verify = partial(openpgp.verify_detached, text, b"m", OPERATOR, Role.STATEMENT, trust, NOW)
        refused(reason, verify)
    later = Trust(GATEWAY.id, [replace(STATEMENT.pin, revoked=NOW + 1)])
    assert openpgp.verify_detached(text, b"m", OPERATOR, Role.STATEMENT, later, NOW).revoked


def test_a_plain_signer_is_what_signs() -> None:
    assert isinstance(MANIFEST.signer.inner, PrivateSigner)
    assert MANIFEST.signer.alg is Algorithm.OPENPGP
    assert (MANIFEST.signer.kid, MANIFEST.signer.public) == (MANIFEST.pin.kid, MANIFEST.pin.public)


def test_an_rsa_key_opens_what_was_sealed_to_it_and_signs_nothing_here() -> None:
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    values = (n.to_bytes((n.bit_length() + 7) // 8) for n in (numbers.n, numbers.e))
    body = b"\x04" + bytes(4) + b"\x01" + b"".join(integer(value) for value in values)
    packet = openpgp_keys.read(memoryview(body))
    openers = Openers((Opener("pgp-" + packet.fingerprint.hex(), key),))
    assert openpgp.open_sealed(openpgp_seal.seal(PARCEL, packet), openers) == PARCEL
    damaged = bytearray(openpgp_seal.seal(PARCEL, packet))
    damaged[40] ^= 1
    refused("cant-open", lambda: openpgp.open_sealed(bytes(damaged), openers))
    signer = PrivateSigner(key)
    refused("wrong-alg", lambda: openpgp_signatures.sign(signer, packet, 0, b"", b"m"))


@pytest.mark.parametrize("size", [0, 191, 192, 8383, 8384, 70_000])
def test_a_packet_of_any_length_is_read_back(size: int) -> None:
    (packet,) = read(write(Tag.LITERAL, bytes(size)), "it", 1)
    assert packet.body == bytes(size)
