"""The `jose` envelope of a parcel: compact JWE (RFC 7516) for one recipient.

ECDH-ES+A256KW over X25519 or P-256, content A256GCM under a key of its own for every envelope. The
header is judged before any key is touched. Content goes through in pieces: a JOSE library would
hold four or five times the parcel.
"""

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import GCM

from gateway.domain.canonical import JsonObject, decode, encode
from gateway.domain.errors import NotVerified
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.trust import Algorithm, PinnedKey
from keys import base64url, jwk
from keys import jose_recipient as recipients
from keys.files import Opener
from keys.keyring import Openers

ALG = recipients.ALG
ENC = "A256GCM"
TYP = "palang-parcel+jwe"

NONCE_BYTES = 12
PIECE = 3 * 256 * 1024  # bytes at a time, a multiple of 3: each is whole in base64

MAX_HEADER = 1024  # characters; ours has about 330
_PART_CHARS = {"encrypted key": 54, "nonce": 16, "tag": 22}  # 40, 12 and 16 bytes (E17)
_MEMBERS = {"alg", "enc", "kid", "epk", "typ"}
_CURVES = {Algorithm.ECDH_X25519: ("OKP", "X25519"), Algorithm.ECDH_P256: ("EC", "P-256")}


@dataclass(frozen=True, slots=True)
class _Parts:
    """A JWE taken apart and checked for form; the content is still in base64url."""

    head: bytes
    header: JsonObject
    kid: str
    key: bytes
    nonce: bytes
    content: memoryview
    tag: bytes


def seal(plaintext: bytes, recipient: PinnedKey) -> bytes:
    """The parcel, sealed to one recipient. Raises NotVerified: malformed for a pin that is not of
    one piece, wrong-role."""
    key, nonce = secrets.token_bytes(recipients.KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
    epk, wrapped = recipients.wrap(key, jwk.public_key(recipient))
    header = {"alg": ALG, "enc": ENC, "epk": epk, "kid": recipient.kid, "typ": TYP}
    head = base64url.encode(encode(header))
    cipher = Cipher(AES256(key), GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(head)
    out, view = io.BytesIO(), memoryview(plaintext)
    out.write(b".".join((head, base64url.encode(wrapped), base64url.encode(nonce), b"")))
    for start in range(0, len(view), PIECE):
        out.write(base64url.encode(cipher.update(view[start : start + PIECE])))
    cipher.finalize()
    out.write(b"." + base64url.encode(cipher.tag))
    return out.getvalue()


def open_jwe(data: bytes, openers: Openers) -> bytes:
    """The plaintext of a parcel sealed to one of these keys.

    Raises NotVerified: malformed (no parcel of ours), wrong-alg, wrong-typ, unknown-key, and
    cant-open where the content is not what was sealed; nothing else leaves.
    """
    parts = _judge(data)
    opener = openers.opener(parts.kid)
    if opener.alg not in _CURVES:
        raise NotVerified("wrong-alg", f"key {parts.kid} is an {opener.alg} key; it opens no JWE")
    epk = _ephemeral(parts.header["epk"], opener)
    key = recipients.unwrap(parts.key, epk, opener.key)
    return _decrypted(parts, key)


def _decrypted(parts: _Parts, key: bytes) -> bytes:
    """The plaintext; it leaves this function only once the tag holds."""
    cipher = Cipher(AES256(key), GCM(parts.nonce, parts.tag)).decryptor()
    cipher.authenticate_additional_data(parts.head)
    out = io.BytesIO()
    for piece in _pieces(parts.content):
        out.write(cipher.update(piece))
    try:
        cipher.finalize()
    except InvalidTag:
        raise recipients.cant_open() from None
    return out.getvalue()


def _pieces(text: memoryview) -> Iterator[bytes]:
    size = PIECE // 3 * 4
    for start in range(0, len(text), size):
        yield base64url.decode(bytes(text[start : start + size]), "the content part")


def _judge(data: bytes) -> _Parts:
    """A JWE of our one form; no key is used yet (threats.md E5, E12, E13)."""
    if len(data) > MAX_PARCEL:
        raise NotVerified("malformed", f"a sealed parcel has at most {MAX_PARCEL} bytes")
    head, *short, content, tag = _split(data)
    parts = (*short, tag)
    for (name, length), part in zip(_PART_CHARS.items(), parts, strict=True):
        if len(part) != length:
            raise NotVerified("malformed", f"the {name} part is not of its length")
    key, nonce, mark = (
        base64url.decode(bytes(part), f"the {name} part")
        for name, part in zip(_PART_CHARS, parts, strict=True)
    )
    if not 0 < len(head) <= MAX_HEADER:
        raise NotVerified("malformed", "the header part is not of its length")
    text = bytes(head)
    header = decode(base64url.decode(text, "the header part"), what="the JWE header")
    return _Parts(text, header, _check_header(header), key, nonce, content, mark)


def _split(data: bytes) -> list[memoryview]:
    """The five parts, without a copy; a dot more is in the content, and no base64url."""
    dots = [-1]
    for _ in range(3):
        dots.append(data.find(b".", dots[-1] + 1))
    dots.append(data.rfind(b"."))
    if -1 in dots[1:] or dots[4] <= dots[3]:
        raise NotVerified("malformed", "a sealed parcel is a compact JWE of five parts")
    view, ends = memoryview(data), [*dots[1:], len(data)]
    return [view[a + 1 : b] for a, b in zip(dots, ends, strict=True)]


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


def _ephemeral(epk: Any, opener: Opener) -> str:
    """The sender's one-time key as text: a key of the recipient's own curve, and no more (E18)."""
    kty, curve = _CURVES[opener.alg]
    names = {"kty", "crv", "x", "y"} if kty == "EC" else {"kty", "crv", "x"}
    if not isinstance(epk, dict) or set(epk) != names or (epk["kty"], epk["crv"]) != (kty, curve):
        raise NotVerified("malformed", f"epk must be a {curve} public key and nothing more")
    return encode(epk).decode()
