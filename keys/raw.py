"""Signing and verifying bytes with one key: the three signature primitives and nothing else."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey as P256PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.domain.errors import NotVerified
from gateway.domain.trust import Algorithm, PinnedKey
from keys import jwk

SIGNATURE_BYTES = 64  # of Ed25519 and ES256 as JWS carries them (RFC 8037 3.1, RFC 7518 3.4)
SALT_BYTES = 32  # of RSA-PSS: as long as the digest (RFC 7518 3.5)

SigningKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


def _pss(salt: int = SALT_BYTES) -> PSS:
    return PSS(MGF1(SHA256()), salt)


class PrivateSigner:
    """A private signing key in memory; implements ports.Signer."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._public = jwk.public_text(key.public_key())
        self._kid = jwk.thumbprint(self._public)

    @property
    def kid(self) -> str:
        """RFC 7638 thumbprint of the public key."""
        return self._kid

    @property
    def alg(self) -> Algorithm:
        """Ed25519, ES256 or PS256."""
        if isinstance(self._key, RSAPrivateKey):
            return Algorithm.PS256
        ed25519 = isinstance(self._key, Ed25519PrivateKey)
        return Algorithm.ED25519 if ed25519 else Algorithm.ES256

    @property
    def public(self) -> str:
        """The public key as pinned: a JWK as canonical JSON text."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """The raw signature as JWS carries it: 64 bytes, or as many as the RSA modulus."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(data)
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, _pss(), SHA256())
        r, s = decode_dss_signature(self._key.sign(data, ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)


def verify(key: PinnedKey, signature: bytes, data: bytes, salt: int = SALT_BYTES) -> None:
    """Raise NotVerified("signature") unless the key made this signature over exactly `data`.

    `salt` is the length of an RSA-PSS salt in bytes, where the message names one.
    """
    public = jwk.public_key(key)
    try:
        if isinstance(public, RSAPublicKey):
            public.verify(signature, data, _pss(salt), SHA256())
        elif len(signature) != SIGNATURE_BYTES:
            raise InvalidSignature
        elif isinstance(public, Ed25519PublicKey):
            public.verify(signature, data)
        elif isinstance(public, P256PublicKey):
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            public.verify(encode_dss_signature(r, s), data, ECDSA(SHA256()))
        else:
            raise InvalidSignature
    except InvalidSignature:
        raise NotVerified("signature", f"the signature of key {key.kid} does not hold") from None
