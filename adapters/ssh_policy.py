"""Which host keys and algorithms an SFTP partner may use (threats.md C5, C6)."""

from collections.abc import Sequence

import asyncssh

from gateway.domain.errors import InputError

# Terrapin (CVE-2023-48795) needs chacha20-poly1305 or CBC with encrypt-then-MAC; neither is
# offered, so it fails even against a server without strict key exchange.
CIPHERS = (
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)
MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
KEY_EXCHANGES = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
)
#: signature algorithm of a host key -> the key's own type; no SHA-1
HOST_KEY_ALGORITHMS = {
    "ssh-ed25519": "ssh-ed25519",
    "ecdsa-sha2-nistp256": "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384": "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521": "ecdsa-sha2-nistp521",
    "rsa-sha2-512": "ssh-rsa",
    "rsa-sha2-256": "ssh-rsa",
}


def host_keys(peer: str) -> list[asyncssh.SSHKey]:
    """The pinned host keys: OpenSSH public key lines, as in a .pub file. Raises InputError."""
    lines = [line.strip() for line in peer.splitlines() if line.strip()]
    try:
        keys = [asyncssh.import_public_key(line) for line in lines if not line.startswith("#")]
    except (asyncssh.KeyImportError, ValueError) as error:
        raise InputError(
            "a pinned host key must be an OpenSSH public key line, this one can't be read",
            hint="take the line from the server's ssh_host_ed25519_key.pub, not from known_hosts",
        ) from error
    if not keys:
        raise InputError("an SFTP partner needs at least one pinned host key, there is none")
    return keys


def host_key_algorithms(pinned: Sequence[asyncssh.SSHKey]) -> list[str]:
    """Those of the pinned keys first, then the rest.

    With the rest, a server that has another kind of key shows it, and is refused for it by name.
    """
    kinds = {key.get_algorithm() for key in pinned}
    return sorted(HOST_KEY_ALGORITHMS, key=lambda name: HOST_KEY_ALGORITHMS[name] not in kinds)
