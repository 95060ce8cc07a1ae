"""Signing a request to a partner (RFC 9421), in the profile of gateway/domain/http_profile.py.

The library builds the signature base and writes the fields; the private key stays behind the port
that signs.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from http_message_signatures import HTTPMessageSigner
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519

from gateway.domain import http_profile as profile
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Algorithm
from gateway.ports import Signer

LABEL = "palang"
_ALGORITHMS = {Algorithm.ED25519: ED25519, Algorithm.ES256: ECDSA_P256_SHA256}
_NONCE_BYTES = 18


@dataclass(frozen=True, slots=True)
class _Request:
    """What the library takes for a request."""

    method: str
    url: str
    headers: dict[str, str]


def sign(method: str, target: str, headers: dict[str, str], signer: Signer, at: Micros) -> None:
    """Add Signature-Input and Signature to `headers`, which hold what is covered.

    `target` is the absolute URI. The signature covers what the profile requires of the method, is
    good for the profile's LIFE, and holds a nonce of its own.
    """
    request = _Request(method, target, headers)
    tool = HTTPMessageSigner(signature_algorithm=_ALGORITHMS[signer.alg])
    prepared = tool.prepare(
        request,
        key_id=signer.kid,
        created=_moment(at),
        expires=_moment(at + profile.LIFE),
        nonce=base64.urlsafe_b64encode(secrets.token_bytes(_NONCE_BYTES)).decode(),
        label=LABEL,
        tag=profile.TAG,
        covered_component_ids=profile.required(method),
        use_existing_digest="Content-Digest" in headers,
    )
    tool.apply(request, prepared, signer.sign(prepared.signature_base))


def _moment(at: Micros) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC)
