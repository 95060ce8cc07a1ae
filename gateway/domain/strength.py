"""What algorithm and size a pinned key has, and what is weak about it, for people to read.

What may be used at all says keys/policy.py; this only tells what is in use. Pure, so that listings
need no cryptography.
"""

import base64
import hashlib
from dataclasses import dataclass

from gateway.domain.canonical import JsonObject, decode
from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import armor, packets
from gateway.domain.trust import Algorithm, PinnedKey

RSA_BITS = 3072
"""NIST SP 800-57 part 1, table 2: 128 bits of security; shorter ones only by an exception."""

_CURVES = {
    Algorithm.ED25519: "Ed25519, 256 bits",
    Algorithm.ES256: "ECDSA P-256, 256 bits",
    Algorithm.ECDH_X25519: "X25519, 256 bits",
    Algorithm.ECDH_P256: "ECDH P-256, 256 bits",
}
_KEY_PACKETS = frozenset({6, 14})  # public key and subkey (RFC 9580 5.5.1)
MAX_PACKETS = 512
_RSA = frozenset({1, 2, 3})
_OIDS = {
    bytes.fromhex("2b06010401da470f01"): "Ed25519, 256 bits",
    bytes.fromhex("2b060104019755010501"): "X25519, 256 bits",
    bytes.fromhex("2a8648ce3d030107"): "P-256, 256 bits",
}


@dataclass(frozen=True, slots=True)
class Strength:
    """`text` is algorithm and size; `weak` why it is weak, "" where it is not."""

    text: str
    weak: str = ""


def strength(key: PinnedKey) -> Strength:
    """Of a pinned key. One that can't be read is weak."""
    try:
        if key.alg is Algorithm.OPENPGP:
            return _openpgp(key)
        if key.alg in (Algorithm.PS256, Algorithm.RSA_OAEP):
            return _rsa(f"RSA ({key.alg})", _bits(decode(key.public.encode(), what="a key")))
    except (NotVerified, ValueError, IndexError):
        return Strength(str(key.alg), "the pinned key can't be read")
    return Strength(_CURVES[key.alg])


def _rsa(name: str, bits: int) -> Strength:
    weak = f"an RSA key of {bits} bits is short: ask for a new one" if bits < RSA_BITS else ""
    return Strength(f"{name}, {bits} bits", weak)


def _bits(jwk: JsonObject) -> int:
    text = str(jwk.get("n", ""))
    number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return int.from_bytes(number).bit_length()


def _openpgp(key: PinnedKey) -> Strength:
    """The key of the certificate that the pin's fingerprint names (RFC 9580 5.5.2)."""
    raw = armor.read(key.public.encode(), armor.PUBLIC_KEY)
    for packet in packets.read(raw, "the OpenPGP certificate", MAX_PACKETS):
        body = bytes(packet.body)
        named = hashlib.sha1(b"\x99" + len(body).to_bytes(2) + body, usedforsecurity=False)
        if packet.tag in _KEY_PACKETS and key.kid == f"pgp-{named.hexdigest()}":
            if body[5] in _RSA:
                return _rsa("OpenPGP RSA", int.from_bytes(body[6:8]))
            curve = body[7 : 7 + body[6]]
            known = _OIDS.get(curve)
            weak = "" if known else "the policy knows no such curve"
            return Strength(f"OpenPGP {known or 'other curve'}", weak)
    return Strength("OpenPGP", "the certificate has no key of that fingerprint")
