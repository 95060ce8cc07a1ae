"""Wycheproof through what we assemble ourselves: key wrap, recipients and contents of CMS, and the
signatures of every form. An error that is not a refusal of ours fails too."""

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from gateway.domain.cms import der, names
from gateway.domain.openpgp.packets import Packet, Tag
from gateway.domain.trust import Algorithm, PinnedKey, Role
from keys import (
    base64url,
    cms_recipients,
    cms_signers,
    jose,
    jose_recipient,
    jwk,
    openpgp_seal,
    policy,
    raw,
)
from keys.cms_recipients import Sealed
from keys.cms_sealed import open_cms
from keys.files import Opener
from keys.keyring import KeyOpeners
from tests.keys.cms_parts import sealed
from tests.keys.parties import FROM, OPERATOR, SEAL, SEAL_P256, UNTIL
from tests.keys.wycheproof import Case, judged

OPENERS = KeyOpeners(SEAL.opener, SEAL_P256.opener)
WRAP = der.sequence(names.AES_256_WRAP)


def pin(key: policy.PublicKey, role: Role = Role.STATEMENT) -> PinnedKey:
    return jwk.pinned_key(key, OPERATOR, role, FROM, UNTIL)


def is_256(case: Case) -> bool:
    return case.group.get("keySize") == 256


def test_a_cms_content_opens_only_with_its_whole_tag_and_nonce() -> None:
    """AuthEnvelopedData has no additional data here, 12 bytes of nonce, 16 of tag, AES-256."""

    def opened(case: Case) -> bytes:
        recipients = cms_recipients.write(case["key"], jwk.public_key(SEAL_P256.pin))
        message = sealed(
            recipients=recipients,
            nonce=case["iv"],
            tag=case["tag"],
            content=der.tlv(0x80, case["ct"]),
        )
        return open_cms(message, OPENERS)

    def other(case: Case) -> bool:
        sizes = tuple(case.group[name] for name in ("keySize", "ivSize", "tagSize"))
        return sizes != (256, 96, 128) or bool(case["aad"])

    assert judged("aes_gcm", opened, lambda case: case["msg"], stricter=other) == 316


def test_a_jose_content_opens_under_its_header_alone() -> None:
    """The header is the additional data; other sizes never come so far."""

    def opened(case: Case) -> bytes:
        content = memoryview(base64url.encode(case["ct"]))
        parts = jose._Parts(case["aad"], {}, "", b"", case["iv"], content, case["tag"])
        return jose._decrypted(parts, case["key"])

    def ours(case: Case) -> bool:
        sizes = tuple(case.group[name] for name in ("keySize", "ivSize", "tagSize"))
        return sizes == (256, 96, 128)

    assert judged("aes_gcm", opened, lambda case: case["msg"], among=ours) == 66


def test_a_wrapped_content_key_of_jose_is_judged_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwrapped(case: Case) -> bytes:
        monkeypatch.setattr(jose_recipient, "derive", lambda _secret: case["key"])
        return jose_recipient.unwrap(case["ct"], SEAL_P256.pin.public, SEAL_P256.key)

    assert judged("aes_wrap", unwrapped, lambda case: case["msg"], among=is_256) > 50


def test_a_wrapped_content_key_is_judged_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """AES key wrap where our recipient uses it: under the key that was agreed on."""

    def unwrapped(case: Case) -> bytes:
        derive = {names.ECDH_X963_SHA256: lambda _secret, _info: case["key"]}
        monkeypatch.setattr(cms_recipients, "_DERIVE", derive)
        key = SEAL_P256.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        point = uncompressed(key.public_key())
        algorithm = der.sequence(names.ECDH_X963_SHA256, WRAP)
        found = Sealed(SEAL_P256.opener.identifier, algorithm, case["ct"], names.EC_KEY, point)
        return cms_recipients.content_key(found, OPENERS, len(case["msg"]))

    assert judged("aes_wrap", unwrapped, lambda case: case["msg"], among=is_256) > 50


def uncompressed(key: ec.EllipticCurvePublicKey) -> bytes:
    numbers = key.public_numbers()
    return b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


