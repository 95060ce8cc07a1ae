"""Encrypting a private key with a passphrase: PKCS#8 with PBES2 (RFC 5958, RFC 8018), as PEM.

`cryptography` writes the same structure, but with 2,048 rounds of PBKDF2 and no way to ask for
more; a stolen file would be guessed at a million passphrases a second. Any reader of PKCS#8 takes
the number of rounds from the file: `openssl pkey`, and `cryptography` itself.
"""

import base64
import os
import textwrap

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys.policy import PrivateKey

_SEQUENCE, _OCTETS, _INTEGER, _OID = 0x30, 0x04, 0x02, 0x06
_NULL = b"\x05\x00"
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBKDF2 = bytes.fromhex("2a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("2a864886f70d0209")
_AES256_CBC = bytes.fromhex("60864801650304012a")


def encrypt(key: PrivateKey, passphrase: bytes, rounds: int) -> bytes:
    """The PEM text of the key, encrypted with AES-256-CBC under `rounds` rounds of PBKDF2."""
    salt, nonce = os.urandom(16), os.urandom(16)
    secret = PBKDF2HMAC(SHA256(), 32, salt, rounds).derive(passphrase)
    sealed = _aes_cbc(
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), secret, nonce
    )
    document = _der(_SEQUENCE, _scheme(salt, rounds, nonce), _der(_OCTETS, sealed))
    lines = textwrap.fill(base64.b64encode(document).decode(), 64)
    label = "ENCRYPTED PRIVATE KEY"
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n".encode()


def _aes_cbc(clear: bytes, secret: bytes, nonce: bytes) -> bytes:
    padder = PKCS7(128).padder()
    padded = padder.update(clear) + padder.finalize()
    cipher = Cipher(AES256(secret), CBC(nonce)).encryptor()
    return cipher.update(padded) + cipher.finalize()


def _scheme(salt: bytes, rounds: int, nonce: bytes) -> bytes:
    """PBES2-params: PBKDF2 with HMAC-SHA-256, then AES-256-CBC (RFC 8018 A.2, A.4, B.2.5)."""
    count = rounds.to_bytes(rounds.bit_length() // 8 + 1)
    prf = _der(_SEQUENCE, _der(_OID, _HMAC_SHA256), _NULL)
    derivation = _der(_SEQUENCE, _der(_OCTETS, salt), _der(_INTEGER, count), prf)
    function = _der(_SEQUENCE, _der(_OID, _PBKDF2), derivation)
    cipher = _der(_SEQUENCE, _der(_OID, _AES256_CBC), _der(_OCTETS, nonce))
    return _der(_SEQUENCE, _der(_OID, _PBES2), _der(_SEQUENCE, function, cipher))


def _der(tag: int, *parts: bytes) -> bytes:
    """Tag, length, value (X.690); lengths up to 65,535."""
    value = b"".join(parts)
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    head = (tag, 0x81, size) if size < 0x100 else (tag, 0x82, *divmod(size, 0x100))
    return bytes(head) + value
