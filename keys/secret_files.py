"""Secrets that are no keys (passwords, tokens, foreign key pairs), one encrypted file each.

Compact JWE under the unlock secret: PBES2 with as many rounds as a key file has, then A256GCM. The
file's own name is in the authenticated header, so a file under another partner's name is refused.
Any JOSE tool opens it.
"""

import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwe
from joserfc.jwk import OctKey

from gateway.domain.canonical import JsonObject, decode
from gateway.domain.errors import InputError, NotFound, NotPermitted, NotVerified
from gateway.domain.failpoints import reach
from gateway.domain.ids import is_partner_id
from keys import base64url
from keys.files import MIN_PASSPHRASE, SECRET_ROUNDS

ALG = "PBES2-HS512+A256KW"  # RFC 7518 4.8
ENC = "A256GCM"
TYP = "palang-secret+jwe"
MAX_SECRET = 64 * 1024  # bytes; a certificate chain with its key has some thousand
MAX_FILE = 2 * MAX_SECRET

_SUFFIX = ".jwe"
_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*", re.ASCII)
_MEMBERS = {"alg", "enc", "kid", "p2c", "p2s", "typ"}


class _Registry(jwe.JWERegistry):
    """Only our two algorithms, and sizes for certificate chains."""

    max_protected_header_length = 1024
    max_ciphertext_length = MAX_FILE

    def __init__(self) -> None:
        super().__init__(algorithms=[ALG, ENC])


_REGISTRY = _Registry()


@dataclass(frozen=True, slots=True, order=True)
class SecretName:
    """What a secret is for: a kind, and the partner whom it belongs to ("" for our own)."""

    kind: str
    partner: str = ""

    def __str__(self) -> str:
        return f"{self.kind}.{self.partner}" if self.partner else self.kind

    @classmethod
    def parse(cls, text: str) -> "SecretName | None":
        """Read a name back; None where it is none."""
        kind, _, partner = text.partition(".")
        name = cls(kind, partner)
        good = _KIND.fullmatch(kind) and (not partner or is_partner_id(partner))
        return name if good and str(name) == text else None


class SecretFiles:
    """Named secrets in a folder, `<name>.jwe` each."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._folder, self._passphrase = folder, passphrase

    def write(self, name: SecretName, clear: bytes) -> None:
        """Set or replace a secret, durably and in one step.

        Raises InputError: an unlock secret that protects nothing, an empty or overlong secret, a
        folder that can't be written.
        """
        if len(self._passphrase) < MIN_PASSPHRASE:
            raise InputError(f"an unlock secret has at least {MIN_PASSPHRASE} bytes")
        if not 0 < len(clear) <= MAX_SECRET:
            raise InputError(f"a secret has 1 to {MAX_SECRET} bytes, this one has {len(clear)}")
        try:
            self._replace(self._path(name), _seal(str(name), clear, self._passphrase))
        except OSError as error:
            raise InputError(f"{self._path(name)} can't be written: {error.strerror}") from None

    def _replace(self, path: Path, data: bytes) -> None:
        for left in self._folder.glob(f".{path.name}.*.part"):
            left.unlink(missing_ok=True)  # of a command that was killed; it is encrypted too
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
        try:
            _create(part, data)
            reach("before:secret.rename")
            # A crash here leaves the old secret in force and an encrypted `.part` beside it, which
            # the next write of this secret removes.
            os.replace(part, path)
            reach("after:secret.rename")
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync(self._folder)

    def read(self, name: SecretName) -> bytes:
        """The secret, decrypted in memory.

        Raises NotFound; NotPermitted where others can read the file; NotVerified: passphrase (the
        unlock secret does not open it), key-file (damaged, or another secret's).
        """
        path = self._path(name)
        return _open(path, str(name), _bytes_of(path), self._passphrase)

    def remove(self, name: SecretName) -> None:
        """Take a secret away. Raises NotFound, InputError."""
        path = self._path(name)
        try:
            path.unlink()
            _sync(self._folder)
        except FileNotFoundError:
            raise NotFound(f"there is no secret {name}") from None
        except OSError as error:
            raise InputError(f"{path} can't be removed: {error.strerror}") from None

    def names(self) -> list[SecretName]:
        """All secrets that are there, in order."""
        found = (SecretName.parse(p.name[: -len(_SUFFIX)]) for p in self._folder.glob("*.jwe"))
        return sorted(name for name in found if name)

    def has(self, name: SecretName) -> bool:
        """Whether there is such a file, readable or not."""
        return self._path(name).is_file()

    def _path(self, name: SecretName) -> Path:
        if SecretName.parse(str(name)) is None:
            raise InputError("a secret's name is a kind and a partner id")
        return self._folder / f"{name}{_SUFFIX}"


def _seal(name: str, clear: bytes, passphrase: bytes) -> bytes:
    header = {"alg": ALG, "enc": ENC, "kid": name, "p2c": SECRET_ROUNDS, "typ": TYP}
    key = OctKey.import_key(passphrase)
    return jwe.encrypt_compact(header, clear, key, registry=_REGISTRY).encode() + b"\n"


def _open(path: Path, name: str, data: bytes, passphrase: bytes) -> bytes:
    token = data.removesuffix(b"\n")
    header = _header(path, token)
    if header.get("kid") != name:
        raise NotVerified("key-file", f"{path} holds another secret than its name says")
    try:
        clear = jwe.decrypt_compact(
            token, OctKey.import_key(passphrase), registry=_REGISTRY
        ).plaintext
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  joserfc leaks the errors of all its parts (design 7)
        raise NotVerified(
            "passphrase",
            f"the unlock secret does not open {path}, or the file is damaged",
            hint="set it again: palang key secret set",
        ) from None
    return clear or b""


def _header(path: Path, token: bytes) -> JsonObject:
    try:
        part = base64url.decode(token.partition(b".")[0], "the header part")
        header = decode(part, what="the JWE header")
    except NotVerified as error:
        raise NotVerified("key-file", f"{path} is damaged: {error}") from None
    good = (header.get("alg"), header.get("enc"), header.get("typ")) == (ALG, ENC, TYP)
    if not good or set(header) != _MEMBERS:
        raise NotVerified("key-file", f"{path} is no secret file of this version")
    return header


def _bytes_of(path: Path) -> bytes:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise NotFound(f"there is no secret file {path}") from None
    except OSError as error:
        raise NotPermitted(f"{path} can't be read: {error.strerror}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise NotPermitted(
            f"{path} is open to others", hint=f"chmod 600 {path}, and ask who read it"
        )
    if len(data) > MAX_FILE:
        raise NotVerified("key-file", f"{path} is larger than a secret file")
    return data


def _create(path: Path, data: bytes) -> None:
    """A new file for its owner alone, whatever the umask (threats.md C12)."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # a umask only takes away; the owner must be able to read
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
