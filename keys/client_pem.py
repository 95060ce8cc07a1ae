"""PEM that others gave to the gateway or that it made for them: client certificates, request keys.

The kind of a client certificate's key is the choice of the authority that issued it (often RSA), so
it is not the policy's; it never signs anything but a TLS handshake.
"""

import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.times import SECOND, Micros
from keys.policy import PrivateKey

_KEY = re.compile(
    rb"-----BEGIN (?P<kind>(?:[A-Z]+ )*PRIVATE KEY)-----[^-]*-----END (?P=kind)-----\s*"
)
_MOST = 10  # certificates in a chain

SigningKey = Ed25519PrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class ClientPair:
    """A checked client certificate: what is stored, whom it names, and until when it is good."""

    pem: bytes
    subject: str
    not_after: Micros


def client_pair(pem: bytes) -> ClientPair:
    """Read certificate chain and private key from one PEM text, the own certificate first.

    Raises InputError: no certificate or key, an encrypted key, a key of another certificate.
    """
    key, chain = _load(pem), _chain(pem)
    spki = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if chain[0].public_key().public_bytes(*spki) != key.public_key().public_bytes(*spki):
        raise InputError(
            "the private key is not the one of the first certificate",
            hint="the gateway's own certificate comes first, then those of its issuers",
        )
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    body = b"".join(one.public_bytes(Encoding.PEM) for one in chain)
    until = int(chain[0].not_valid_after_utc.timestamp()) * SECOND
    return ClientPair(body + clear, chain[0].subject.rfc4514_string(), until)


def _chain(pem: bytes) -> list[x509.Certificate]:
    try:
        chain = x509.load_pem_x509_certificates(_KEY.sub(b"", pem))
    except ValueError:
        raise InputError("expected PEM certificates, there is none that can be read") from None
    if len(chain) > _MOST:
        raise InputError(f"a certificate chain has at most {_MOST} members, got {len(chain)}")
    return chain


def _load(pem: bytes) -> PrivateKeyTypes:
    """The one private key in a PEM text. Raises InputError."""
    found = list(_KEY.finditer(pem))
    if len(found) != 1:
        raise InputError(
            f"expected one private key, got {len(found)}",
            hint="cat certificate.pem chain.pem key.pem > client.pem",
        )
    if b"ENCRYPTED" in found[0][0]:
        raise InputError(
            "expected a private key without a passphrase of its own; it is encrypted here",
            hint="openssl pkey -in key.pem gives it in the clear to the command's input",
        )
    try:
        return load_pem_private_key(found[0][0], None)
    except Exception as error:  # noqa: BLE001  every parser defect is one refusal here (E20)
        raise InputError(f"the private key can't be read ({type(error).__name__})") from None


def split(pem: bytes) -> tuple[bytes, bytes]:
    """Chain and key of a stored pair. Raises NotVerified("key-file")."""
    match = _KEY.search(pem)
    if match is None:
        raise NotVerified("key-file", "the stored client certificate has no private key")
    return _KEY.sub(b"", pem), match[0]


def signing_key(pem: bytes) -> SigningKey:
    """A private key that may sign requests: Ed25519 or P-256. Raises InputError."""
    key = _load(pem)
    if isinstance(key, Ed25519PrivateKey):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise InputError("a request key is of the kind Ed25519 or P-256")


def clear_pem(key: PrivateKey) -> bytes:
    """The key as it is encrypted and stored: PKCS#8 PEM, in memory only."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: SigningKey) -> str:
    """What the partner pins."""
    spki = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return spki.decode()
