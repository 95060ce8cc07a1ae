"""The key that logs in to partners' SFTP servers; never a content key (design 6).

One Ed25519 SSH key a gateway, kept like every other private key: PKCS#8, encrypted, for the owner
only. Its OpenSSH form exists in memory alone.
"""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.domain.trust import Algorithm
from keys import files
from keys.generate import generate

FILE_NAME = "ssh.pem"


class SshKey:
    """Implements ports.TransportSecrets over `<folder>/ssh.pem`."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._path = folder / FILE_NAME
        self._passphrase = passphrase

    def create(self) -> None:
        """Make the key. Raises Conflict where there is one."""
        files.write_private(self._path, generate(Algorithm.ED25519), self._passphrase)

    def ssh_key(self, partner: str) -> bytes:
        """The private key in OpenSSH form, the same for every partner.

        Raises NotVerified (passphrase, key-file), NotFound.
        """
        key = files.load_private(self._path, self._passphrase)
        return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())

    def public_line(self, comment: str) -> str:
        """The line for a partner's authorized_keys. Raises as `ssh_key`."""
        key = files.load_private(self._path, self._passphrase)
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return f"{public.decode()} {comment}"
