"""Public keys as a PKCS#11 token has them: OASIS PKCS#11 v3.0, 2.3.3 (EC), 2.3.5 (Edwards)."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from pkcs11 import Attribute, KeyType, PKCS11Error, PublicKey
from pkcs11.types import Object

from keys import policy

P256 = bytes.fromhex("06082a8648ce3d030107")  # OBJECT IDENTIFIER 1.2.840.10045.3.1.7
ED25519 = bytes.fromhex("06032b6570")  # OBJECT IDENTIFIER 1.3.101.112 (RFC 8410)
_ED25519 = {ED25519, b"\x13\x0cedwards25519"}  # or the curve's name, a PrintableString
_OCTETS = 0x04
_POINT_BYTES = {33, 65}  # of a P-256 point, compressed and not


def read_public(found: Object) -> policy.PublicKey | None:
    """The key, None for one of a kind that is not used here or that the token can't show."""
    try:
        return _read(found) if isinstance(found, PublicKey) else None
    except (PKCS11Error, ValueError):
        return None  # another program's key: it is not ours to judge


def _read(found: PublicKey) -> policy.PublicKey | None:
    kind = found.key_type
    if kind is KeyType.RSA:
        e, n = (int.from_bytes(found[a]) for a in (Attribute.PUBLIC_EXPONENT, Attribute.MODULUS))
        return RSAPublicNumbers(e, n).public_key()
    if kind is KeyType.EC and found[Attribute.EC_PARAMS] == P256:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _point(found, _POINT_BYTES))
    if kind is KeyType.EC_EDWARDS and found[Attribute.EC_PARAMS] in _ED25519:
        return Ed25519PublicKey.from_public_bytes(_point(found, {32}))
    return None


def _point(found: PublicKey, sizes: set[int]) -> bytes:
    """The point; tokens wrap it into an OCTET STRING, some old ones do not."""
    raw = bytes(found[Attribute.EC_POINT])
    if len(raw) in sizes:
        return raw
    if raw[:2] != bytes((_OCTETS, len(raw) - 2)):
        raise ValueError("no point")
    return raw[2:]
