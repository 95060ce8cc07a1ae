"""Parcels for the tests of envelopes: ours, and what others may make."""

import json
from typing import Any

from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from gateway.domain.canonical import encode as encode_json
from gateway.domain.ids import Envelope
from keys import base64url, jose
from keys.envelopes import EnvelopeSealer
from keys.keyring import KeyOpeners
from tests.keys.parties import (
    SEAL,
    SEAL_P256,
    Held,
)

PLAIN = b"PK\x03\x04 the parcel"


OPENERS = KeyOpeners(SEAL.opener, SEAL_P256.opener)


def sealed(to: Held, plain: bytes = PLAIN) -> bytes:
    """A parcel as we seal it."""
    return EnvelopeSealer().seal(plain, Envelope.JOSE, to.pin)


def header_of(data: bytes) -> dict[str, Any]:
    """The protected header."""
    found: dict[str, Any] = json.loads(base64url.decode(data.split(b".")[0], "head"))
    return found


def with_header(data: bytes, header: dict[str, Any] | bytes) -> bytes:
    """The same parts under another header."""
    text = header if isinstance(header, bytes) else encode_json(header)
    return b".".join((base64url.encode(text), *data.split(b".")[1:]))


def foreign(header: dict[str, Any], to: Held = SEAL, plain: bytes = PLAIN) -> bytes:
    """A JWE as a sender makes it who is not bound by our policy."""
    registry = jwe.JWERegistry(
        algorithms=[header["alg"], header["enc"], "DEF"], strict_check_header=False
    )
    key = json.loads(to.pin.public)
    public = OKPKey.import_key(key) if key["kty"] == "OKP" else ECKey.import_key(key)
    return jwe.encrypt_compact(dict(header), plain, public, registry=registry).encode()


def ours(to: Held, **changed: object) -> dict[str, Any]:
    """Our header without epk, with members changed."""
    base: dict[str, Any] = {
        "alg": jose.ALG,
        "enc": jose.ENC,
        "kid": to.pin.kid,
        "typ": jose.TYP,
    }
    return base | changed
