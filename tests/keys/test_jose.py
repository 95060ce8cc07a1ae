"""Sealed parcels, and the attacks of threats.md 1.1 on them, by number."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey

from gateway.domain.canonical import encode as encode_json
from gateway.domain.ids import Envelope
from gateway.domain.parcel import MAX_PARCEL
from keys import base64url, jose
from keys.envelopes import MAX_PLAIN, EnvelopeSealer
from keys.files import Opener
from keys.jose import open_jwe
from tests.keys.envelopes import OPENERS, PLAIN, foreign, header_of, ours, sealed, with_header
from tests.keys.parties import (
    OTHER_SEAL,
    SEAL,
    SEAL_P256,
    STATEMENT,
    STATEMENT_ES256,
    Held,
    refused,
)

BOTH = pytest.mark.parametrize("to", [SEAL, SEAL_P256], ids=["X25519", "P-256"])


@BOTH
@given(plain=st.binary(max_size=400))
def test_what_was_sealed_comes_out(to: Held, plain: bytes) -> None:
    data = sealed(to, plain)
    assert open_jwe(data, OPENERS) == plain
    assert set(header_of(data)) == {"alg", "enc", "epk", "kid", "typ"}


@BOTH
def test_the_peer_library_makes_parcels_that_open(to: Held) -> None:
    assert open_jwe(foreign(ours(to), to), OPENERS) == PLAIN


def test_a_parcel_of_five_megabytes_opens() -> None:
    plain = bytes(range(256)) * 20_000
    assert open_jwe(sealed(SEAL, plain), OPENERS) == plain


@pytest.mark.long
def test_a_parcel_of_the_largest_entries_file_opens() -> None:
    plain = bytes(128 * 1024 * 1024)
    assert open_jwe(sealed(SEAL_P256, plain), OPENERS) == plain


def test_a_parcel_beyond_the_limit_is_not_made_and_not_read() -> None:
    refused("too-large", lambda: sealed(SEAL, bytes(MAX_PLAIN + 1)))
    refused("malformed", lambda: open_jwe(bytes(MAX_PARCEL + 1), OPENERS))


def test_a_large_parcel_is_refused_for_its_size_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    good = sealed(SEAL)
    monkeypatch.setattr(jose, "MAX_PARCEL", len(good))
    assert open_jwe(good, OPENERS) == PLAIN
    monkeypatch.setattr(jose, "MAX_PARCEL", len(good) - 1)
    assert "at most" in str(refused("malformed", lambda: open_jwe(good, _NoOpeners())))


@pytest.mark.parametrize("kid", ["", "../" + "a" * 40, "a" * 42, "a" * 44, 7, ["a"], {"a": 1}])
def test_a_key_id_that_is_no_thumbprint_is_refused(kid: object) -> None:
    header = header_of(sealed(SEAL)) | {"kid": kid}
    refused("malformed", lambda: open_jwe(with_header(sealed(SEAL), header), _NoOpeners()))


def test_nothing_is_sealed_to_a_key_that_is_no_seal_key() -> None:
    refused("wrong-role", lambda: sealed(STATEMENT))
    refused("wrong-role", lambda: sealed(STATEMENT_ES256))
    swapped = replace(SEAL.pin, public=OTHER_SEAL.pin.public)
    refused("malformed", lambda: EnvelopeSealer().seal(PLAIN, Envelope.JOSE, swapped))


def test_a_parcel_for_another_is_refused() -> None:
    refused("unknown-key", lambda: open_jwe(sealed(OTHER_SEAL), OPENERS))
    renamed = with_header(sealed(OTHER_SEAL), header_of(sealed(OTHER_SEAL)) | {"kid": SEAL.pin.kid})
    refused("cant-open", lambda: open_jwe(renamed, OPENERS))


@BOTH
@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "ECDH-ES"},
        {"alg": "ECDH-ES+A128KW"},
        {"alg": "dir"},
        {"alg": "RSA1_5"},
        {"alg": "RSA-OAEP"},
        {"alg": "A256KW"},
        {"alg": "none"},
        {"alg": ["ECDH-ES+A256KW"]},
        {"alg": {}},
        {"enc": "A128GCM"},
        {"enc": "A256CBC-HS512"},
        {"enc": ""},
        {"enc": 7},
    ],
    ids=lambda changed: str(changed),
)
def test_another_algorithm_is_refused_before_any_key_is_touched(
    to: Held, changed: dict[str, Any]
) -> None:
    data = with_header(sealed(to), header_of(sealed(to)) | changed)
    refused("wrong-alg", lambda: open_jwe(data, _NoOpeners()))


class _NoOpeners:
    """Openers that must not be asked."""

    def opener(self, kid: str) -> Opener:
        """Fail the test."""
        raise AssertionError(f"the key {kid} was asked for")

    def named(self, identifier: bytes) -> Opener:
        """Fail the test."""
        raise AssertionError(f"the key {identifier.hex()} was asked for")


@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A128KW"])
def test_a_well_made_parcel_of_a_weaker_kind_is_refused(alg: str) -> None:
    data = foreign(ours(SEAL, alg=alg))
    refused("wrong-alg" if b".." not in data else "malformed", lambda: open_jwe(data, OPENERS))


@BOTH
@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"apu": "QQ", "apv": "QQ"},
        {"p2c": 1000, "p2s": "QQ"},
        {"jwk": {"kty": "OKP"}},
        {"jku": "https://attacker.example"},
        {"x5u": "https://attacker.example"},
        {"x5c": ["QQ=="]},
        {"skid": "x"},
        {"iv": "QQ", "tag": "QQ"},
        {"cty": "zip"},
    ],
    ids=lambda extra: "-".join(extra),
)
def test_e6_e7_a_member_that_is_not_ours_is_refused(to: Held, extra: dict[str, Any]) -> None:
    data = with_header(sealed(to), header_of(sealed(to)) | extra)
    refused("malformed", lambda: open_jwe(data, _NoOpeners()))


@pytest.mark.parametrize("missing", ["kid", "epk", "typ"])
def test_a_member_that_is_missing_is_refused(missing: str) -> None:
    header = header_of(sealed(SEAL))
    del header[missing]
    refused("malformed", lambda: open_jwe(with_header(sealed(SEAL), header), _NoOpeners()))


@pytest.mark.parametrize("typ", ["palang-ack+jws", "JWT", "palang-parcel+jwe ", "", 7])
def test_e8_a_jwe_of_another_type_is_refused(typ: object) -> None:
    data = foreign(ours(SEAL, typ=typ)) if isinstance(typ, str) and typ else None
    header = header_of(sealed(SEAL)) | {"typ": typ}
    for item in filter(None, (data, with_header(sealed(SEAL), header))):
        refused("wrong-typ", partial(open_jwe, item, _NoOpeners()))


def test_e12_a_compressed_parcel_is_refused_before_it_is_inflated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb = foreign(ours(SEAL, zip="DEF"), plain=bytes(200_000))

    def inflate(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("inflated")

    monkeypatch.setattr(zlib, "decompress", inflate)
    monkeypatch.setattr(zlib, "decompressobj", inflate)
    refused("malformed", lambda: open_jwe(bomb, _NoOpeners()))


def test_e13_a_password_parcel_is_refused_before_any_hashing() -> None:
    registry = jwe.JWERegistry(algorithms=["PBES2-HS256+A128KW", jose.ENC])
    header = ours(SEAL, alg="PBES2-HS256+A128KW")
    made = jwe.encrypt_compact(header, PLAIN, OctKey.import_key("secret" * 6), registry=registry)
    parts = made.encode().split(b".")
    parts[1] = b"A" * 54  # the length of ours, so that the header is what refuses it
    huge = header_of(made.encode()) | {"p2c": 2**31 - 1}
    refused("wrong-alg", lambda: open_jwe(with_header(b".".join(parts), huge), _NoOpeners()))


def test_e14_a_long_header_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(jose, "decode", parsed)
    for head in (b"", b"A" * (jose.MAX_HEADER + 4), b"A" * 5_000_000):
        data = b".".join((head, *sealed(SEAL).split(b".")[1:]))
        refused("malformed", partial(open_jwe, data, _NoOpeners()))


HEADER_TRICKS: dict[str, Callable[[str], str]] = {
    "alg twice": lambda text: text.replace("{", '{"alg":"dir",', 1),
    "kid twice": lambda text: text.replace("{", '{"kid":"x",', 1),
    "epk twin inside": lambda text: text.replace('"kty"', '"kty":"EC","kty"', 1),
    "a BOM": lambda text: "\ufeff" + text,
    "NaN": lambda text: text.replace('"typ":', '"typ":NaN,"x":', 1),
    "two values": lambda text: text + "{}",
    "a list": lambda text: f"[{text}]",
    "nothing": lambda _text: "{",
}


@pytest.mark.parametrize("trick", HEADER_TRICKS)
def test_e15_a_header_that_two_parsers_read_differently_is_refused(trick: str) -> None:
    text = encode_json(header_of(sealed(SEAL))).decode()
    tricky = HEADER_TRICKS[trick](text).encode()
    refused("malformed", lambda: open_jwe(with_header(sealed(SEAL), tricky), _NoOpeners()))


@pytest.mark.parametrize("size", range(16))
def test_e17_a_tag_cut_short_is_refused(size: int) -> None:
    *parts, tag = sealed(SEAL).split(b".")
    cut = base64url.encode(base64url.decode(tag, "tag")[:size])
    refused("malformed", lambda: open_jwe(b".".join((*parts, cut)), _NoOpeners()))


def test_e17_every_envelope_has_its_own_nonce_content_key_and_sender_key() -> None:
    made = [sealed(SEAL).split(b".") for _ in range(300)]
    for index in (0, 1, 2, 3, 4):
        assert len({parts[index] for parts in made}) == 300


@BOTH
@pytest.mark.parametrize("index", range(5))
def test_each_part_is_protected(to: Held, index: int) -> None:
    one, other = sealed(to).split(b"."), sealed(to).split(b".")
    one[index] = other[index]
    refused("cant-open", lambda: open_jwe(b".".join(one), OPENERS))


def test_a_second_text_of_the_same_parcel_is_refused() -> None:
    good = sealed(SEAL)
    head, key, nonce, content, tag = good.split(b".")
    for parts in (
        (head, key, nonce, content + b"=", tag),
        (head, key, nonce, content[:4] + b"\n" + content[4:], tag),
        (head, key, nonce, content.replace(b"_", b"/").replace(b"-", b"+") + b"+", tag),
        (head + b"=", key, nonce, content, tag),
        (head, key, nonce, content, tag[:-1] + bytes([tag[-1] + 1])),
    ):
        refused("malformed", partial(open_jwe, b".".join(parts), OPENERS))
    refused("malformed", lambda: open_jwe(good + b"\n", OPENERS))
