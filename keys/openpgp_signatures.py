"""OpenPGP signatures, version 4: read, check, make (RFC 9580 5.2).

Nothing that the signer says of itself chooses a key: the issuer's fingerprint is looked up among
the pins, and only the hashed part of a signature is read at all.
"""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp.packets import Reader, Tag, integer, subpacket, subpackets, write
from gateway.domain.trust import Algorithm
from gateway.ports import Signer
from keys.openpgp_keys import Kind, PublicPacket

BINARY, TEXT = 0x00, 0x01
CERTIFICATIONS = frozenset({0x10, 0x11, 0x12, 0x13})
SUBKEY, PRIMARY, REVOKED = 0x18, 0x19, frozenset({0x20, 0x28, 0x30})

CREATED, SIGNATURE_ENDS, KEY_ENDS, ISSUER = 2, 3, 9, 16
FLAGS, EMBEDDED, FINGERPRINT = 27, 32, 33
FEATURES, PREFERRED_CIPHERS, PREFERRED_HASHES, PREFERRED_COMPRESSION = 30, 11, 21, 22
FLAG_CERTIFY, FLAG_SIGN, FLAG_SEAL = 0x01, 0x02, 0x0C

_PRIMARY_NAME = 25
_UNDERSTOOD = frozenset({CREATED, SIGNATURE_ENDS, KEY_ENDS, ISSUER, FLAGS, EMBEDDED, FINGERPRINT})
_HARMLESS = frozenset(
    {FEATURES, PREFERRED_CIPHERS, PREFERRED_HASHES, PREFERRED_COMPRESSION, _PRIMARY_NAME}
)
_HASHES = {8: SHA256(), 9: SHA384(), 10: SHA512()}
_SHA256 = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature packet, read; nothing of it is verified."""

    body: bytes
    type: int
    kind: Kind
    hash: int
    hashed: dict[int, bytes]  # subpackets of the hashed part
    trailer: bytes  # what is hashed after the data
    left: bytes  # the first two bytes of the digest
    embedded: bytes  # a signature within, which stands for itself wherever it is; or nothing
    values: tuple[bytes, ...]

    @property
    def fingerprint(self) -> str:
        """The issuer's, in 40 hex digits; empty where the hashed part names none."""
        value = self.hashed.get(FINGERPRINT, b"")
        return value[1:].hex() if len(value) == 21 and value[0] == 4 else ""

    @property
    def created(self) -> int:
        """Seconds since 1970, by the signer's own clock."""
        return int.from_bytes(self.hashed[CREATED])

    @property
    def flags(self) -> int:
        """The key flags (RFC 9580 5.2.3.29); 0 where there are none."""
        return int.from_bytes(self.hashed.get(FLAGS, b"")[:1])

    def ends(self, kind: int, since: int) -> int | None:
        """`since` and the seconds of a subpacket; None where it sets no end."""
        seconds = int.from_bytes(self.hashed.get(kind, b""))
        return since + seconds if seconds else None


def read(body: memoryview, what: str = "an OpenPGP signature") -> Signature:
    """Read a signature packet. Raises NotVerified: malformed; wrong-alg for another version,
    algorithm or hash (MD5, SHA-1, RIPEMD-160, SHA-224 are not taken)."""
    reader = Reader(body, what)
    version, type_, kind, digest = (reader.number(1) for _ in range(4))
    if version != 4:
        raise NotVerified("wrong-alg", f"{what} must be of version 4")
    if kind not in set(Kind) or digest not in _HASHES:
        raise NotVerified("wrong-alg", f"{what} is of algorithm {kind} over hash {digest}")
    area = reader.take(reader.number(2))
    head = bytes(body[: 6 + len(area)])
    # anybody can write into the unhashed part: of it only an embedded signature is looked at
    loose = {k: value for k, _, value in subpackets(reader.take(reader.number(2)), what)}
    left = bytes(reader.take(2))
    values = tuple(reader.integer() for _ in range(1 if kind == Kind.RSA else 2))
    reader.end()
    trailer = head + b"\x04\xff" + len(head).to_bytes(4)
    hashed = _hashed(area, what)
    embedded = hashed.get(EMBEDDED) or loose.get(EMBEDDED, b"")
    return Signature(
        bytes(body), type_, Kind(kind), digest, hashed, trailer, left, embedded, values
    )


def _hashed(area: memoryview, what: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for kind, critical, value in subpackets(area, what):
        if critical and kind not in _UNDERSTOOD | _HARMLESS:
            raise NotVerified("malformed", f"{what} has an unknown critical subpacket {kind}")
        if kind in found and kind in _UNDERSTOOD:
            raise NotVerified("malformed", f"{what} says subpacket {kind} twice")
        found[kind] = value
    if len(found.get(CREATED, b"")) != 4:
        raise NotVerified("malformed", f"{what} does not say when it was made")
    return found


def verify(signature: Signature, public: PublicPacket, *data: bytes | memoryview) -> None:
    """Raise NotVerified("signature") unless this key signed exactly the pieces of `data`."""
    algorithm = _HASHES[signature.hash]
    hasher = hashlib.new(algorithm.name)
    for piece in (*data, signature.trailer):
        hasher.update(piece)
    digest = hasher.digest()
    try:
        if signature.kind is not public.kind or digest[:2] != signature.left:
            raise InvalidSignature
        _check(public, signature, digest)
    except InvalidSignature:
        name = public.fingerprint.hex()
        raise NotVerified("signature", f"the signature of key pgp-{name} does not hold") from None


def _check(public: PublicPacket, signature: Signature, digest: bytes) -> None:
    key, values = public.key, signature.values
    prehashed = Prehashed(_HASHES[signature.hash])
    match key:
        case Ed25519PublicKey() if all(len(value) <= 32 for value in values):
            key.verify(b"".join(value.rjust(32, b"\0") for value in values), digest)
        case EllipticCurvePublicKey():
            r, s = (int.from_bytes(value) for value in values)
            key.verify(encode_dss_signature(r, s), digest, ECDSA(prehashed))
        case RSAPublicKey() if len(values[0]) <= (size := key.key_size // 8):
            key.verify(values[0].rjust(size, b"\0"), digest, PKCS1v15(), prehashed)
        case _:
            raise InvalidSignature


def sign(signer: Signer, issuer: PublicPacket, type_: int, hashed: bytes, *data: bytes) -> bytes:
    """A signature packet over the pieces of `data`, by a signer of plain Ed25519 or ES256.

    `hashed` are the subpackets beside the issuer's fingerprint, which is always written. Raises
    NotVerified("wrong-alg") for another signer.
    """
    if signer.alg not in (Algorithm.ED25519, Algorithm.ES256):
        raise NotVerified("wrong-alg", "an OpenPGP key of ours is an Ed25519 or P-256 key")
    area = subpacket(FINGERPRINT, b"\x04" + issuer.fingerprint) + hashed
    head = bytes([4, type_, issuer.kind, _SHA256]) + len(area).to_bytes(2) + area
    whole = b"".join((*data, head, b"\x04\xff", len(head).to_bytes(4)))
    digest = hashlib.sha256(whole).digest()
    # EdDSA signs the digest itself (RFC 9580 5.2.3.3); ES256 makes it from the data
    raw = signer.sign(digest if signer.alg is Algorithm.ED25519 else whole)
    values = integer(raw[:32]) + integer(raw[32:])
    unhashed = subpacket(ISSUER, issuer.fingerprint[-8:])
    body = head + len(unhashed).to_bytes(2) + unhashed + digest[:2] + values
    return write(Tag.SIGNATURE, body)
