"""A second JOSE library reads what we make, and we read what it makes (design 3)."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from jwcrypto import jwe as peer_jwe  # type: ignore[import-untyped]  # it ships no types
from jwcrypto import jws as peer_jws
from jwcrypto.jwk import JWK  # type: ignore[import-untyped]  # as above
from jwcrypto.jws import InvalidJWSSignature  # type: ignore[import-untyped]  # as above

from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind
from gateway.domain.trust import Role
from keys import base64url, jose
from keys.envelopes import EnvelopeSealer
from keys.jose import open_jwe
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from tests.keys.parties import (
    ACK,
    ACK_BYTES,
    ALL,
    GATEWAY,
    NOW,
    OPERATOR,
    SEAL,
    SEAL_P256,
    STATEMENT,
    STATEMENT_ES256,
    TRUST,
    Held,
    good_header,
)

SIGNATURES = JoseSignatures()
SIGNERS = pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256], ids=["Ed25519", "ES256"])
SEALERS = pytest.mark.parametrize("to", [SEAL, SEAL_P256], ids=["X25519", "P-256"])


def private(one: Held) -> JWK:
    """Our private key as the peer holds it."""
    return JWK.from_pem(one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def public(one: Held) -> JWK:
    """Our public key as the peer holds it."""
    return JWK.from_json(one.pin.public)


def compact(token: Any) -> bytes:
    """The peer's token in compact form."""
    text: str = token.serialize(compact=True)
    return text.encode()


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.pin.role}-{one.pin.alg}")
def test_the_peer_computes_the_same_key_id(one: Held) -> None:
    assert public(one).thumbprint() == one.pin.kid


@SIGNERS
def test_the_peer_verifies_our_statement(by: Held) -> None:
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, by.signer)
    token = peer_jws.JWS()
    token.allowed_algs = [str(by.pin.alg)]
    token.deserialize(data.decode(), public(by))
    assert token.payload == ACK_BYTES
    assert json.loads(token.objects["protected"]) == good_header(by)


@SIGNERS
def test_the_peer_refuses_our_statement_when_it_was_changed(by: Held) -> None:
    head, _body, tail = SIGNATURES.sign(ACK_BYTES, Kind.ACK, by.signer).split(b".")
    token = peer_jws.JWS()
    token.allowed_algs = [str(by.pin.alg)]
    changed = b".".join((head, base64url.encode(b"{}"), tail))
    with pytest.raises(InvalidJWSSignature):
        token.deserialize(changed.decode(), public(by))


@SIGNERS
def test_we_verify_the_statement_of_the_peer(by: Held) -> None:
    token = peer_jws.JWS(ACK_BYTES)
    token.allowed_algs = [str(by.pin.alg)]
    token.add_signature(private(by), None, json.dumps(good_header(by)))
    found = SIGNATURES.open_statement(
        compact(token), OPERATOR, Role.STATEMENT, TRUST, NOW, GATEWAY.id
    )
    assert (found.statement, found.key) == (ACK, by.pin)


@SIGNERS
def test_we_verify_the_detached_signature_of_the_peer(by: Held) -> None:
    token = peer_jws.JWS(ACK_BYTES)
    token.allowed_algs = [str(by.pin.alg)]
    token.add_signature(private(by), None, json.dumps(good_header(by)))
    token.detach_payload()
    data = compact(token)
    assert b".." in data
    args = (Kind.ACK, OPERATOR, Role.STATEMENT, TRUST, NOW)
    assert SIGNATURES.verify_detached(data, ACK_BYTES, *args) == by.pin


@SEALERS
def test_the_peer_opens_our_parcel(to: Held) -> None:
    plain = bytes(range(256)) * 4000
    data = EnvelopeSealer().seal(plain, Envelope.JOSE, to.pin)
    token = peer_jwe.JWE()
    token.allowed_algs = [jose.ALG, jose.ENC]
    token.deserialize(data.decode(), private(to))
    assert token.payload == plain


@SEALERS
@pytest.mark.parametrize("spaces", [True, False])
def test_we_open_the_parcel_of_the_peer(to: Held, spaces: bool) -> None:
    plain = bytes(range(256)) * 4000
    header = {"alg": jose.ALG, "enc": jose.ENC, "kid": to.pin.kid, "typ": jose.TYP}
    separators = (", ", ": ") if spaces else (",", ":")
    token = peer_jwe.JWE(plain, json.dumps(header, separators=separators))
    token.allowed_algs = [jose.ALG, jose.ENC]
    token.add_recipient(public(to))
    assert open_jwe(compact(token), KeyOpeners(to.opener)) == plain
