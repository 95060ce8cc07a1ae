"""The `jose` envelope of a parcel: compact JWE (RFC 7516) for one recipient.

ECDH-ES+A256KW over X25519 or P-256, content A256GCM under a key of its own for every envelope. The
header is read and judged here before any key is touched: joserfc re-reads it leniently, and its
limits and errors are not ours (design 7).
"""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from gateway.domain.canonical import JsonObject, decode
from gateway.domain.errors import NotVerified
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.trust import Algorithm, PinnedKey
from keys import base64url, jwk
from keys.files import Opener
from keys.keyring import Openers
from keys.policy import PrivateKey, PublicKey

ALG = "ECDH-ES+A256KW"
ENC = "A256GCM"
TYP = "palang-parcel+jwe"

MAX_HEADER = 1024  # characters; ours has about 330
_PART_CHARS = {"encrypted key": 54, "nonce": 16, "tag": 22}  # 40, 12 and 16 bytes (E17)
_MEMBERS = {"alg", "enc", "kid", "epk", "typ"}
_CURVES = {Algorithm.ECDH_X25519: ("OKP", "X25519"), Algorithm.ECDH_P256: ("EC", "P-256")}


class _Registry(jwe.JWERegistry):
    """Only our two algorithms, and sizes for parcels in place of joserfc's 64 kB."""

    max_protected_header_length = MAX_HEADER
    max_ciphertext_length = MAX_PARCEL

    def __init__(self) -> None:
        super().__init__(algorithms=[ALG, ENC])


_REGISTRY = _Registry()


def seal(plaintext: bytes, recipient: PinnedKey) -> bytes:
    """The parcel, sealed to one recipient. Raises NotVerified("malformed") for a pin that is not of
    one piece."""
    key = _jose_key(jwk.public_key(recipient))
    header = {"alg": ALG, "enc": ENC, "kid": recipient.kid, "typ": TYP}
    return jwe.encrypt_compact(header, plaintext, key, registry=_REGISTRY).encode()


def open_jwe(data: bytes, openers: Openers) -> bytes:
    """The plaintext of a parcel sealed to one of these keys.

    Raises NotVerified: malformed (no parcel of ours), wrong-alg, wrong-typ, unknown-key, and
    cant-open where the content is not what was sealed; nothing else leaves.
    """
    kid, header = _judge(data)
    opener = openers.opener(kid)
    if opener.alg not in _CURVES:
        raise NotVerified("wrong-alg", f"key {kid} is an {opener.alg} key; it opens no JWE")
    _check_ephemeral(header["epk"], opener)
    key = _jose_key(opener.key)
    try:
        plaintext = jwe.decrypt_compact(data, key, registry=_REGISTRY).plaintext
    except MemoryError:
        raise  # says something of this machine, nothing of the parcel
    except Exception:  # noqa: BLE001  joserfc leaks the errors of all its parts (design 7)
        raise NotVerified("cant-open", "the parcel can't be opened with the key it names") from None
    if plaintext is None:
        raise NotVerified("cant-open", "the parcel has no content")
    return plaintext


def _judge(data: bytes) -> tuple[str, JsonObject]:
    """Key id and header of a JWE of our one form; no key is used yet (threats.md E5, E12, E13)."""
    if len(data) > MAX_PARCEL:
        raise NotVerified("malformed", f"a sealed parcel has at most {MAX_PARCEL} bytes")
    parts = data.split(b".", 5)
    if len(parts) != 5:
        raise NotVerified("malformed", "a sealed parcel is a compact JWE of five parts")
    head, key, nonce, content, tag = parts
    for (name, length), part in zip(_PART_CHARS.items(), (key, nonce, tag), strict=True):
        if len(part) != length:
            raise NotVerified("malformed", f"the {name} part is not of its length")
        base64url.check(part, f"the {name} part")
    base64url.check(content, "the content part")
    if not 0 < len(head) <= MAX_HEADER:
        raise NotVerified("malformed", "the header part is not of its length")
    header = decode(base64url.decode(head, "the header part"), what="the JWE header")
    return _check_header(header), header


def _check_header(header: JsonObject) -> str:
    if header.get("alg") != ALG or header.get("enc") != ENC:
        raise NotVerified("wrong-alg", f"a parcel is sealed with {ALG} and {ENC}")
    if set(header) != _MEMBERS:
        # also refuses zip, p2c, crit, apu, apv, jwk (threats.md E6, E7, E12, E13)
        raise NotVerified("malformed", "the JWE header must have exactly alg, enc, epk, kid, typ")
    if header["typ"] != TYP:
        raise NotVerified("wrong-typ", f"a parcel has the typ {TYP}")
    if not base64url.is_kid(header["kid"]):
        raise NotVerified("malformed", "kid must be the thumbprint of a seal key")
    return str(header["kid"])


def _check_ephemeral(epk: Any, opener: Opener) -> None:
    """The sender's one-time key must be a public key of the recipient's own curve (E18)."""
    kty, curve = _CURVES[opener.alg]
    names = {"kty", "crv", "x", "y"} if kty == "EC" else {"kty", "crv", "x"}
    if not isinstance(epk, dict) or set(epk) != names or (epk["kty"], epk["crv"]) != (kty, curve):
        raise NotVerified("malformed", f"epk must be a {curve} public key and nothing more")


def _jose_key(key: PublicKey | PrivateKey) -> ECKey | OKPKey:
    match key:
        case X25519PublicKey() | X25519PrivateKey():
            return OKPKey.import_key(key)
        case EllipticCurvePublicKey() | EllipticCurvePrivateKey():
            public = key if isinstance(key, EllipticCurvePublicKey) else key.public_key()
            # with the public members given joserfc does not ask for the private number, which a
            # token's key does not give
            return ECKey(key, {**decode(jwk.public_text(public).encode(), what="a key")})
    raise NotVerified("wrong-role", "a key of this kind seals and opens no JWE")
