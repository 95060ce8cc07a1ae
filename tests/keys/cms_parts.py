"""CMS messages for the tests: keys of each kind, and messages with any part changed."""

import secrets
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.domain.cms import der, names
from gateway.domain.cms.ber import SET
from gateway.domain.trust import Algorithm, Role, Trust
from keys import cms_recipients, jwk
from keys.generate import generate
from keys.keyring import KeyOpeners
from tests.keys.parties import FROM, OPERATOR, OTHER, SEAL, SEAL_P256, UNTIL, Held, held

PLAIN = b"PK\x03\x04 the parcel" * 9


@cache
def rsa(role: Role) -> Held:
    """One RSA key for every test: they take their time to make."""
    key = _rsa_key()
    return Held(key, jwk.pinned_key(key.public_key(), OPERATOR, role, FROM, UNTIL))


@cache
def _rsa_key() -> Any:
    return generate(Algorithm.RSA_OAEP)


SEALS = {"RSA": rsa(Role.SEAL), "P-256": SEAL_P256, "X25519": SEAL}
OPENERS = KeyOpeners(*(one.opener for one in SEALS.values()))

SIGNERS = {
    "ES256": held(OPERATOR, Role.STATEMENT, Algorithm.ES256),
    "Ed25519": held(OPERATOR, Role.STATEMENT),
    "RSA-PSS": rsa(Role.STATEMENT),
}
STRANGER = held(OPERATOR, Role.STATEMENT, Algorithm.ES256)
OF_OTHER = held(OTHER, Role.STATEMENT, Algorithm.ES256)
PINS = Trust("palang-uji", [one.pin for one in (*SIGNERS.values(), OF_OTHER)])


def sealed(to: Held = SEAL_P256, **changed: Any) -> bytes:
    """A message in the form that we write, with parts changed: each as its DER, or a value."""
    key = secrets.token_bytes(32)
    nonce = changed.get("nonce", bytes(12))
    cipher = AESGCM(key).encrypt(bytes(12), PLAIN, None)
    tag = changed.get("tag", cipher[-16:])
    algorithm = changed.get(
        "algorithm",
        der.sequence(
            names.AES_256_GCM,
            der.sequence(der.octets(nonce), der.integer(changed.get("tag_size", 16))),
        ),
    )
    content = der.sequence(
        changed.get("type", names.DATA),
        algorithm,
        changed.get("content", der.tlv(0x80, cipher[:-16])),
    )
    recipients = changed.get("recipients") or cms_recipients.write(key, jwk.public_key(to.pin))
    body = der.sequence(
        changed.get("version", der.integer(0)),
        changed.get("before", b""),
        recipients,
        content,
        changed.get("after", b""),
        der.octets(tag),
        changed.get("last", b""),
    )
    return der.sequence(changed.get("outer", names.AUTH_ENVELOPED), der.tlv(0xA0, body))


def infos(*found: bytes) -> bytes:
    """RecipientInfos or SignerInfos."""
    return der.tlv(SET, *found)
