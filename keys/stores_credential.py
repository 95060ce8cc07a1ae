"""Private keys as systemd credentials: files in $CREDENTIALS_DIRECTORY, for this service only.

`LoadCredentialEncrypted=palang-manifest:/etc/palang/manifest.cred` in the unit shows one file;
its name does not matter, the key inside does. systemd keeps the folder in memory that is not
swapped and readable by the service alone, so a key may lie there in clear; one under the unlock
secret is opened with that. The store can't be written: new keys are made elsewhere and brought in.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.domain.errors import InputError, NotFound, NotVerified
from gateway.domain.trust import Algorithm, Role
from keys import jwk, policy
from keys.files import MAX_FILE, Opener
from keys.policy import PrivateKey, PublicKey
from keys.raw import PrivateSigner

SCHEME = "credential:"


class CredentialStore:
    """Every private key among a service's credentials; implements keys.keyring.KeyStore.

    `prefix` is how the names of those that are keys begin. They are read at the first use: systemd
    sets them at the start of the service and never changes them.
    """

    def __init__(self, prefix: str, environ: Mapping[str, str], passphrase: bytes) -> None:
        self._prefix = prefix
        self._folder = environ.get("CREDENTIALS_DIRECTORY", "")
        self._passphrase = passphrase
        self._keys: dict[str, PrivateKey] | None = None

    @property
    def where(self) -> str:
        """The store in words."""
        return "the systemd credentials"

    def holds(self, role: Role, kid: str) -> bool:
        """Whether that key is among them. Raises NotFound, NotVerified."""
        return kid in self._read()

    def signer(self, role: Role, kid: str) -> PrivateSigner:
        """That signing key. Raises NotFound, NotVerified."""
        key = self._read().get(kid)
        if key is None:
            raise NotFound(f"{self.where} have no {role} key {kid}")
        if isinstance(key, X25519PrivateKey):
            raise NotVerified("wrong-role", f"key {kid} is a sealing key; it can't sign")
        return PrivateSigner(key)

    def make(self, role: Role, algorithm: Algorithm) -> PublicKey:
        """Raises InputError: systemd gives credentials, nobody writes there."""
        raise InputError(
            f"no key can be made in {self.where}",
            hint="openssl genpkey, then systemd-creds encrypt; then name its public half: "
            f"palang key rotate {role} --public FILE",
        )

    def opener(self, kid: str) -> Opener:
        """That sealing key. Raises NotVerified("unknown-key")."""
        key = self._read().get(kid)
        if key is None or isinstance(key, Ed25519PrivateKey):
            raise NotVerified("unknown-key", f"{self.where} have no seal key {kid}")
        return Opener(kid, policy.algorithm(key, Role.SEAL), key)

    def named(self, identifier: bytes) -> Opener:
        """The sealing key of that subject key identifier. Raises NotVerified("unknown-key")."""
        for kid, key in self._read().items():
            if jwk.subject_key_identifier(key.public_key()) == identifier:
                return self.opener(kid)
        raise NotVerified("unknown-key", f"{self.where} have no seal key that the parcel names")

    def _read(self) -> dict[str, PrivateKey]:
        if self._keys is None:
            if not self._folder:
                raise NotFound(
                    "no systemd credential is here: this process was not started by its unit",
                    hint="systemd-run -p LoadCredentialEncrypted=... runs one command with them",
                )
            try:
                self._keys = dict(map(self._key, self._files()))
            except OSError as error:
                raise NotVerified(
                    "key-file", f"{self.where} can't be read: {error.strerror}"
                ) from None
        return self._keys

    def _files(self) -> list[Path]:
        names = sorted(os.listdir(self._folder))
        return [Path(self._folder) / name for name in names if name.startswith(self._prefix)]

    def _key(self, path: Path) -> tuple[str, PrivateKey]:
        with path.open("rb") as file:
            data = file.read(MAX_FILE + 1)
        secret = self._passphrase if b"ENCRYPTED PRIVATE KEY" in data else None
        try:
            key = load_pem_private_key(data, secret)
        except Exception as error:  # noqa: BLE001  every parser defect is one refusal here (E20)
            raise NotVerified(
                "key-file",
                f"the credential {path.name} is no private key ({type(error).__name__})",
                hint='name only keys so: key_store = "credential:PREFIX"',
            ) from None
        if isinstance(key, PrivateKey) and policy.is_known(key):
            return jwk.key_id(key.public_key()), key
        raise NotVerified("key-file", f"{path.name}: a key is of the kind {policy.KINDS}")
