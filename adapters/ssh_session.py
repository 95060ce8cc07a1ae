"""One SSH connection with one SFTP client, driven from synchronous code (threats.md C5 to C7).

Nothing of the account that runs the gateway is read: no agent, config, known_hosts or ~/.ssh.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Literal, TypeVar

import asyncssh

from adapters.channel_uri import ChannelUri
from adapters.limits import Limits
from adapters.ssh_errors import explain
from adapters.ssh_policy import CIPHERS, KEY_EXCHANGES, MACS, host_key_algorithms
from gateway.ports import SendError

T = TypeVar("T")
_GOODBYE = 2.0  # seconds for a server to end its side


class _Witness(asyncssh.SSHClient):
    """Sees how far a connection came that then failed."""

    connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Called when there is a TCP connection."""
        self.connection = conn

    @property
    def unproven(self) -> bool:
        """Whether the server greeted us and then proved no host key."""
        seen = self.connection
        return bool(
            seen and seen.get_extra_info("server_version") and not seen.get_server_host_key()
        )


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

    def run(self, step: Coroutine[Any, Any, T], handed_over: Literal["no", "unknown"] = "no") -> T:
        """Run one step within what is left of the total time.

        `handed_over` is what a lost answer of this step would mean for the parcel.
        """
        try:
            return self._runner.run(self._within(step))
        except (SendError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise explain(error, self._uri, handed_over) from error

    async def _within(self, step: Coroutine[Any, Any, T]) -> T:
        """The step's result. Raises TimeoutError when the session's time is used up."""
        task = asyncio.ensure_future(step)
        try:
            await asyncio.wait({task}, timeout=max(0.0, self._ends - time.monotonic()))
            if task.done():
                return task.result()
            raise TimeoutError
        finally:
            if not task.done():
                await self._drop(task)

    async def _drop(self, task: asyncio.Task[T]) -> None:
        """End a step against a silent server: it may wait for ever for the answer to its own
        cleaning up, so the connection goes too.
        """
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)
        # What the abort ends inside the library has nobody to tell of it.
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        if self._connection is not None:
            self._connection.abort()
        await asyncio.wait({task}, timeout=_GOODBYE)
        if task.done() and not task.cancelled():
            task.exception()  # seen: what counts is that the time was used up

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
        """Connect and log in. Where the server hangs up over the algorithms before our own refusal
        of them, it is the same failure.
        """
        witness = _Witness()
        try:
            return await self._log_in(address, witness)
        except (asyncssh.ConnectionLost, ConnectionResetError) as error:
            if witness.unproven:
                raise asyncssh.KeyExchangeFailed("ended by the server") from error
            raise

    async def _log_in(self, address: str, witness: _Witness) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            address,
            self._uri.port,
            client_factory=lambda: witness,
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
            server_host_key_algs=host_key_algorithms(self._pinned),
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
            async with asyncio.timeout(_GOODBYE):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()  # a server that does not answer the goodbye changes nothing
