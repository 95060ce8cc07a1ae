"""OpenPGP public keys, version 4: what they are made of and what names them (RFC 9580 5.5).

Taken are what gpg makes by default and what the policy knows: RSA (1), ECDH over Curve25519 or
P-256 (18), ECDSA over P-256 (19), EdDSA over Ed25519 (22).
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.errors import InputError, NotVerified
from gateway.domain.openpgp.packets import Reader, integer
from keys import policy
from keys.policy import PublicKey


class Kind(IntEnum):
    """Public key algorithms by their number (RFC 9580 9.1)."""

    RSA = 1
    ECDH = 18
    ECDSA = 19
    EDDSA = 22


OID_ED25519 = bytes.fromhex("2b06010401da470f01")
OID_X25519 = bytes.fromhex("2b060104019755010501")
OID_P256 = bytes.fromhex("2a8648ce3d030107")
KDF = bytes.fromhex("03010807")  # SHA-256 and AES-128 wrap: what gpg gives keys on both curves
WRAPS = {7: 16, 8: 24, 9: 32}  # AES by its number -> bytes of the key that wraps
DIGESTS = {8: "sha256", 9: "sha384", 10: "sha512"}
SIGNS = frozenset({Kind.RSA, Kind.ECDSA, Kind.EDDSA})
SEALS = frozenset({Kind.RSA, Kind.ECDH})

_NATIVE = b"\x40"  # begins a point in its curve's own form (RFC 9580 11.2.2)


@dataclass(frozen=True, slots=True)
class PublicPacket:
    """The body of a public key or subkey packet, read."""

    body: bytes
    created: int  # seconds since 1970
    kind: Kind
    key: PublicKey
    kdf: bytes = b""  # of ECDH: how the wrapping key is derived (RFC 9580 11.5)

    @property
    def fingerprint(self) -> bytes:
        """20 bytes (RFC 9580 5.5.4.2). SHA-1: whoever makes two keys with one fingerprint owns
        both, and a key with another's fingerprint nobody can make."""
        return hashlib.sha1(self.hashed, usedforsecurity=False).digest()

    @property
    def hashed(self) -> bytes:
        """The form that fingerprints and certifications are made over."""
        return b"\x99" + len(self.body).to_bytes(2) + self.body


def read(body: memoryview) -> PublicPacket:
    """Read a key packet.

    Raises NotVerified: malformed; wrong-alg for another version, algorithm, curve or a weak key.
    """
    what = "an OpenPGP key"
    reader = Reader(body, what)
    if reader.number(1) != 4:
        raise NotVerified("wrong-alg", "an OpenPGP key must be of version 4")
    created, number = reader.number(4), reader.number(1)
    if number not in set(Kind):
        raise NotVerified("wrong-alg", f"OpenPGP keys of algorithm {number} are not taken")
    kind = Kind(number)
    key = _rsa(reader) if kind is Kind.RSA else _curve(reader, kind)
    kdf = _kdf(reader) if kind is Kind.ECDH else b""
    reader.end()
    try:
        policy.check_size(key, policy.RSA_BITS_BY_EXCEPTION)
        policy.check_point(key)
    except InputError as error:
        raise NotVerified("wrong-alg", str(error)) from None
    return PublicPacket(bytes(body), created, kind, key, kdf)


def _kdf(reader: Reader) -> bytes:
    kdf = bytes(reader.take(4))
    if kdf[:2] != KDF[:2] or kdf[2] not in DIGESTS or kdf[3] not in WRAPS:
        raise NotVerified("wrong-alg", "an ECDH key must ask for SHA-2 and AES key wrap")
    return kdf


def _rsa(reader: Reader) -> RSAPublicKey:
    n, e = (int.from_bytes(reader.integer()) for _ in range(2))
    try:
        return RSAPublicNumbers(e, n).public_key()
    except ValueError:
        raise NotVerified("malformed", "an OpenPGP key is no RSA key") from None


def _curve(reader: Reader, kind: Kind) -> PublicKey:
    oid = bytes(reader.take(reader.number(1)))
    point = reader.integer()
    try:
        if oid == OID_P256 and kind is not Kind.EDDSA and point[:1] == b"\x04":
            return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        if (kind, oid) == (Kind.ECDH, OID_X25519) and point[:1] == _NATIVE:
            return X25519PublicKey.from_public_bytes(point[1:])
        if (kind, oid) == (Kind.EDDSA, OID_ED25519) and point[:1] == _NATIVE:
            return Ed25519PublicKey.from_public_bytes(point[1:])
    except ValueError:
        raise NotVerified("malformed", "an OpenPGP key is not a point of its curve") from None
    raise NotVerified("wrong-alg", "OpenPGP keys are on Ed25519, Curve25519 or P-256")


def make(key: PublicKey, created: int, *, sealing: bool) -> PublicPacket:
    """A key packet for a key of ours (not RSA: partners have such keys, we make none)."""
    match key:
        case X25519PublicKey():
            kind, oid = Kind.ECDH, OID_X25519
        case Ed25519PublicKey():
            kind, oid = Kind.EDDSA, OID_ED25519
        case EllipticCurvePublicKey():
            kind, oid = Kind.ECDH if sealing else Kind.ECDSA, OID_P256
        case _:
            raise InputError("an OpenPGP key is made on Ed25519, Curve25519 or P-256")
    head = b"\x04" + created.to_bytes(4) + bytes([kind, len(oid)]) + oid
    kdf = KDF if kind is Kind.ECDH else b""
    return PublicPacket(head + integer(point(key)) + kdf, created, kind, key, kdf)


def point(key: X25519PublicKey | Ed25519PublicKey | EllipticCurvePublicKey) -> bytes:
    """A point as OpenPGP writes it (RFC 9580 11.2)."""
    if isinstance(key, EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _NATIVE + key.public_bytes_raw()
