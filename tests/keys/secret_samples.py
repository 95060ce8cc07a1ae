"""Secrets for the tests of their files."""

from __future__ import annotations

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from gateway.domain.trust import Algorithm
from keys.generate import generate

UNLOCK = b"correct horse battery"


WORD = b"what nobody may read"


ID = "opr-uji-a"


CA = trustme.CA()


def pem(ca: trustme.CA = CA, name: str = "palang.gateway.example") -> bytes:
    """A client certificate with its key."""
    made = ca.issue_cert(name)
    return b"".join(one.bytes() for one in made.cert_chain_pems) + made.private_key_pem.bytes()


def key_pem(algorithm: Algorithm = Algorithm.ED25519) -> bytes:
    return generate(algorithm).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
