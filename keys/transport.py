"""What logs the gateway in to others: SSH key, passwords, tokens, certificates (design 6).

Never a content key. Everything lies encrypted in the keys folder, for the owner only, and is in the
clear in memory alone.
"""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.domain.trust import Algorithm
from keys import client_pem, files
from keys.generate import generate
from keys.raw import PrivateSigner
from keys.secret_files import SecretFiles, SecretName

FILE_NAME = "ssh.pem"

MAIL_RELAY = "mail-relay"
MAILBOX = "mailbox"
BEARER = "bearer"
CLIENT_CERTIFICATE = "client-certificate"
REQUEST_KEY = "request-key"

ACCOUNTS = (MAIL_RELAY, MAILBOX)
OF_PARTNER = (BEARER, CLIENT_CERTIFICATE, REQUEST_KEY)


class SshKey:
    """The one Ed25519 SSH key of a gateway, `<folder>/ssh.pem`, PKCS#8 like other private keys."""

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


class Transport:
    """Implements ports.TransportSecrets over a key folder."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._ssh = SshKey(folder, passphrase)
        self._files = SecretFiles(folder, passphrase)

    def ssh_key(self, partner: str) -> bytes:
        """As SshKey."""
        return self._ssh.ssh_key(partner)

    def password(self, account: str) -> str:
        """The password of `mail-relay` or `mailbox`. Raises as SecretFiles.read."""
        return self._files.read(SecretName(account)).decode()

    def bearer(self, partner: str) -> str | None:
        """The partner's token, or None. Raises NotPermitted, NotVerified."""
        found = self._optional(BEARER, partner)
        return None if found is None else found.decode()

    def client_certificate(self, partner: str) -> tuple[bytes, bytes] | None:
        """Chain and key as PEM, or None. Raises NotPermitted, NotVerified."""
        found = self._optional(CLIENT_CERTIFICATE, partner)
        return None if found is None else client_pem.split(found)

    def request_signer(self, partner: str) -> PrivateSigner | None:
        """What signs requests to this partner, or None. Raises NotPermitted, NotVerified."""
        found = self._optional(REQUEST_KEY, partner)
        return None if found is None else PrivateSigner(client_pem.signing_key(found))

    def _optional(self, kind: str, partner: str) -> bytes | None:
        name = SecretName(kind, partner)
        return self._files.read(name) if self._files.has(name) else None
