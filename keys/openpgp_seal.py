"""Sealing and opening: one recipient, AES-256 in the form that every gpg opens.

Version 3 PKESK and version 1 SEIPD (RFC 9580 5.1.1 and 5.13.1): CFB with a SHA-1 digest inside, the
MDC. It is checked before one byte of the content is looked at (EFAIL, CVE-2017-17688).
"""

import hashlib
import io
import secrets
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp.packets import Packet, Reader, Tag, header, integer, write
from keys import openpgp_keys as keys
from keys.openpgp_keys import Kind, PublicPacket

CHUNK = 1024 * 1024  # bytes
SealKey = X25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

_AES256 = 9
_CIPHERS = {7: 16, 8: 24, 9: 32}  # AES by its number -> bytes of its key
_BLOCK = 16
_MDC = b"\xd3\x14"
_SENDER = b"Anonymous Sender    "
_OIDS = {X25519PublicKey: keys.OID_X25519, EllipticCurvePublicKey: keys.OID_P256}


class Opener(Protocol):
    """A private sealing key; `kid` is `pgp-` and its fingerprint."""

    @property
    def kid(self) -> str:
        """The key id as pinned."""
        ...

    @property
    def key(self) -> SealKey:
        """The private key."""
        ...


def seal(plaintext: bytes, public: PublicPacket) -> bytes:
    """An encrypted message holding `plaintext` as a literal, not compressed."""
    session = secrets.token_bytes(32)
    literal = header(Tag.LITERAL, len(plaintext) + 6) + b"b\0" + bytes(4)  # no name, no date
    size = 1 + _BLOCK + 2 + len(literal) + len(plaintext) + 22
    out = io.BytesIO()
    out.write(write(Tag.PKESK, wrapped_for(public, session)))
    out.write(header(Tag.SEIPD, size) + b"\x01")
    encryptor = Cipher(AES(session), CFB(bytes(_BLOCK))).encryptor()
    mdc = hashlib.sha1(usedforsecurity=False)
    start = secrets.token_bytes(_BLOCK)
    pieces: Iterator[bytes | memoryview] = chain(
        (start + start[-2:], literal), _chunks(plaintext), (_MDC,)
    )
    for piece in pieces:
        mdc.update(piece)
        out.write(encryptor.update(piece))
    out.write(encryptor.update(mdc.digest()) + encryptor.finalize())
    return out.getvalue()


def _chunks(data: bytes | memoryview) -> list[memoryview]:
    view = memoryview(data)
    return [view[at : at + CHUNK] for at in range(0, len(view), CHUNK)]


def wrapped_for(public: PublicPacket, session: bytes) -> bytes:
    """The body of a PKESK packet: an AES-256 session key for this recipient.

    Raises NotVerified("wrong-role") for a key that only signs.
    """
    secret = bytes([_AES256]) + session + (sum(session) % 65536).to_bytes(2)
    head = b"\x03" + public.fingerprint[-8:] + bytes([public.kind])
    if isinstance(public.key, RSAPublicKey):
        return head + integer(public.key.encrypt(secret, PKCS1v15()))
    ephemeral, shared = _agree(public.key)
    padded = secret + bytes([5]) * 5  # RFC 9580 11.5: up to a multiple of eight
    wrapped = aes_key_wrap(_kek(shared, public.key, public.kdf, public.fingerprint), padded)
    return head + integer(ephemeral) + bytes([len(wrapped)]) + wrapped


def _agree(key: object) -> tuple[bytes, bytes]:
    """A one-time public key for this recipient, and the secret shared with it."""
    if isinstance(key, X25519PublicKey):
        once = X25519PrivateKey.generate()
        return keys.point(once.public_key()), once.exchange(key)
    if isinstance(key, EllipticCurvePublicKey):
        private = generate_private_key(SECP256R1())
        return keys.point(private.public_key()), private.exchange(ECDH(), key)
    raise NotVerified("wrong-role", "this key signs; nothing can be sealed to it")


def _kek(shared: bytes, key: object, kdf: bytes, fingerprint: bytes) -> bytes:
    """The key that wraps (RFC 9580 11.5; RFC 6637 8)."""
    oid = _OIDS[X25519PublicKey if isinstance(key, X25519PublicKey) else EllipticCurvePublicKey]
    named = bytes([len(oid)]) + oid + bytes([Kind.ECDH]) + kdf + _SENDER + fingerprint
    digest = hashlib.new(keys.DIGESTS[kdf[2]], b"\0\0\0\x01" + shared + named).digest()
    return digest[: keys.WRAPS[kdf[3]]]


