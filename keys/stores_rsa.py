"""An RSA private key in a PKCS#11 token opens content keys: OAEP with SHA-256 (RFC 8017 7.1.2).

The token does all of it where it can. Some can't: SoftHSM 2.6 has CKM_RSA_PKCS_OAEP with SHA-1
alone and answers CKR_ARGUMENTS_BAD. There the token does the RSA (CKM_RSA_X_509), the private part,
and the padding is taken off here: whatever is wrong with it is one and the same ValueError, found
in one comparison of constant time, so that nobody learns what it was (Manger, CRYPTO 2001).
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import NoReturn

import pkcs11
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import OAEP
from pkcs11 import MGF, Mechanism

from gateway.domain.errors import NotVerified
from keys.stores_token import Token, TokenKey

KEY_BYTES = 32  # of the content keys that are sealed to RSA keys (AES-256)
_HASH = hashlib.sha256
_HASH_BYTES = 32
_NO_LABEL = _HASH(b"").digest()
_NOT_HERE = (pkcs11.ArgumentsBad, pkcs11.MechanismParamInvalid, pkcs11.MechanismInvalid)
_NOT_OPENED = (pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange)
_STAYS = "a private key never leaves its token"


class TokenDecryption(rsa.RSAPrivateKey):
    """An RSA private key in a token, as the reader of CMS takes one: it opens content keys of
    KEY_BYTES, and gives nothing else."""

    def __init__(self, token: Token, key: TokenKey, public: rsa.RSAPublicKey) -> None:
        self._token = token
        self._key = key
        self._public = public

    def decrypt(self, ciphertext: bytes, padding: object) -> bytes:
        """The content key. Raises ValueError where it was not sealed to this key so; NotVerified:
        wrong-alg (another padding), token."""
        if not isinstance(padding, OAEP):
            # PKCS#1 v1.5 is an exception for partners with old tools, not for a token
            raise NotVerified("wrong-alg", "an RSA key of a token opens OAEP with SHA-256 alone")
        number = int.from_bytes(ciphertext)
        whole = len(ciphertext) == (self.key_size + 7) // 8
        if not whole or number >= self._public.public_numbers().n:
            raise ValueError("the sealed key is no number under this RSA key")
        return self._token.use(self._key, lambda key: _decrypt(key, ciphertext))

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """The public half."""
        return self._public

    def sign(self, data: object, padding: object, algorithm: object) -> NoReturn:
        """One key, one role (threats.md E11)."""
        raise NotVerified("wrong-role", "a seal key of a token signs nothing")

    def private_numbers(self) -> NoReturn:
        """The private half never leaves the token."""
        raise NotVerified("token", _STAYS)

    def private_bytes(
        self, encoding: object, format: object, encryption_algorithm: object
    ) -> NoReturn:
        """The private half never leaves the token."""
        raise NotVerified("token", _STAYS)

    def __copy__(self) -> "TokenDecryption":
        return self

    def __deepcopy__(self, memo: object) -> "TokenDecryption":
        return self


def _decrypt(key: pkcs11.PrivateKey, ciphertext: bytes) -> bytes:
    if not isinstance(key, pkcs11.DecryptMixin):
        raise NotVerified("token", "this private key of the token opens nothing")
    oaep = (Mechanism.SHA256, MGF.SHA256, None)
    try:
        return _whole(
            key.decrypt(ciphertext, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=oaep)
        )
    except _NOT_OPENED:
        raise _other() from None
    except _NOT_HERE:
        return unpadded(_whole(key.decrypt(ciphertext, mechanism=Mechanism.RSA_X_509)))


def _whole(opened: bytes | Iterator[bytes]) -> bytes:
    """python-pkcs11 gives pieces for a stream, which this is not."""
    return opened if isinstance(opened, bytes) else b"".join(opened)


def unpadded(block: bytes) -> bytes:
    """The content key in a decrypted block, without a label. Raises ValueError for all else."""
    masked_seed, masked = block[1 : 1 + _HASH_BYTES], block[1 + _HASH_BYTES :]
    seed = _xor(masked_seed, _mgf1(masked, _HASH_BYTES))
    data = _xor(masked, _mgf1(seed, len(masked)))
    zeros = bytes(max(len(data) - _HASH_BYTES - 1 - KEY_BYTES, 0))
    expected = b"\0" + _NO_LABEL + zeros + b"\1"
    # the key's length is known, so all that stands before it is: one comparison judges the whole
    if not hmac.compare_digest(block[:1] + data[:-KEY_BYTES], expected):
        raise _other()
    return data[-KEY_BYTES:]


def _other() -> ValueError:
    return ValueError("the key was not sealed with OAEP and SHA-256 to this key")


def _mgf1(seed: bytes, length: int) -> bytes:
    """RFC 8017 B.2.1 with SHA-256."""
    count = -(-length // _HASH_BYTES)
    return b"".join(_HASH(seed + i.to_bytes(4)).digest() for i in range(count))[:length]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))  # of a short block the shorter
