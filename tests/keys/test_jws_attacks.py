"""The attacks of threats.md 1.1 on signed documents, by number; Wycheproof's cases among them."""

import base64
import hashlib
import hmac
import json
import socket
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind
from gateway.domain.trust import Role
from keys import base64url, jwk, raw
from keys.envelopes import EnvelopeSealer
from keys.jose import open_jwe
from keys.jws import MAX_CONFIRMATION, MAX_STATEMENT, JoseSignatures
from keys.keyring import KeyOpeners
from tests.keys.parties import (
    ACK_BYTES,
    GATEWAY,
    NOW,
    OPERATOR,
    SEAL,
    STATEMENT,
    STATEMENT_ES256,
    TRUST,
    Held,
    forge,
    good_header,
    held,
    refused,
)

SIGNATURES = JoseSignatures()
GOOD = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT.signer)
GOOD_ES256 = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT_ES256.signer)
BOTH = pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256], ids=["Ed25519", "ES256"])


def opened(data: bytes) -> object:
    """Open the operator's statement."""
    return SIGNATURES.open_statement(data, OPERATOR, Role.STATEMENT, TRUST, NOW, GATEWAY.id)


def part(value: object) -> bytes:
    """A JSON value as a part of a JWS."""
    return base64url.encode(json.dumps(value).encode())


def test_the_good_ones_open() -> None:
    opened(GOOD)
    opened(GOOD_ES256)


@BOTH
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 0, ["Ed25519"], {}])
def test_e1_algorithm_none_in_every_spelling_is_refused(by: Held, alg: object) -> None:
    header = part(good_header(by) | {"alg": alg})
    body, tail = GOOD.split(b".")[1:]
    refused("malformed", lambda: opened(b".".join((header, body, b""))))
    with_signature = b".".join((header, body, tail))
    # null has no form in our JSON at all; any other value is simply no algorithm of ours
    refused("malformed" if alg is None else "wrong-alg", lambda: opened(with_signature))


def test_e1_a_document_with_a_part_removed_or_emptied_is_refused() -> None:
    head, body, tail = GOOD.split(b".")
    for parts in (
        (head, body, b""),
        (head, body),
        (head,),
        (b"", body, tail),
        (head, tail),
        (head, body, tail, b""),
        (b"", b"", b""),
    ):
        refused("malformed", partial(opened, b".".join(parts)))
    refused("signature", lambda: opened(b".".join((head, b"", tail))))
    refused("malformed", lambda: opened(b""))


@pytest.mark.parametrize("signers", ["empty", "missing", "null", "object", "one", "flattened"])
def test_e2_a_json_form_is_no_statement_whoever_signed_it(signers: str) -> None:
    head, body, tail = (item.decode() for item in GOOD.split(b"."))
    one = {"protected": head, "signature": tail}
    forms: dict[str, dict[str, Any]] = {
        "empty": {"payload": body, "signatures": []},
        "missing": {"payload": body},
        "null": {"payload": body, "signatures": None},
        "object": {"payload": body, "signatures": {}},
        "one": {"payload": body, "signatures": [one]},
        "flattened": {"payload": body} | one,
    }
    refused("malformed", lambda: opened(json.dumps(forms[signers]).encode()))


def _public_forms(by: Held) -> list[bytes]:
    key = by.key.public_key()
    return [
        key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        by.pin.public.encode(),
    ]


@BOTH
@pytest.mark.parametrize(("alg", "name"), [("HS256", "sha256"), ("HS512", "sha512")])
def test_e3_e4_a_mac_keyed_by_our_public_key_is_refused_in_all_forms(
    by: Held, alg: str, name: str
) -> None:
    for secret in _public_forms(by):
        for claimed in (alg, str(by.pin.alg)):
            signed = part(good_header(by) | {"alg": claimed}) + b"." + base64url.encode(ACK_BYTES)
            mac = hmac.new(secret, signed, getattr(hashlib, name)).digest()
            data = signed + b"." + base64url.encode(mac.ljust(64, b"\0"))
            reason = "wrong-alg" if claimed == alg else "signature"
            refused(reason, partial(opened, data))


def test_e5_a_jwe_to_our_signing_key_is_refused_where_a_jws_is_due() -> None:
    pin = jwk.pinned_key(STATEMENT_ES256.key.public_key(), OPERATOR, Role.SEAL, 0, NOW)
    sealed = EnvelopeSealer().seal(ACK_BYTES, Envelope.JOSE, pin)
    refused("malformed", lambda: opened(sealed))


def test_e5_a_jws_is_refused_where_a_jwe_is_due() -> None:
    refused("malformed", lambda: open_jwe(GOOD, KeyOpeners(SEAL.opener)))
    refused("malformed", lambda: open_jwe(GOOD + b"..", KeyOpeners(SEAL.opener)))