@cache
def rsa_opener(encoded: str) -> Opener:
    key = load_der_private_key(bytes.fromhex(encoded), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return Opener(jwk.key_id(key.public_key()), Algorithm.RSA_OAEP, key)


@pytest.mark.parametrize("name", ["rsa_oaep_2048_sha256", "rsa_oaep_3072_sha256"])
def test_an_rsa_recipient_opens_what_oaep_says_and_nothing_else(name: str) -> None:
    def opened(case: Case) -> bytes:
        opener = rsa_opener(case.group["privateKeyPkcs8"])
        found = Sealed(opener.identifier, cms_recipients._OAEP, case["ct"])
        return cms_recipients.content_key(found, KeyOpeners(opener), len(case["msg"]))

    labelled = judged(
        name, opened, lambda case: case["msg"], stricter=lambda case: bool(case["label"])
    )
    assert labelled == 37


def test_an_rsa_signature_is_pss_with_sha256_and_its_salt() -> None:
    def verified(case: Case) -> None:
        numbers = (int(case.group["publicKey"][one], 16) for one in ("publicExponent", "modulus"))
        raw.verify(pin(rsa.RSAPublicNumbers(*numbers).public_key()), case["sig"], case["msg"])

    assert judged("rsa_pss_3072_sha256", verified) == 108


def p256(case: Case) -> PinnedKey:
    encoded = bytes.fromhex(case.group["publicKey"])
    return pin(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoded))


def test_an_ecdsa_signature_of_cms_has_one_writing() -> None:
    form = cms_signers.form_of(Algorithm.ES256)

    def verified(case: Case) -> None:
        key = p256(case)
        signature = form.from_cms(case["sig"], key.kid)
        assert form.to_cms(signature) == case["sig"]
        raw.verify(key, signature, case["msg"])

    assert judged("ecdsa_p256_sha256", verified) == 484


def test_an_ecdsa_signature_of_jose_has_its_64_bytes() -> None:
    def verified(case: Case) -> None:
        raw.verify(p256(case), case["sig"], case["msg"])

    assert judged("ecdsa_p256_sha256_p1363", verified) == 262


def test_an_ed25519_signature_is_not_malleable() -> None:
    def verified(case: Case) -> None:
        encoded = bytes.fromhex(case.group["publicKey"])
        raw.verify(
            pin(ed25519.Ed25519PublicKey.from_public_bytes(encoded)), case["sig"], case["msg"]
        )

    def small(case: Case) -> bool:
        return "SmallOrderPublicKey" in case.flags

    assert judged("ed25519", verified, stricter=small) == 210


def test_an_x25519_originator_of_small_order_agrees_on_nothing() -> None:
    def agreed(case: Case) -> bytes:
        key = X25519PrivateKey.from_private_bytes(case["private"])
        return cms_recipients._agree(key, case["public"])

    def small(case: Case) -> bool:
        return "ZeroSharedSecret" in case.flags

    assert judged("x25519", agreed, lambda case: case["shared"], stricter=small) == 518


def test_a_p256_originator_is_a_point_of_the_curve() -> None:
    def agreed(case: Case) -> bytes:
        number = int.from_bytes(case["private"])
        key = ec.derive_private_key(number, ec.SECP256R1())
        return cms_recipients._agree(key, case["public"])

    assert judged("ecdh_p256", agreed, lambda case: case["shared"]) == 355


def test_the_key_that_wraps_comes_from_hkdf() -> None:
    """We take 32 bytes under no salt; more or fewer of a vector begin or end in the same ones."""

    def same(case: Case) -> bool:
        return (
            cms_recipients._hkdf(case["ikm"], case["info"])[: len(case["okm"])] == case["okm"][:32]
        )

    def ours(case: Case) -> bool:
        return not case["salt"] and case.result == "valid"

    assert judged("hkdf_sha256", same, lambda _: True, among=ours) > 10


def test_an_openpgp_message_that_wraps_nothing_does_not_open() -> None:
    """Whatever point it names: of small order, on the twist, not canonical."""

    def opened(case: Case) -> bytes:
        key = X25519PrivateKey.from_private_bytes(case["private"])
        body = b"\x03" + bytes(8) + b"\x12" + b"\x01\x07\x40" + case["public"] + b"\x28" + bytes(40)
        packet = Packet(Tag.PKESK, memoryview(body))
        opener = Opener("pgp-" + "0" * 40, Algorithm.OPENPGP, key)
        return openpgp_seal.session_key(packet, opener)

    assert judged("x25519", opened, stricter=lambda _: True) == 518
