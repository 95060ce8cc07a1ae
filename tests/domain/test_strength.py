"""What people read of a key: its algorithm and size, and what is weak about it."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from gateway.domain.strength import strength
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from keys import jwk
from keys.generate import generate
from keys.openpgp_certify import generate as generate_openpgp

OWNER = Owner(OwnerKind.PARTNER, "opr-uji-a")
RSA = generate_private_key(65537, 2048).public_key()


def pin(algorithm: Algorithm, role: Role) -> PinnedKey:
    return jwk.pinned_key(generate(algorithm).public_key(), OWNER, role, 0, DAY)


@pytest.mark.parametrize(
    ("algorithm", "role", "text"),
    [
        (Algorithm.ED25519, Role.STATEMENT, "Ed25519, 256 bits"),
        (Algorithm.ES256, Role.STATEMENT, "ECDSA P-256, 256 bits"),
        (Algorithm.ECDH_X25519, Role.SEAL, "X25519, 256 bits"),
        (Algorithm.ECDH_P256, Role.SEAL, "ECDH P-256, 256 bits"),
    ],
)
def test_a_curve_is_named_with_its_size(algorithm: Algorithm, role: Role, text: str) -> None:
    assert (strength(pin(algorithm, role)).text, strength(pin(algorithm, role)).weak) == (text, "")


def test_a_short_rsa_key_is_weak() -> None:
    short = jwk.pinned_key(RSA, OWNER, Role.SEAL, 0, DAY, range(2048, 4097))
    found = strength(short)
    assert found.text == "RSA (RSA-OAEP-256), 2048 bits"
    assert "2048 bits is short" in found.weak
    members = json.loads(short.public)
    longer = replace(short, public=json.dumps(members | {"n": "_" * 512}))
    assert (strength(longer).text, strength(longer).weak) == ("RSA (RSA-OAEP-256), 3072 bits", "")


@pytest.mark.parametrize("role", [Role.STATEMENT, Role.SEAL])
def test_the_key_of_a_certificate_that_the_pin_names_is_shown(role: Role) -> None:
    made = generate_openpgp(role, "Uji <uji@mitra.example>", 0)
    key = PinnedKey(made.kid, OWNER, role, Algorithm.OPENPGP, made.public, 0, DAY)
    expected = "OpenPGP X25519, 256 bits" if role is Role.SEAL else "OpenPGP Ed25519, 256 bits"
    assert (strength(key).text, strength(key).weak) == (expected, "")
    assert "no key of that fingerprint" in strength(replace(key, kid="pgp-" + "0" * 40)).weak
    assert "can't be read" in strength(replace(key, public="no certificate")).weak