@BOTH
@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"b64": True},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"x": 1},
        {"ALG": "Ed25519"},
    ],
    ids=lambda extra: "-".join(extra),
)
def test_e6_a_member_that_is_not_ours_is_refused_even_when_well_signed(
    by: Held, extra: dict[str, Any]
) -> None:
    data = forge(good_header(by) | extra, ACK_BYTES, by.signer)
    refused("malformed", lambda: opened(data))


@pytest.mark.parametrize("missing", ["alg", "kid", "typ"])
def test_e6_a_member_that_is_only_unprotected_is_missing(missing: str) -> None:
    header = good_header(STATEMENT)
    del header[missing]
    data = forge(header, ACK_BYTES, STATEMENT.signer)
    refused("wrong-alg" if missing == "alg" else "malformed", lambda: opened(data))


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256"])
def test_e7_a_key_that_the_message_brings_is_refused_and_not_fetched(
    member: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *name, **_: asked.append(name))
    monkeypatch.setattr(socket.socket, "connect", lambda _self, to: asked.append(to))
    attacker = held(OPERATOR, Role.STATEMENT)
    values = {
        "jwk": json.loads(attacker.pin.public),
        "x5c": [base64.b64encode(b"certificate").decode()],
    }
    value = values.get(member, "https://attacker.example/keys.json")
    for kid in (STATEMENT.pin.kid, attacker.pin.kid):
        header = good_header(STATEMENT) | {"kid": kid, member: value}
        data = forge(header, ACK_BYTES, attacker.signer)
        refused("malformed", partial(opened, data))
    assert not asked


def test_e7_a_foreign_key_under_our_key_id_is_refused() -> None:
    attacker = held(OPERATOR, Role.STATEMENT)
    data = forge(good_header(STATEMENT), ACK_BYTES, attacker.signer)
    refused("signature", lambda: opened(data))
    data = forge(good_header(attacker), ACK_BYTES, attacker.signer)
    refused("unknown-key", lambda: opened(data))


@pytest.mark.parametrize("kid", ["", "../" * 14 + "a", "a" * 42, "a" * 5000, 7, ["x"], {"a": 1}])
def test_e7_a_key_id_that_is_no_thumbprint_is_refused(kid: object) -> None:
    data = forge(good_header(STATEMENT) | {"kid": kid}, ACK_BYTES, STATEMENT.signer)
    refused("malformed", lambda: opened(data))


def test_e14_what_is_too_large_is_refused_before_it_is_taken_apart() -> None:
    refused("malformed", lambda: opened(b"." * (MAX_CONFIRMATION + 1)))
    refused("malformed", lambda: opened(b"A" * (50 * 1024 * 1024)))
    large = SIGNATURES.sign(b" " * MAX_STATEMENT + ACK_BYTES, Kind.ACK, STATEMENT.signer)
    assert "at most" in str(refused("malformed", lambda: opened(large)))
    header = good_header(STATEMENT) | {"typ": "palang-ack+jws" * 500}
    refused("malformed", lambda: opened(forge(header, ACK_BYTES, STATEMENT.signer)))
    mark = SIGNATURES.sign_detached(ACK_BYTES, "ack", STATEMENT.signer)
    args = ("ack", OPERATOR, Role.STATEMENT, TRUST, NOW)
    refused("malformed", lambda: SIGNATURES.verify_detached(mark + b"A" * 1024, ACK_BYTES, *args))


HEADER_TRICKS = {
    "a member twice": '{"alg":"Ed25519","alg":"Ed25519","kid":"KID","typ":"palang-ack+jws"}',
    "none, then ours": '{"alg":"none","alg":"Ed25519","kid":"KID","typ":"palang-ack+jws"}',
    "escaped twin": '{"alg":"Ed25519","\\u0061lg":"none","kid":"KID","typ":"palang-ack+jws"}',
    "a BOM": '\ufeff{"alg":"Ed25519","kid":"KID","typ":"palang-ack+jws"}',
    "NaN": '{"alg":"Ed25519","kid":"KID","typ":NaN}',
    "1e999": '{"alg":"Ed25519","kid":"KID","typ":1e999}',
    "two values": '{"alg":"Ed25519","kid":"KID","typ":"palang-ack+jws"}{}',
    "a list": '["alg","kid","typ"]',
    "a string": '"alg"',
    "nothing": "",
    "a lone surrogate": '{"alg":"Ed25519","kid":"KID","typ":"\\ud800"}',
    "deep": "[" * 200,
}


