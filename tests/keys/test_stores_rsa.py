"""OAEP of an RSA key in a token, taken off here where the token can't; all else is one word."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import cache
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from pkcs11 import MGF, Mechanism

from gateway.domain.trust import Role
from keys import stores_rsa
from keys.stores_rsa import TokenDecryption, unpadded
from tests.keys.cms_parts import rsa

KEY: Any = rsa(Role.SEAL).key
CONTENT = bytes(range(32))
OAEP_256 = OAEP(MGF1(SHA256()), SHA256(), None)


def raw(sealed: bytes) -> bytes:
    """What CKM_RSA_X_509 gives: the private operation alone (RFC 8017 5.1.2)."""
    own, number, size = KEY.private_numbers(), int.from_bytes(sealed), KEY.key_size // 8
    first, second = pow(number, own.dmp1, own.p), pow(number, own.dmq1, own.q)
    opened: int = second + (first - second) * own.iqmp % own.p * own.q
    block: bytes = opened.to_bytes(size)
    return block


@cache
def good() -> bytes:
    """A block as it should be."""
    return raw(sealed())


def sealed(content: bytes = CONTENT, padding: OAEP = OAEP_256) -> bytes:
    """A content key, sealed by the library."""
    made: bytes = KEY.public_key().encrypt(content, padding)
    return made


def test_the_padding_of_another_library_is_taken_off() -> None:
    for _ in range(3):  # each has a seed of its own
        assert unpadded(raw(sealed())) == CONTENT


_SHA1 = SHA1()  # noqa: S303  what an older tool seals with

BAD: dict[str, Callable[[], bytes]] = {
    "label": lambda: raw(sealed(padding=OAEP(MGF1(SHA256()), SHA256(), b"label"))),
    "digest": lambda: raw(sealed(padding=OAEP(MGF1(_SHA1), _SHA1, None))),
    "mask": lambda: raw(sealed(padding=OAEP(MGF1(_SHA1), SHA256(), None))),
    "shorter key": lambda: raw(sealed(CONTENT[:16])),
    "longer key": lambda: raw(sealed(CONTENT + CONTENT)),
    "first byte": lambda: b"\1" + good()[1:],
    "seed": lambda: _flipped(good(), 5),
    "data": lambda: _flipped(good(), 40),
    "last byte": lambda: _flipped(good(), -1),
    "nothing": lambda: b"",
    "short": lambda: good()[:70],
}


def _flipped(block: bytes, at: int) -> bytes:
    changed = bytearray(block)
    changed[at] ^= 1
    return bytes(changed)


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_whatever_is_wrong_is_told_in_the_same_words(make: Any) -> None:
    with pytest.raises(ValueError, match=r"^the key was not sealed with OAEP and SHA-256"):
        unpadded(make())


def test_without_its_one_comparison_another_label_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hmac, "compare_digest", lambda _one, _other: True)
    assert unpadded(BAD["label"]()) == CONTENT


class Inside(pkcs11.DecryptMixin):
    """A private key of a token that has OAEP with SHA-256, or says why not."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, [Mechanism.RSA_X_509][:0]

    def decrypt(self, data: Any, buffer_size: int = 0, **named: Any) -> bytes:
        self.asked.append(named["mechanism"])
        if named["mechanism"] is Mechanism.RSA_X_509:
            return raw(data)
        assert named["mechanism_param"] == (Mechanism.SHA256, MGF.SHA256, None)
        if self.error is not None:
            raise self.error
        opened: bytes = KEY.decrypt(data, OAEP_256)
        return opened


class Holding:
    """A token with this one key."""

    def __init__(self, inside: Inside) -> None:
        self.inside = inside

    def use(self, _key: object, act: Any) -> bytes:
        opened: bytes = act(self.inside)
        return opened


def opened_by(inside: Inside, data: bytes) -> bytes:
    token: Any = Holding(inside)
    key: Any = None
    return TokenDecryption(token, key, KEY.public_key()).decrypt(data, OAEP_256)


def test_a_token_that_has_oaep_with_sha_256_does_all_of_it() -> None:
    inside = Inside()
    assert opened_by(inside, sealed()) == CONTENT
    assert inside.asked == [Mechanism.RSA_PKCS_OAEP]


@pytest.mark.parametrize("error", stores_rsa._NOT_HERE)
def test_a_token_that_has_none_does_the_rsa_alone(error: type[Exception]) -> None:
    inside = Inside(error())
    assert opened_by(inside, sealed()) == CONTENT
    assert inside.asked == [Mechanism.RSA_PKCS_OAEP, Mechanism.RSA_X_509]


@pytest.mark.parametrize("error", stores_rsa._NOT_OPENED)
def test_what_a_token_does_not_open_is_told_in_the_same_words_too(error: type[Exception]) -> None:
    inside = Inside(error())
    with pytest.raises(ValueError, match=r"^the key was not sealed with OAEP and SHA-256"):
        opened_by(inside, sealed())
    assert inside.asked == [Mechanism.RSA_PKCS_OAEP]  # nothing else is tried: it was no other kind
