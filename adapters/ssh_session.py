"""One SSH connection with one SFTP client, driven from synchronous code (threats.md C5 to C7).

Nothing of the account that runs the gateway is read: no agent, config, known_hosts or ~/.ssh.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Literal, TypeVar

import asyncssh

from adapters.channel_uri import ChannelUri
from adapters.limits import Limits
from adapters.ssh_errors import explain
from gateway.domain.errors import InputError
from gateway.ports import SendError

T = TypeVar("T")

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


class SshSession:
    """A context manager: entered means connected, host key verified and logged in.

    `run` executes one step; every failure of the channel leaves as SendError.
    """

    def __init__(
        self,
        uri: ChannelUri,
        addresses: Sequence[str],
        pinned: Sequence[asyncssh.SSHKey],
        key: asyncssh.SSHKey,
        limits: Limits,
    ) -> None:
        self._uri, self._addresses, self._pinned, self._key = uri, addresses, pinned, key
        self._limits = limits
        self._ends = time.monotonic() + limits.total
        self._runner = asyncio.Runner()
        self._connection: asyncssh.SSHClientConnection | None = None
        self.fingerprint = ""
        self.server = ""

    def __enter__(self) -> "SshSession":
        try:
            self.sftp = self.run(self._open())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if self._connection is not None:
                self._runner.run(self._close(self._connection))
        finally:
            self._runner.close()

    def run(
        self, step: Coroutine[object, object, T], handed_over: Literal["no", "unknown"] = "no"
    ) -> T:
        """Run one step within what is left of the total time.

        `handed_over` is what a lost answer of this step would mean for the parcel.
        """
        try:
            return self._runner.run(self._within(step))
        except (SendError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise explain(error, self._uri, handed_over) from error

    async def _within(self, step: Coroutine[object, object, T]) -> T:
        async with asyncio.timeout(max(0.001, self._ends - time.monotonic())):
            return await step

    async def _open(self) -> asyncssh.SFTPClient:
        self._connection = connection = await self._first_answering()
        peer = connection.get_server_host_key()
        self.fingerprint = peer.get_fingerprint() if peer else ""
        self.server = str(connection.get_extra_info("server_version", ""))
        return await connection.start_sftp_client(path_encoding=None)

    async def _first_answering(self) -> asyncssh.SSHClientConnection:
        """The addresses in the resolver's order; only a network failure moves on to the next."""
        for address in self._addresses[:-1]:
            try:
                return await self._connect(address)
            except OSError:
                continue  # the last address reports its failure
        return await self._connect(self._addresses[-1])

    async def _connect(self, address: str) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            address,
            self._uri.port,
            username=self._uri.user,
            client_keys=[self._key],
            known_hosts=(list(self._pinned), [], []),
            config=None,
            agent_path=None,
            agent_forwarding=False,
            pkcs11_provider=None,
            gss_host=None,
            x509_trusted_certs=None,
            x509_trusted_cert_paths=[],
            preferred_auth=("publickey",),
            password=None,
            disable_trivial_auth=True,
            encryption_algs=CIPHERS,
            mac_algs=MACS,
            kex_algs=KEY_EXCHANGES,
            compression_algs=None,
            connect_timeout=self._limits.connect,
            login_timeout=self._limits.connect,
        )

    async def _close(self, connection: asyncssh.SSHClientConnection) -> None:
        connection.close()
        try:
            async with asyncio.timeout(2):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()  # a server that does not answer the goodbye changes nothing