@pytest.mark.parametrize("trick", HEADER_TRICKS)
def test_e15_a_header_that_two_parsers_read_differently_is_refused(trick: str) -> None:
    header = HEADER_TRICKS[trick].replace("KID", STATEMENT.pin.kid).encode()
    refused("malformed", lambda: opened(forge(header, ACK_BYTES, STATEMENT.signer)))


BODY_TRICKS = {
    "a member twice": ACK_BYTES[:-1] + b',"iss":"opr-uji-a"}',
    "deep twin": ACK_BYTES[:-1] + b',"x":{"y":1,"y":2}}',
    "NaN": ACK_BYTES[:-1] + b',"x":NaN}',
    "Infinity": ACK_BYTES[:-1] + b',"x":-Infinity}',
    "1e999": ACK_BYTES[:-1] + b',"x":1e999}',
    "a fraction": ACK_BYTES[:-1] + b',"x":1.5}',
    "2^53": ACK_BYTES[:-1] + b',"x":9007199254740992}',
    "huge": ACK_BYTES[:-1] + b',"x":' + b"9" * 5000 + b"}",
    "null": ACK_BYTES[:-1] + b',"x":null}',
    "a lone surrogate": ACK_BYTES[:-1] + b',"x":"\\udc00"}',
    "a BOM": b"\xef\xbb\xbf" + ACK_BYTES,
    "not UTF-8": ACK_BYTES[:-1] + b',"x":"\xff"}',
    "deep": ACK_BYTES[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two values": ACK_BYTES + b"{}",
    "no object": b"[]",
    "nothing": b"",
}


@pytest.mark.parametrize("trick", BODY_TRICKS)
def test_e15_a_body_that_two_parsers_read_differently_is_refused(trick: str) -> None:
    refused(
        "malformed",
        lambda: opened(forge(good_header(STATEMENT), BODY_TRICKS[trick], STATEMENT.signer)),
    )


@BOTH
def test_e16_a_second_text_of_the_same_bytes_is_refused(by: Held) -> None:
    good = SIGNATURES.sign(ACK_BYTES, Kind.ACK, by.signer)
    head, body, tail = good.split(b".")
    for parts in (
        (head + b"=", body, tail),
        (head, body, tail + b"="),
        (b" " + head, body, tail),
        (head, body, tail[:-1] + bytes([tail[-1] + 1])),
    ):
        data = b".".join(parts)
        assert data != good
        assert _reason(data) == "malformed"
    assert _reason(good + b"\n") == "malformed"
    assert _reason(b".".join((head, body + b"\n", tail))) == "signature"
    signed = head + b"." + body + b"\n"
    own = signed + b"." + base64url.encode(by.signer.sign(signed))
    assert _reason(own) == "malformed"


def _reason(data: bytes) -> str:
    with pytest.raises(NotVerified) as caught:
        opened(data)
    return caught.value.reason


def test_e17_a_signature_cut_short_or_stretched_is_refused() -> None:
    for good in (GOOD, GOOD_ES256):
        head, body, tail = good.split(b".")
        bits = base64url.decode(tail, "tail")
        for size in range(64):
            cut = b".".join((head, body, base64url.encode(bits[:size])))
            refused("malformed", partial(opened, cut))
        long = b".".join((head, body, base64url.encode(bits + b"\0")))
        refused("malformed", partial(opened, long))


@pytest.mark.parametrize("r", [0, 1, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, 2**256 - 1])
def test_e18_an_es256_signature_of_edge_values_is_refused(r: int, s: int) -> None:
    head, body, _tail = GOOD_ES256.split(b".")
    tail = base64url.encode(r.to_bytes(32) + s.to_bytes(32))
    refused("signature", lambda: opened(b".".join((head, body, tail))))


def test_e18_an_ed25519_signature_with_s_beyond_the_order_is_refused() -> None:
    head, body, tail = GOOD.split(b".")
    bits = base64url.decode(tail, "tail")
    order = 2**252 + 27742317777372353535851937790883648493
    beyond = int.from_bytes(bits[32:], "little") + order
    forged = base64url.encode(bits[:32] + beyond.to_bytes(32, "little"))
    refused("signature", lambda: opened(b".".join((head, body, forged))))


def test_e17_a_signature_with_a_zero_slipped_in_is_no_second_form_of_it() -> None:
    good = STATEMENT_ES256.signer.sign(b"data")
    raw.verify(STATEMENT_ES256.pin, good, b"data")
    for changed in (good[:32] + b"\0" + good[32:], good + b"\0", good[:-1]):
        refused("signature", partial(raw.verify, STATEMENT_ES256.pin, changed, b"data"))


def test_a_sealing_key_verifies_nothing() -> None:
    refused("signature", partial(raw.verify, SEAL.pin, bytes(64), b"data"))
