"""Sealing what must survive this machine to a key that never lies on it (threats.md K4).

    palang-backup-1 LF
    compact JWE (RFC 7516, ECDH-ES+A256KW, A256GCM) of a fresh 32-byte content key, LF
    chunks: AES-256-GCM of 1 MiB of plaintext each, the last one shorter

Nonce = number of the chunk (11 bytes, big-endian) || 1 for the last chunk, else 0: a cut, a swap
and an appended chunk are all found (the STREAM construction of Hoang, Reyhanitabar, Rogaway,
Vizar, 2015). The digest of the two head lines is the associated data of every chunk. Memory stays
at some chunks, however large the content is.
"""

import hashlib
import io
import os
from collections.abc import Callable
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey

from gateway.domain.canonical import decode
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.trust import Role
from keys import base64url, jwk
from keys.files import Opener
from keys.policy import PrivateKey, PublicKey

MAGIC = b"palang-backup-1\n"
CHUNK = 1 << 20  # bytes of plaintext in a chunk
TAG = 16  # bytes that AES-GCM adds to each
KEY_BYTES = 32
TYP = "palang-backup+jwe"

_ALG, _ENC = "ECDH-ES+A256KW", "A256GCM"
_REGISTRY = jwe.JWERegistry(algorithms=[_ALG, _ENC])
_MAX_LINE = 2048  # bytes of the JWE line; ours has about 500


ContentKey = Callable[[bytes], bytes]
"""Gives the content key of a backup from its JWE line."""


def offline_key(data: bytes) -> PublicKey:
    """The offline public key as a person hands it in: PEM or JWK, X25519 or P-256.

    Raises InputError for a private key and for every other kind.
    """
    return jwk.import_public(data, Role.SEAL)


class SealedWriter(io.RawIOBase):
    """Writes to `target` what only the offline private key opens. `close` writes the last chunk;
    `target` stays open."""

    def __init__(self, target: BinaryIO, public: PublicKey) -> None:
        super().__init__()
        self.content_key = os.urandom(KEY_BYTES)
        head = MAGIC + _wrap(self.content_key, public) + b"\n"
        self._target, self._cipher = target, AESGCM(self.content_key)
        self._bound, self._number, self._waiting = hashlib.sha256(head).digest(), 0, bytearray()
        target.write(head)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: "bytes | bytearray | memoryview", /) -> int:  # type: ignore[override]  # the one form that tarfile gives
        """Seal; a chunk goes out once more than a chunk waits, so that the last one is known."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Write the last chunk, once."""
        if not self.closed:
            self._put(bytes(self._waiting), last=True)
            super().close()

    def abandon(self) -> None:
        """Close without a last chunk: what was written can't be taken for a whole backup."""
        super().close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last)
        self._target.write(self._cipher.encrypt(nonce, chunk, self._bound))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Reads what SealedWriter wrote; `content_key` is given the JWE line and returns the key.

    Raises NotVerified: malformed (no backup of ours, or cut off), cant-open (changed, or sealed to
    another key).
    """

    def __init__(self, source: BinaryIO, content_key: ContentKey) -> None:
        super().__init__()
        if source.read(len(MAGIC)) != MAGIC:
            raise NotVerified("malformed", "this is no backup of Palang, or of another version")
        line = source.readline(_MAX_LINE)
        self._source, self._cipher = source, AESGCM(content_key(line.rstrip(b"\n")))
        self._bound, self._number = hashlib.sha256(MAGIC + line).digest(), 0
        self._ahead, self._clear, self._done = source.read(CHUNK + TAG), memoryview(b""), False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]  # the forms that io gives
        """Open as many bytes as fit, at most a chunk; 0 at the verified end."""
        while not self._clear and not self._done:
            self._next()
        count = min(len(buffer), len(self._clear))
        buffer[:count] = self._clear[:count]
        self._clear = self._clear[count:]
        return count

    def _next(self) -> None:
        sealed = self._ahead
        self._ahead = self._source.read(CHUNK + TAG) if len(sealed) == CHUNK + TAG else b""
        self._done = not self._ahead
        nonce = _nonce(self._number, self._done)
        self._number += 1
        try:
            self._clear = memoryview(self._cipher.decrypt(nonce, sealed, self._bound))
        except (InvalidTag, ValueError):
            raise NotVerified(
                "cant-open",
                f"chunk {self._number} of the backup is not what was sealed: it was changed, or "
                "the file was cut off",
                hint="take another copy of this backup; compare sha256sum with what backup printed",
            ) from None


def opened_by(opener: Opener) -> ContentKey:
    """What gives SealedReader the content key, with the offline private key.

    Raises NotVerified: malformed, wrong-alg, unknown-key (sealed to another key), cant-open.
    """

    def unwrap(line: bytes) -> bytes:
        _judge(line, opener)
        try:
            plaintext = jwe.decrypt_compact(line, _jose(opener.key), registry=_REGISTRY).plaintext
        except Exception:  # noqa: BLE001  joserfc leaks the errors of all its parts (design 7)
            raise NotVerified("cant-open", "the key of the backup can't be opened") from None
        if plaintext is None or len(plaintext) != KEY_BYTES:
            raise NotVerified("malformed", f"the key of a backup has {KEY_BYTES} bytes")
        return plaintext

    return unwrap


def _judge(line: bytes, opener: Opener) -> None:
    """Only our one form is tried with a private key."""
    head = line.partition(b".")[0]
    header = decode(base64url.decode(head, "the header of the backup's key"), what="the header")
    if (header.get("alg"), header.get("enc"), header.get("typ")) != (_ALG, _ENC, TYP):
        raise NotVerified("wrong-alg", f"a backup is sealed with {_ALG} and {_ENC}")
    if set(header) != {"alg", "enc", "kid", "epk", "typ"}:
        raise NotVerified("malformed", "the header must have exactly alg, enc, epk, kid, typ")
    if header["kid"] != opener.kid:
        raise NotVerified(
            "unknown-key",
            "the backup is sealed to another offline key than this one",
            hint="use the private key whose public half was given to palang backup --offline-key",
        )


def _wrap(content_key: bytes, public: PublicKey) -> bytes:
    header = {"alg": _ALG, "enc": _ENC, "kid": jwk.key_id(public), "typ": TYP}
    return jwe.encrypt_compact(header, content_key, _jose(public), registry=_REGISTRY).encode()


def _jose(key: PublicKey | PrivateKey) -> ECKey | OKPKey:
    match key:
        case X25519PublicKey() | X25519PrivateKey():
            return OKPKey.import_key(key)
        case EllipticCurvePublicKey() | EllipticCurvePrivateKey():
            return ECKey.import_key(key)
    raise InputError("an offline key is of the kind X25519 or P-256")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11) + bytes((last,))
