"""Real SFTP servers on loopback for the demo and the tests: the system's OpenSSH, else asyncssh.

Both are context managers: entered means listening, left means gone. The gateway itself never is an
SSH server (design 2).
"""

import asyncio
import contextlib
import os
import pwd
import signal
import socket
import subprocess
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncssh

from demo.ports import HOST, free_port
from tools.peers import find

READY = 10.0  # seconds until a server must answer
_CONFIG = """\
ListenAddress {host}:{port}
HostKey {work}/host_key
AuthorizedKeysFile {work}/authorized_keys
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers {user}
UsePAM {pam}
StrictModes no
PidFile none
LogLevel ERROR
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d {folder}
AllowTcpForwarding no
X11Forwarding no
PermitTTY no
"""


class SftpServer(ABC):
    """What both servers tell: where they are, who they are, and whom they let in.

    `folder` is where a login begins, `authorized` are OpenSSH public key lines, `pin` is the host
    key line for `Partner.peer`.
    """

    name = ""

    def __init__(self, folder: Path, authorized: str, *, host_key: bytes = b"") -> None:
        self.folder, self.authorized = folder.resolve(), authorized
        self.user, self.port, self.version = pwd.getpwuid(os.geteuid()).pw_name, 0, ""
        private = (
            asyncssh.import_private_key(host_key)
            if host_key
            else asyncssh.generate_private_key("ssh-ed25519")
        )
        self.host_key = private.export_private_key()
        self.pin = private.export_public_key().decode().strip()

    def uri(self, path: str = "/inbox") -> str:
        """The channel URI of a folder below the login's own."""
        return f"sftp://{self.user}@{HOST}:{self.port}{path}"

    @abstractmethod
    def start(self) -> None:
        """Listen. Raises RuntimeError where that fails."""

    @abstractmethod
    def stop(self) -> None:
        """End, with every session."""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


class SshdServer(SftpServer):
    """The system's OpenSSH sshd, as the current user, with nothing but internal-sftp."""

    name = "OpenSSH sshd"

    def __init__(self, folder: Path, authorized: str, *, host_key: bytes = b"") -> None:
        super().__init__(folder, authorized, host_key=host_key)
        self._process: subprocess.Popen[bytes] | None = None
        self._work: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Write key and settings, start it, wait for its greeting; thrice, if the port is taken."""
        program = find("sshd")
        if program is None:
            raise RuntimeError("there is no sshd on this machine: install openssh-server")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # only its boot script makes it
        self._work = tempfile.TemporaryDirectory(prefix="palang-sshd-")
        for _ in range(3):
            if self._try(program, Path(self._work.name)):
                return
        raise RuntimeError(f"sshd did not start: {self._complaint()}")

    def stop(self) -> None:
        """End the listener and the sessions that it began."""
        if self._process is not None:
            _end_sessions(self._process.pid)
            self._process.terminate()
            self._process.wait(timeout=READY)
            self._process = None
        if self._work is not None:
            self._work.cleanup()
            self._work = None

    def _try(self, program: str, work: Path) -> bool:
        self.port = free_port()
        _write(work / "host_key", self.host_key)
        _write(work / "authorized_keys", self.authorized.encode() + b"\n")
        settings = _CONFIG.format(
            host=HOST,
            port=self.port,
            work=work,
            user=self.user,
            folder=self.folder,
            pam=_needs_pam(),
        )
        _write(work / "sshd_config", settings.encode())
        command = [program, "-D", "-e", "-f", str(work / "sshd_config")]
        with (work / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        greeting = _greeting(self.port, self._process)
        self.version = greeting.removeprefix("SSH-2.0-").partition(" ")[0]
        return bool(greeting)

    def _complaint(self) -> str:
        log = Path(self._work.name) / "log" if self._work else None
        return log.read_text(errors="replace").strip() if log else ""


class AsyncsshServer(SftpServer):
    """An asyncssh SFTP server in a thread of its own, locked into its folder.

    `sftp` makes the SFTP side of a session, for peers that misbehave; `logins` are the users that
    have begun to log in.
    """

    name = "asyncssh"

    def __init__(
        self,
        folder: Path,
        authorized: str,
        *,
        host_key: bytes = b"",
        sftp: Callable[[asyncssh.SSHServerChannel[bytes]], asyncssh.SFTPServer] | None = None,
        **options: object,
    ) -> None:
        super().__init__(folder, authorized, host_key=host_key)
        self.user, self.version = "palang", asyncssh.__version__
        self.logins: list[str] = []
        self._sftp = sftp or self._chrooted
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._ending = asyncio.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Serve from a thread with its own event loop."""
        self._thread = threading.Thread(target=self._serve, name="sftp server")
        self._thread.start()
        if not self._ready.wait(READY) or self._failure:
            raise RuntimeError("the asyncssh server did not start") from self._failure

    def stop(self) -> None:
        """Close all sessions and end the thread."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(READY)
            self._thread = None
        if not self._loop.is_closed():
            self._loop.close()

    def _serve(self) -> None:
        try:
            self._loop.run_until_complete(self._until_ended())
        except (OSError, asyncssh.Error, ValueError) as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _until_ended(self) -> None:
        connections: set[asyncssh.SSHServerConnection] = set()
        server = self

        class Login(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                connections.add(conn)

            def begin_auth(self, username: str) -> bool:
                server.logins.append(username)
                return True

        options = {"encoding": None, "allow_scp": False, **self._options}
        acceptor = await asyncssh.listen(
            HOST,
            0,
            server_factory=Login,
            server_host_keys=[asyncssh.import_private_key(self.host_key)],
            authorized_client_keys=asyncssh.import_authorized_keys(self.authorized),
            sftp_factory=self._sftp,
            config=None,
            **options,
        )
        self.port = acceptor.get_port()
        self._ready.set()
        await self._ending.wait()
        await asyncio.sleep(0.01)  # asyncio loses a connection that it accepts while it closes
        acceptor.close()
        await acceptor.wait_closed()
        for connection in connections:
            connection.abort()
        await asyncio.gather(*(connection.wait_closed() for connection in connections))

    def _chrooted(self, channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(self.folder).encode())


def best_sftp_server(folder: Path, authorized: str) -> SftpServer:
    """The system's sshd where there is one, else asyncssh; `name` and `version` say which."""
    return SshdServer(folder, authorized) if find("sshd") else AsyncsshServer(folder, authorized)


def _write(path: Path, data: bytes) -> None:
    """Write a file that only we may read; sshd insists on that for its host key."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _greeting(port: int, process: subprocess.Popen[bytes]) -> str:
    """The server's first line, or "" where it ended or stays silent."""
    until = time.monotonic() + READY
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), READY) as wire:
            line = wire.recv(256).decode("ascii", "replace").strip()
            if line.startswith("SSH-"):
                return line
        time.sleep(0.02)
    return ""


def _needs_pam() -> str:
    """`no`: root's PAM session fails in many containers. But sshd without PAM takes an account that
    no person logs in to (nobody) for a locked one.
    """
    account = pwd.getpwuid(os.geteuid())
    served = account.pw_uid != 0 and account.pw_shell.endswith(("/nologin", "/false"))
    return "yes" if served else "no"


def _end_sessions(pid: int) -> None:
    """End a listener's sessions while it lives: it reaps them, init may not."""
    until = time.monotonic() + 3.0
    while children := _children(pid):
        late = time.monotonic() > until
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL if late else signal.SIGTERM)
        if late:
            return
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    """Processes that this one began (Linux); sshd's sessions outlive it otherwise."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in found.read_text().split()]
    except OSError:
        return []
