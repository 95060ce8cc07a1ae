"""The closed algorithm policy (threats.md E11, E18; 6)."""

import warnings

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x448
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.domain.errors import InputError, NotPermitted
from gateway.domain.trust import Algorithm, Role
from keys import generate, jwk, policy

P = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
SMALL_ED25519 = (0, 1, P - 1, _ORDER_8, P - _ORDER_8)
SMALL_X25519 = (
    0,
    1,
    P - 1,
    P,
    P + 1,
    0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0,
    0x57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F,
)


def pem(key: PublicKeyTypes) -> bytes:
    """The SubjectPublicKeyInfo of a public key of any kind."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("algorithm", "role"),
    [
        (Algorithm.ED25519, Role.STATEMENT),
        (Algorithm.ES256, Role.APPROVAL),
        (Algorithm.ECDH_X25519, Role.SEAL),
        (Algorithm.ECDH_P256, Role.SEAL),
    ],
)
def test_a_key_has_one_algorithm_and_its_role_says_which(algorithm: Algorithm, role: Role) -> None:
    key = generate.generate(algorithm)
    assert policy.algorithm(key, role) is algorithm
    assert policy.algorithm(key.public_key(), role) is algorithm


@pytest.mark.parametrize(
    ("algorithm", "role"),
    [
        (Algorithm.ED25519, Role.SEAL),
        (Algorithm.ECDH_X25519, Role.STATEMENT),
        (Algorithm.ECDH_X25519, Role.MANIFEST),
        (Algorithm.ES256, Role.CHECKPOINT),
    ],
)
def test_a_key_that_cannot_serve_the_role_is_refused(algorithm: Algorithm, role: Role) -> None:
    public = generate.generate(algorithm).public_key()
    with pytest.raises(InputError):
        policy.algorithm(public, role)
    with pytest.raises(InputError):
        jwk.import_public(pem(public), role)


def _foreign() -> list[bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weak keys on purpose
        keys: list[PublicKeyTypes] = [
            rsa.generate_private_key(65537, 1024).public_key(),  # noqa: S505  weak on purpose
            rsa.generate_private_key(65537, 2048).public_key(),
            rsa.generate_private_key(3, 3072).public_key(),
            ec.generate_private_key(ec.SECP384R1()).public_key(),
            ec.generate_private_key(ec.SECP521R1()).public_key(),
            ec.generate_private_key(ec.SECP256K1()).public_key(),
            ed448.Ed448PrivateKey.generate().public_key(),
            x448.X448PrivateKey.generate().public_key(),
            dsa.generate_private_key(1024).public_key(),  # noqa: S505  weak on purpose
        ]
        return [pem(key) for key in keys]


def test_short_rsa_keys_and_every_other_curve_are_refused_at_import() -> None:
    for text in _foreign():
        for role in Role:
            with pytest.raises(InputError):
                jwk.import_public(text, role)


@pytest.mark.parametrize("y", SMALL_ED25519)
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_an_ed25519_key_of_small_order_is_refused(y: int, sign: int) -> None:
    key = Ed25519PublicKey.from_public_bytes((y | sign).to_bytes(32, "little"))
    with pytest.raises(InputError, match="small order"):
        policy.check_point(key)


@pytest.mark.parametrize("u", SMALL_X25519)
def test_an_x25519_key_of_small_order_is_refused(u: int) -> None:
    with pytest.raises(InputError, match="small order"):
        policy.check_point(X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


def test_an_ed25519_key_off_the_curve_or_not_reduced_is_refused() -> None:
    for y in (2, P + 3, P + 18, 2**255 - 1):
        key = Ed25519PublicKey.from_public_bytes(y.to_bytes(32, "little"))
        with pytest.raises(InputError, match="not a point"):
            policy.check_point(key)


def test_honest_points_pass() -> None:
    for algorithm in (Algorithm.ED25519, Algorithm.ECDH_X25519, Algorithm.ECDH_P256):
        for _ in range(50):
            policy.check_point(generate.generate(algorithm).public_key())


def test_a_private_key_handed_in_as_public_is_refused_and_not_shown() -> None:
    key = generate.generate(Algorithm.ED25519)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(InputError, match="must never leave"):
        jwk.import_public(private, Role.STATEMENT)
    with pytest.raises(InputError, match="must never leave"):
        jwk.import_public(
            b'{"kty":"OKP","crv":"Ed25519","x":"' + b"A" * 43 + b'","d":"x"}', Role.STATEMENT
        )


def test_the_libraries_here_are_above_their_floors() -> None:
    policy.check_floors()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("cryptography", "49.0.9"),
        ("cryptography", "50.0.0rc1"),
        ("joserfc", "1.7.12"),
        ("joserfc", "1.8.0.dev1"),
        ("joserfc", "unreadable"),
    ],
)
def test_an_older_library_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, found: str
) -> None:
    monkeypatch.setattr(policy, "version", lambda asked: found if asked == name else "99.0.0")
    with pytest.raises(NotPermitted, match=name):
        policy.check_floors()


@pytest.mark.parametrize("found", ["50.0", "50.0.0", "50.0.2.post1", "51.0.0"])
def test_a_release_at_or_above_the_floor_may_run(
    monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    monkeypatch.setattr(policy, "version", lambda _name: found)
    policy.check_floors()
