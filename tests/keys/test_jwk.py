"""Key ids, pinned texts and what a person hands in."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.trust import Algorithm, Role
from keys import base64url, jwk
from keys.generate import generate
from tests.keys.parties import ALL, FROM, NOW, OPERATOR, SEAL_P256, STATEMENT, UNTIL, refused


def test_the_thumbprint_is_that_of_rfc_8037_appendix_a_3() -> None:
    public = '{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    assert jwk.thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_pinned_key_comes_back_as_the_same_key() -> None:
    for one in ALL:
        assert jwk.public_text(jwk.public_key(one.pin)) == one.pin.public
        assert jwk.key_id(one.key.public_key()) == one.pin.kid


def test_a_pin_whose_id_is_not_its_thumbprint_is_refused() -> None:
    other = next(one.pin for one in ALL if one.pin.kid != STATEMENT.pin.kid)
    refused("malformed", lambda: jwk.public_key(replace(STATEMENT.pin, kid=other.kid)))
    refused("malformed", lambda: jwk.public_key(replace(STATEMENT.pin, public=other.public)))


def test_a_pin_with_the_algorithm_of_another_key_is_refused() -> None:
    wrong = replace(STATEMENT.pin, alg=Algorithm.ES256)
    refused("malformed", lambda: jwk.public_key(wrong))
    sealing = replace(SEAL_P256.pin, alg=Algorithm.ECDH_X25519)
    refused("malformed", lambda: jwk.public_key(sealing))


def _with(public: str, **members: object) -> str:
    changed = json.loads(public) | members
    return json.dumps(changed, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    "members",
    [
        {"use": "sig"},
        {"kty": "RSA"},
        {"kty": "oct"},
        {"crv": "Ed448"},
        {"crv": "X25519"},
        {"x": "A" * 42},
        {"x": "A" * 42 + "B"},
        {"x": "A" * 42 + "="},
        {"x": 7},
        {"x": ["A"]},
    ],
)
def test_a_pinned_text_of_another_form_is_refused(members: dict[str, object]) -> None:
    public = _with(STATEMENT.pin.public, **members)
    pin = replace(STATEMENT.pin, public=public, kid=jwk.thumbprint(public))
    refused("malformed", lambda: jwk.public_key(pin))


def test_a_p256_point_off_the_curve_is_refused() -> None:
    public = _with(SEAL_P256.pin.public, x="A" * 43)
    pin = replace(SEAL_P256.pin, public=public, kid=jwk.thumbprint(public))
    refused("malformed", lambda: jwk.public_key(pin))


def test_a_weak_key_in_a_trust_file_is_refused_when_it_is_used() -> None:
    public = _with(STATEMENT.pin.public, x="A" * 43)
    pin = replace(STATEMENT.pin, public=public, kid=jwk.thumbprint(public))
    refused("malformed", lambda: jwk.public_key(pin))


def test_a_key_that_ends_before_it_begins_is_not_pinned() -> None:
    key = generate(Algorithm.ED25519).public_key()
    with pytest.raises(InputError):
        jwk.pinned_key(key, OPERATOR, Role.STATEMENT, UNTIL, FROM)
    with pytest.raises(InputError):
        jwk.pinned_key(key, OPERATOR, Role.SEAL, FROM, UNTIL)


@pytest.mark.parametrize(
    ("role", "member", "value"),
    [
        (Role.SEAL, "use", "sig"),
        (Role.SEAL, "key_ops", ["verify"]),
        (Role.STATEMENT, "key_ops", ["deriveBits"]),
        (Role.STATEMENT, "key_ops", []),
        (Role.STATEMENT, "key_ops", "verify"),
        (Role.STATEMENT, "key_ops", [["verify"]]),
        (Role.STATEMENT, "use", "enc"),
        (Role.STATEMENT, "alg", "ECDH-ES+A256KW"),
        (Role.STATEMENT, "alg", "ES384"),
        (Role.STATEMENT, "kid", "another"),
    ],
)
def test_a_jwk_with_another_use_than_the_role_is_refused(
    role: Role, member: str, value: object
) -> None:
    text = _with(SEAL_P256.pin.public, **{member: value}).encode()
    with pytest.raises(InputError, match=member):
        jwk.import_public(text, role)


def test_a_jwk_and_a_pem_of_a_good_key_are_imported() -> None:
    text = _with(SEAL_P256.pin.public, use="enc", alg="ECDH-ES+A256KW", kid=SEAL_P256.pin.kid)
    assert jwk.key_id(jwk.import_public(text.encode(), Role.SEAL)) == SEAL_P256.pin.kid
    for operations in ([], ["deriveBits"]):
        text = _with(SEAL_P256.pin.public, key_ops=operations)
        assert jwk.key_id(jwk.import_public(text.encode(), Role.SEAL)) == SEAL_P256.pin.kid
    text = _with(STATEMENT.pin.public, key_ops=["verify"])
    assert jwk.key_id(jwk.import_public(text.encode(), Role.STATEMENT)) == STATEMENT.pin.kid


@given(st.binary(max_size=300))
def test_no_bytes_make_the_import_raise_anything_but_an_input_error(data: bytes) -> None:
    for text in (data, b"-----BEGIN PUBLIC KEY-----\n" + data, b'{"kty":"OKP",' + data):
        with pytest.raises(InputError):
            jwk.import_public(text, Role.STATEMENT)


def test_an_oversize_key_is_refused_unread() -> None:
    with pytest.raises(InputError, match="at most"):
        jwk.import_public(b"{" * 5000, Role.STATEMENT)


def test_the_phone_text_is_short_and_follows_the_id() -> None:
    text = jwk.phone_text(STATEMENT.pin.kid)
    assert [len(group) for group in text.split(" ")] == [4] * 8
    raw = base64url.decode(STATEMENT.pin.kid.encode(), "kid")
    assert jwk.phone_text("sha256:" + raw.hex()) == text
    assert jwk.phone_text(ALL[0].pin.kid) != text


@given(st.binary(max_size=200))
def test_base64url_reads_back_what_it_writes(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data), "it") == data


@given(st.text("AQgBQz-_+/= \n.", max_size=12))
def test_base64url_takes_only_the_form_that_it_writes(text: str) -> None:
    try:
        data = base64url.decode(text.encode(), "it")
    except NotVerified as error:
        assert error.reason == "malformed"
    else:
        assert base64url.encode(data) == text.encode()


def test_a_pin_is_valid_from_its_first_moment_to_before_its_last() -> None:
    assert STATEMENT.pin.valid_at(NOW)
    assert not STATEMENT.pin.valid_at(UNTIL)
