"""A partner that signs its requests, and the gateway's check of them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver

from gateway.domain import http_profile as profile
from gateway.domain.errors import NotVerified
from gateway.domain.times import DAY, SECOND
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from keys import http_signatures, jwk
from keys.generate import generate

AT = 1_760_000_000 * SECOND


TARGET = "https://gerbang.example/v1/statements"


BODY = b"eyJ0eXAiOiJ0ZXN0In0.e30.c2ln"


PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")


@dataclass
class Message:
    """A request as the library takes it, and as a verifier gets it."""

    method: str = "POST"
    url: str = TARGET
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = BODY


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def request(method: str = "POST", body: bytes = BODY) -> Message:
    """An unsigned request with all headers that it should have."""
    headers = {"Host": "gerbang.example"}
    if method == "POST":
        headers |= {
            "Content-Type": "application/jose",
            "Content-Digest": digest(body),
            "Idempotency-Key": hashlib.sha256(body).hexdigest(),
        }
    return Message(method, TARGET, headers, body if method == "POST" else b"")


class Party:
    """A partner with a key, and the gateway's memory of nonces."""

    def __init__(self, algorithm: Algorithm = Algorithm.ED25519) -> None:
        self.key = generate(algorithm)
        self.pin = jwk.pinned_key(self.key.public_key(), PARTNER, Role.REQUEST, AT - DAY, AT + DAY)
        self.pins = {self.pin.kid: self.pin}
        self.used: set[str] = set()
        self.tool = HTTPMessageSigner(
            signature_algorithm=http_signatures.ALGORITHMS[algorithm],
            key_resolver=MappingKeyResolver(
                public_keys={},
                private_keys={self.pin.kid: self.key},  # type: ignore[dict-item]  # never a sealing key
            ),
        )

    def sign(self, message: Message, **changed: Any) -> Message:
        """Sign as the profile wants it, but for what a test changes."""
        how: dict[str, Any] = {
            "key_id": self.pin.kid,
            "created": _moment(AT),
            "expires": _moment(AT + profile.LIFE),
            "nonce": "0123456789abcdef",
            "tag": profile.TAG,
            "label": "sig",
            "covered_component_ids": profile.required(message.method),
            "use_existing_digest": "Content-Digest" in message.headers,
        }
        self.tool.sign(message, **(how | changed))
        return message

    def verify(self, message: Message, at: int = AT) -> PinnedKey:
        return http_signatures.verify(
            message.method,
            message.url,
            list(message.headers.items()),
            message.body,
            self.pins.get,
            at,
            self.use,
        )

    def use(self, nonce: str) -> bool:
        new = nonce not in self.used
        self.used.add(nonce)
        return new

    def refuses(self, message: Message, at: int = AT) -> str:
        """The reason; nothing was used up."""
        before = set(self.used)
        with pytest.raises(NotVerified) as caught:
            self.verify(message, at)
        assert self.used == before
        return caught.value.reason


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC)
