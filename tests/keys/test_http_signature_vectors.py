"""The library against RFC 9421 appendix B: keys B.1.3, B.1.4; signatures B.2.4, B.2.6."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519

CREATED = datetime.fromtimestamp(1618884473, UTC)

ED25519_PRIVATE = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
ED25519_PUBLIC = b"""-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----
"""
P256_PUBLIC = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----
"""
B24_INPUT = (
    'sig-b24=("@status" "content-type" "content-digest" "content-length")'
    ';created=1618884473;keyid="test-key-ecc-p256"'
)
B24 = (
    "sig-b24=:wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32"
    "oiasw==:"
)
B26_COVERED = ("date", "@method", "@path", "@authority", "content-type", "content-length")
B26_INPUT = (
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
B26 = (
    "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPp"
    "BKRCw==:"
)


@dataclass
class Request:
    """test-request of B.2."""

    method: str = "POST"
    url: str = "https://example.com/foo?param=Value&Pet=dog"
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "Host": "example.com",
            "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "Content-Type": "application/json",
            "Content-Length": "18",
        }
    )


@dataclass
class Response:
    """test-response of B.2."""

    request: Request
    status_code: int = 200
    headers: dict[str, str] = field(
        default_factory=lambda: {
            "Date": "Tue, 20 Apr 2021 02:07:56 GMT",
            "Content-Type": "application/json",
            "Content-Digest": (
                "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0r"
                "jJuahq4l5aGgfLQ==:"
            ),
            "Content-Length": "23",
            "Signature-Input": B24_INPUT,
            "Signature": B24,
        }
    )


def keys(public: dict[str, bytes], private: dict[str, bytes]) -> MappingKeyResolver:
    opened: Any = {name: load_pem_private_key(pem, None) for name, pem in private.items()}
    pinned: Any = {name: load_pem_public_key(pem) for name, pem in public.items()}
    return MappingKeyResolver(public_keys=pinned, private_keys=opened)


def test_b26_is_made_byte_for_byte() -> None:
    request = Request()
    signer = HTTPMessageSigner(
        signature_algorithm=ED25519, key_resolver=keys({}, {"test-key-ed25519": ED25519_PRIVATE})
    )
    signer.sign(
        request,
        key_id="test-key-ed25519",
        created=CREATED,
        label="sig-b26",
        include_alg=False,
        covered_component_ids=B26_COVERED,
    )
    assert request.headers["Signature-Input"] == B26_INPUT
    assert request.headers["Signature"] == B26


class Then(HTTPMessageVerifier):
    """A verifier that lives in 2021, and takes a signature without a tag."""

    allow_label_only_selection = True

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        assert sig_input.params["created"] == 1618884473


@pytest.mark.parametrize("changed", ["", "Date", "Content-Type", "Content-Length"])
def test_b26_is_verified_and_any_other_request_is_not(changed: str) -> None:
    request = Request()
    request.headers |= {"Signature-Input": B26_INPUT, "Signature": B26}
    verifier = Then(
        signature_algorithm=ED25519, key_resolver=keys({"test-key-ed25519": ED25519_PUBLIC}, {})
    )
    if changed:
        request.headers[changed] += "x"
        with pytest.raises(InvalidSignature):
            verifier.verify(request, max_age=None)
        return
    (found,) = verifier.verify(request, max_age=None)
    assert found.parameters["keyid"] == "test-key-ed25519"


@pytest.mark.parametrize("status", [200, 503])
def test_b24_is_verified_and_another_status_is_not(status: int) -> None:
    verifier = Then(
        signature_algorithm=ECDSA_P256_SHA256,
        key_resolver=keys({"test-key-ecc-p256": P256_PUBLIC}, {}),
    )
    response = Response(Request(), status)
    if status != 200:
        with pytest.raises(InvalidSignature):
            verifier.verify(response, max_age=None)
        return
    (found,) = verifier.verify(response, max_age=None)
    assert found.covered_components['"@status"'] == "200"
