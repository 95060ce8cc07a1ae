"""Parcels sealed with sender keys that are none (E18), and keys that do not open."""

import json
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.domain.trust import Algorithm, Role
from keys import base64url, jwk
from keys.files import Opener
from keys.generate import generate
from keys.jose import open_jwe
from keys.keyring import KeyOpeners
from tests.keys.envelopes import OPENERS, header_of, sealed, with_header
from tests.keys.parties import (
    OPERATOR,
    SEAL,
    SEAL_P256,
    held,
    refused,
)


def _epk(key: object) -> dict[str, Any]:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    numbers, size = key.public_numbers(), (key.key_size + 7) // 8
    x, y = (base64url.encode(value.to_bytes(size)).decode() for value in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-384" if size == 48 else "P-256", "x": x, "y": y}


def test_e18_a_sender_key_off_the_curve_or_of_another_one_is_refused() -> None:
    header = header_of(sealed(SEAL_P256))
    off = header["epk"] | {"y": header["epk"]["x"]}
    refused(
        "cant-open",
        lambda: open_jwe(with_header(sealed(SEAL_P256), header | {"epk": off}), OPENERS),
    )
    p384 = _epk(ec.generate_private_key(ec.SECP384R1()).public_key())
    private = json.loads(SEAL_P256.pin.public) | {"d": "A" * 43}
    okp = header_of(sealed(SEAL))["epk"]
    wrong: list[Any] = [p384, okp, private, {}, [], "x", 7, {"kty": "EC"}]
    for epk in wrong:
        data = with_header(sealed(SEAL_P256), header | {"epk": epk})
        refused("malformed", partial(open_jwe, data, OPENERS))


@pytest.mark.parametrize("u", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_e18_a_sender_key_of_small_order_is_refused(u: int) -> None:
    epk = {
        "kty": "OKP",
        "crv": "X25519",
        "x": base64url.encode(u.to_bytes(32, "little")).decode(),
    }
    header = header_of(sealed(SEAL)) | {"epk": epk}
    refused("cant-open", lambda: open_jwe(with_header(sealed(SEAL), header), OPENERS))


@pytest.mark.parametrize(
    "value",
    ["", "A", "A" * 42, "A" * 44, "é" * 43, 7, None, True, ["A"], {"a": 1}, "A" * 900],
    ids=str,
)
def test_a_sender_key_with_any_other_coordinate_is_refused(value: object) -> None:
    header = header_of(sealed(SEAL))
    header["epk"]["x"] = value
    data = with_header(sealed(SEAL), json.dumps(header).encode())
    with pytest.raises(Exception) as caught:
        open_jwe(data, OPENERS)
    assert type(caught.value).__name__ == "NotVerified"


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519])
def test_a_signing_key_can_not_be_made_to_open(algorithm: Algorithm) -> None:
    key = generate(algorithm)
    opener = Opener(jwk.key_id(key.public_key()), Algorithm.ECDH_X25519, key)  # type: ignore[arg-type]  # on purpose
    data = with_header(sealed(SEAL), header_of(sealed(SEAL)) | {"kid": opener.kid})
    refused("wrong-role", lambda: open_jwe(data, KeyOpeners(opener)))


def test_a_new_seal_key_does_not_open_what_the_old_one_got() -> None:
    new = held(OPERATOR, Role.SEAL, Algorithm.ECDH_X25519)
    refused("unknown-key", lambda: open_jwe(sealed(SEAL), KeyOpeners(new.opener)))
