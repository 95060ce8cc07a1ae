"""Private keys at rest: one PKCS#8 PEM file each, encrypted with a passphrase, for the owner only.

Clear text never reaches the disk: the key is encrypted in memory and the file is created 0600 and
new (O_EXCL), whatever the umask (threats.md C12). `openssl pkey -in FILE` opens it.
"""

import base64
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.domain.errors import Conflict, InputError, NotFound, NotVerified
from gateway.domain.trust import Algorithm, Role
from keys import jwk, pkcs8, policy
from keys.policy import PrivateKey
from keys.raw import PrivateSigner

MIN_PASSPHRASE = 8  # bytes; OWASP ASVS 5.0, 6.2.1
MAX_PASSPHRASE = 1024  # bytes; OpenSSL reads no more
SECRET_ROUNDS = 20_000  # for an unlock secret that a machine made; some milliseconds
PERSON_ROUNDS = (
    600_000  # for a person's passphrase (OWASP Password Storage); a fraction of a second
)
MAX_FILE = 8192  # bytes of a key file


@dataclass(frozen=True, slots=True)
class Opener:
    """A private sealing key in memory."""

    kid: str
    alg: Algorithm
    key: X25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey

    @property
    def identifier(self) -> bytes:
        """How a sealed message names this key: by subject key identifier (CMS), or by the last 8
        bytes of the fingerprint (OpenPGP)."""
        if self.alg is Algorithm.OPENPGP:
            return bytes.fromhex(self.kid.removeprefix(jwk.PGP))[-8:]
        return jwk.subject_key_identifier(self.key.public_key())


def key_path(folder: Path, role: Role, kid: str) -> Path:
    """Where a key of this role and id lies in a key folder."""
    return folder / f"{role}-{kid}.pem"


def write_private(
    path: Path, key: PrivateKey, passphrase: bytes, rounds: int = SECRET_ROUNDS
) -> None:
    """Write a new encrypted key file, durably.

    `rounds` of PBKDF2: PERSON_ROUNDS for a passphrase that a person remembers.

    Raises Conflict where the file exists, InputError for a passphrase that protects nothing or a
    folder that can't be written.
    """
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        raise InputError(f"a passphrase has {MIN_PASSPHRASE} to {MAX_PASSPHRASE} bytes")
    try:
        _create(path, pkcs8.encrypt(key, passphrase, rounds))
    except FileExistsError:
        raise Conflict(f"{path} exists; a private key is never overwritten") from None
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from None


def _create(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(handle, 0o600)  # a umask only takes away; the owner must be able to read
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    # A crash before this point leaves a cut-off encrypted file: loading it names it, and as no pin
    # was committed for it yet, the person deletes it and repeats the command.
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_PEM_WORDS = (b"-----BEGIN", b"-----END", b"ENCRYPTED", b"PRIVATE", b"KEY-----")


def load_private(path: Path, passphrase: bytes) -> PrivateKey:
    """Read a key file.

    Raises NotFound where there is none; NotVerified: passphrase (wrong), key-file (readable by
    others, not encrypted, damaged, of a kind that the policy does not know).
    """
    return _decrypted(_read(path), passphrase, str(path))


def _decrypted(data: bytes, passphrase: bytes, what: str) -> PrivateKey:
    if b"ENCRYPTED PRIVATE KEY" not in data:
        raise NotVerified("key-file", f"{what} is no encrypted PKCS#8 key file")
    if not passphrase:
        raise NotVerified("passphrase", f"{what} needs its passphrase")
    try:
        key = load_pem_private_key(data, passphrase)
    except ValueError as error:
        # with a wrong one the padding fits once in 256 times, and what comes out is no key
        if "password" in str(error) or _is_whole(data):
            raise NotVerified("passphrase", f"the passphrase does not open {what}") from None
        raise NotVerified("key-file", f"{what} is damaged") from None
    except Exception as error:  # noqa: BLE001  every parser defect is one refusal here (E20)
        raise NotVerified("key-file", f"{what} is damaged ({type(error).__name__})") from None
    if isinstance(key, PrivateKey) and policy.is_known(key):
        return key
    raise NotVerified("key-file", f"{what}: a key is of the kind {policy.KINDS}")


def _is_whole(data: bytes) -> bool:
    """Whether the file's outer form, one SEQUENCE of the length that it names, is as written."""
    if not data.rstrip().endswith(b"-----END ENCRYPTED PRIVATE KEY-----"):
        return False
    body = b"".join(line for line in data.split() if line not in _PEM_WORDS)
    try:
        der = base64.b64decode(body, validate=True)
    except ValueError:
        return False
    long = der[1] & 0x7F if len(der) > 2 and der[0] == 0x30 and der[1] & 0x80 else 0
    size = int.from_bytes(der[2 : 2 + long]) if long else (der[1] if len(der) > 1 else 0)
    return len(der) == 2 + long + size


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise NotFound(f"there is no key file {path}") from None
    except OSError as error:
        raise NotVerified("key-file", f"{path} can't be read: {error.strerror}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise NotVerified(
            "key-file", f"{path} is open to others", hint=f"chmod 600 {path}, and ask who read it"
        )
    if len(data) > MAX_FILE:
        raise NotVerified("key-file", f"{path} is larger than a key file")
    return data


def load_signer(path: Path, passphrase: bytes) -> PrivateSigner:
    """A signing key. Raises as load_private, and NotVerified("wrong-role") for a sealing key."""
    return _signer(load_private(path, passphrase), str(path))


def open_signer(pem: bytes, passphrase: bytes) -> PrivateSigner:
    """The same from a key file's bytes, as they are kept beside an account.

    Raises as load_signer.
    """
    if len(pem) > MAX_FILE:
        raise NotVerified("key-file", "this is larger than a key file")
    return _signer(_decrypted(pem, passphrase, "the approval key"), "the approval key")


def _signer(key: PrivateKey, what: str) -> PrivateSigner:
    if isinstance(key, X25519PrivateKey):
        raise NotVerified("wrong-role", f"{what} holds a sealing key; it can't sign")
    return PrivateSigner(key)


def load_opener(path: Path, passphrase: bytes, pgp: str = "") -> Opener:
    """A sealing key; `pgp` is its id, where it is one of an OpenPGP certificate.

    Raises as load_private, and NotVerified("wrong-role") for a signing key.
    """
    key = load_private(path, passphrase)
    if isinstance(key, Ed25519PrivateKey):
        raise NotVerified("wrong-role", f"{path} holds a signing key; it can't open parcels")
    if pgp:
        return Opener(pgp, Algorithm.OPENPGP, key)
    return Opener(jwk.key_id(key.public_key()), policy.algorithm(key, Role.SEAL), key)
