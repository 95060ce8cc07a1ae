"""How the content key of a JWE reaches its recipient: ECDH-ES+A256KW (RFC 7518 4.6, RFC 8037 3.2).

X25519 or P-256, Concat KDF with SHA-256 and no party names, AES-256 key wrap.
"""

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from gateway.domain.canonical import JsonObject, decode
from gateway.domain.errors import NotVerified
from keys import jwk
from keys.policy import PrivateKey, PublicKey

ALG = "ECDH-ES+A256KW"
KEY_BYTES = 32


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


_INFO = _sized(ALG.encode()) + _sized(b"") + _sized(b"") + (KEY_BYTES * 8).to_bytes(4)
"""AlgorithmID, PartyUInfo, PartyVInfo, SuppPubInfo (RFC 7518 4.6.2)."""


def wrap(content_key: bytes, public: PublicKey) -> tuple[JsonObject, bytes]:
    """The sender's one-time key for the header, and the wrapped content key.

    Raises NotVerified("wrong-role").
    """
    match public:
        case X25519PublicKey():
            once = X25519PrivateKey.generate()
            epk, secret = jwk.public_text(once.public_key()), once.exchange(public)
        case EllipticCurvePublicKey():
            own = generate_private_key(SECP256R1())
            epk, secret = jwk.public_text(own.public_key()), own.exchange(ECDH(), public)
        case _:
            raise _wrong_role()
    return decode(epk.encode(), what="a key"), aes_key_wrap(derive(secret), content_key)


def unwrap(wrapped: bytes, epk: str, private: PrivateKey) -> bytes:
    """The content key. `epk` is the one-time key as the text of a JWK.

    Raises NotVerified: wrong-role (the own key agrees on nothing), cant-open.
    """
    if not isinstance(private, X25519PrivateKey | EllipticCurvePrivateKey):
        raise _wrong_role()
    try:
        return aes_key_unwrap(derive(_agree(_point(epk), private)), wrapped)
    except (InvalidUnwrap, ValueError):
        raise cant_open() from None


def _point(epk: str) -> PublicKey:
    try:
        return jwk.read_public(epk)
    except NotVerified:
        raise cant_open() from None  # no point of its curve; its form was looked at before


def _agree(epk: PublicKey, private: X25519PrivateKey | EllipticCurvePrivateKey) -> bytes:
    """The shared secret. Raises ValueError for a point of small order (threats.md E18)."""
    match private, epk:
        case X25519PrivateKey(), X25519PublicKey():
            return private.exchange(epk)
        case EllipticCurvePrivateKey(), EllipticCurvePublicKey():
            return private.exchange(ECDH(), epk)
    raise cant_open()


def derive(secret: bytes) -> bytes:
    """The key that wraps, of a shared secret."""
    return ConcatKDFHash(SHA256(), KEY_BYTES, _INFO).derive(secret)


def _wrong_role() -> NotVerified:
    return NotVerified("wrong-role", "a key of this kind seals and opens no JWE")


def cant_open() -> NotVerified:
    """One refusal for whatever went wrong with a key or a content: nobody learns which."""
    return NotVerified("cant-open", "the parcel can't be opened with the key it names")