def named(pkesk: Packet) -> bytes:
    """The key id (8 bytes) of the recipient.

    Raises NotVerified: wrong-alg (another version), unknown-key (a hidden recipient: nothing here
    is found by trying).
    """
    reader = Reader(pkesk.body, "the recipient's packet")
    if reader.number(1) != 3:
        raise NotVerified("wrong-alg", "a message is sealed with a recipient packet of version 3")
    key_id = bytes(reader.take(8))
    if not any(key_id):
        raise NotVerified("unknown-key", "the message hides its recipient; ours are named")
    return key_id


def session_key(pkesk: Packet, opener: Opener) -> bytes:
    """The key of the content. Raises NotVerified: malformed, wrong-alg, cant-open."""
    reader = Reader(pkesk.body, "the recipient's packet")
    reader.take(9)
    kind = reader.number(1)
    key = opener.key
    expected = Kind.RSA if isinstance(key, RSAPrivateKey) else Kind.ECDH
    if kind != expected:
        raise NotVerified("wrong-alg", f"key {opener.kid} is of another algorithm than the message")
    try:
        if isinstance(key, RSAPrivateKey):
            return judged(_rsa(reader, key))
        return judged(_ecdh(reader, key, bytes.fromhex(opener.kid[-40:])))
    except (ValueError, InvalidUnwrap):
        raise _cant_open() from None


def _cant_open() -> NotVerified:
    return NotVerified("cant-open", "the message can't be opened with the key it names")


def _rsa(reader: Reader, key: RSAPrivateKey) -> bytes:
    value = reader.integer()
    reader.end()
    # a wrong padding comes out of the library as random bytes, so it tells nothing (RFC 9580 13.5)
    return key.decrypt(value.rjust((key.key_size + 7) // 8, b"\0"), PKCS1v15())


def _ecdh(
    reader: Reader, key: X25519PrivateKey | EllipticCurvePrivateKey, fingerprint: bytes
) -> bytes:
    point = reader.integer()
    wrapped = bytes(reader.take(reader.number(1)))
    reader.end()
    if isinstance(key, X25519PrivateKey) and point[:1] == b"\x40":
        shared = key.exchange(X25519PublicKey.from_public_bytes(point[1:]))
    elif isinstance(key, EllipticCurvePrivateKey) and point[:1] == b"\x04":
        shared = key.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))
    else:
        raise _cant_open()
    padded = aes_key_unwrap(_kek(shared, key.public_key(), keys.KDF, fingerprint), wrapped)
    count = padded[-1]
    if padded[-count:] != bytes([count]) * count:
        raise _cant_open()
    return padded[:-count]


def judged(secret: bytes) -> bytes:
    """The session key in an unwrapped secret; one answer for every way in which it is none.

    Raises NotVerified("cant-open").
    """
    cipher, key, check = secret[0], secret[1:-2], secret[-2:]
    if not bytes_eq((sum(key) % 65536).to_bytes(2), check) or len(key) != _CIPHERS.get(cipher):
        raise _cant_open()
    return key


def decrypt(seipd: Packet, key: bytes) -> memoryview:
    """The content, after its MDC was found right. Raises NotVerified: wrong-alg, cant-open."""
    body = seipd.body
    if bytes(body[:1]) != b"\x01":
        raise NotVerified("wrong-alg", "a message is encrypted in packet version 1, with its MDC")
    plain = _decrypted(Cipher(AES(key), CFB(bytes(_BLOCK))).decryptor(), body[1:])
    digest = hashlib.sha1(plain[:-20], usedforsecurity=False).digest()
    # the two repeated bytes at the start are not judged: that was an oracle (RFC 9580 13.4)
    if not bytes_eq(digest, bytes(plain[-20:])) or plain[-22:-20] != _MDC:
        raise _cant_open()
    return plain[_BLOCK + 2 : -22]


def _decrypted(decryptor: CipherContext, body: memoryview) -> memoryview:
    out = io.BytesIO()
    for piece in _chunks(body):
        out.write(decryptor.update(piece))
    out.write(decryptor.finalize())
    return out.getbuffer()
