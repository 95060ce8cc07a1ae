"""Keys and signed things for the tests: one gateway, two partners, one officer, and a forger."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.domain import statements
from gateway.domain.errors import NotVerified
from gateway.domain.statements import About, Ack, Confirmation, ConfirmRow, Kind, header_typ
from gateway.domain.times import DAY, from_wire
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from keys import base64url, jwk
from keys.files import Opener
from keys.generate import generate
from keys.policy import PrivateKey
from keys.raw import PrivateSigner

NOW = from_wire("2026-11-24T07:00:00Z")
FROM, UNTIL = NOW - 30 * DAY, NOW + 300 * DAY

GATEWAY = Owner(OwnerKind.GATEWAY, "palang-uji")
OPERATOR = Owner(OwnerKind.PARTNER, "opr-uji-a")
OTHER = Owner(OwnerKind.PARTNER, "opr-uji-b")
OFFICER = Owner(OwnerKind.OFFICER, "siti")

DIGEST = "sha256:" + "ab" * 32


@dataclass(frozen=True)
class Held:
    """A private key with its pin."""

    key: PrivateKey
    pin: PinnedKey

    @property
    def signer(self) -> PrivateSigner:
        """The key as a signer."""
        return signer_of(self.key)

    @property
    def opener(self) -> Opener:
        """The key as the opener of parcels."""
        return opener_of(self.key, self.pin.alg)


def signer_of(key: PrivateKey) -> PrivateSigner:
    """A signer of a signing key."""
    assert not isinstance(key, X25519PrivateKey)
    return PrivateSigner(key)


def opener_of(key: PrivateKey, alg: Algorithm) -> Opener:
    """An opener of a sealing key."""
    assert not isinstance(key, Ed25519PrivateKey)
    return Opener(jwk.key_id(key.public_key()), alg, key)


def held(
    owner: Owner,
    role: Role,
    algorithm: Algorithm = Algorithm.ED25519,
    not_before: int = FROM,
    not_after: int = UNTIL,
) -> Held:
    """A new key, pinned."""
    key = generate(algorithm)
    return Held(key, jwk.pinned_key(key.public_key(), owner, role, not_before, not_after))


GATEWAY_MANIFEST = held(GATEWAY, Role.MANIFEST)
GATEWAY_CHECKPOINT = held(GATEWAY, Role.CHECKPOINT)
GATEWAY_STATEMENT = held(GATEWAY, Role.STATEMENT)
STATEMENT = held(OPERATOR, Role.STATEMENT)
STATEMENT_ES256 = held(OPERATOR, Role.STATEMENT, Algorithm.ES256)
REQUEST = held(OPERATOR, Role.REQUEST)
SEAL = held(OPERATOR, Role.SEAL, Algorithm.ECDH_X25519)
SEAL_P256 = held(OPERATOR, Role.SEAL, Algorithm.ECDH_P256)
OTHER_STATEMENT = held(OTHER, Role.STATEMENT)
OTHER_SEAL = held(OTHER, Role.SEAL, Algorithm.ECDH_X25519)
APPROVAL = held(OFFICER, Role.APPROVAL)

ALL = (
    GATEWAY_MANIFEST,
    GATEWAY_CHECKPOINT,
    GATEWAY_STATEMENT,
    STATEMENT,
    STATEMENT_ES256,
    REQUEST,
    SEAL,
    SEAL_P256,
    OTHER_STATEMENT,
    OTHER_SEAL,
    APPROVAL,
)
TRUST = Trust("palang-uji", [one.pin for one in ALL])

ABOUT = About(1, 7, DIGEST, DIGEST)
ACK = Ack(OPERATOR.id, GATEWAY.id, NOW, ABOUT, "positive")
ACK_BYTES = statements.to_bytes(ACK)


def confirmation(rows: int) -> Confirmation:
    """A confirmation of that many entries."""
    made = tuple(
        ConfirmRow(entry, "diblokir_total", "total", "2026-11-24T07:00:00Z")
        for entry in range(1, rows + 1)
    )
    return Confirmation(OPERATOR.id, GATEWAY.id, NOW, ABOUT, "7.opr-uji-a.1", 1, made)


def forge(header: bytes | dict[str, Any], payload: bytes, by: PrivateSigner) -> bytes:
    """A compact JWS with any header whatever, signed well by this key."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    signed = base64url.encode(raw) + b"." + base64url.encode(payload)
    return signed + b"." + base64url.encode(by.sign(signed))


def good_header(by: Held, kind: str = Kind.ACK) -> dict[str, Any]:
    """The header that this key's signature is due to have."""
    return {"alg": str(by.pin.alg), "kid": by.pin.kid, "typ": header_typ(kind)}


def refused(reason: str, act: Callable[[], object]) -> NotVerified:
    """Demand that the act is refused with exactly this reason."""
    with pytest.raises(NotVerified) as caught:
        act()
    assert caught.value.reason == reason, (caught.value.reason, str(caught.value))
    assert len(str(caught.value)) < 1000
    return caught.value
