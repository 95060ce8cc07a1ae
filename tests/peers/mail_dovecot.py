"""Debian's Dovecot on loopback, with a configuration of its own: IMAP over TLS, Postfix's logins.

As root it serves mails as `nobody`, else as the current user; nothing of the system's own
configuration is read.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.ports import HOST, free_port
from tools.peers import find

READY = 15.0  # seconds until a server must answer
_CONFIG = """\
base_dir = {work}/run
state_dir = {work}/state
log_path = {work}/log
protocols = imap
listen = {host}
ssl = required
ssl_cert = <{chain}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
first_valid_uid = 1
auth_failure_delay = 0
first_valid_gid = 1
mail_location = maildir:{mail}/{address}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner_group} home={work}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  unix_listener {work}/auth {{
    mode = 0666
  }}
}}
"""


def mail_owner() -> pwd.struct_passwd:
    """Whose the mails are: nobody's where we are root, which Dovecot and Postfix never serve."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def public_folder(name: str) -> tempfile.TemporaryDirectory[str]:
    """A folder that servers under another user can enter; pytest's own lets in nobody else."""
    folder = tempfile.TemporaryDirectory(prefix=f"palang-{name}-")
    Path(folder.name).chmod(0o755)
    return folder


def give(folder: Path) -> None:
    """Make a mail folder the mail owner's."""
    owner = mail_owner()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)


def greeting(port: int, process: subprocess.Popen[bytes] | None) -> bool:
    """Whether a server takes connections at its port before the time is up."""
    until = time.monotonic() + READY
    while time.monotonic() < until and process is not None and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1.0):
            return True
        time.sleep(0.05)
    return False


class Dovecot:
    """A context manager. `mail` holds the Maildir of `address`; `auth` is the login socket."""

    def __init__(
        self, mail: Path, address: str, password: str, certificate: tuple[Path, Path]
    ) -> None:
        self._mail, self._address, self._password = mail, address, password
        self._chain, self._key = certificate
        self._work = public_folder("dovecot")
        self.work = Path(self._work.name)
        self.auth = self.work / "auth"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        program = find("dovecot")
        if program is None:
            raise RuntimeError("there is no dovecot on this machine: install dovecot-imapd")
        for _ in range(3):  # the port may be taken meanwhile
            self._start(program)
            if greeting(self.port, self._process):
                return self
            self.stop()
        complaint = self.log() + (self.work / "stderr").read_text(errors="replace")
        self._work.cleanup()
        raise RuntimeError(f"dovecot did not start: {complaint}")

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._work.cleanup()

    def stop(self) -> None:
        """End it with its children, at once: its own way waits seconds for idle ones."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(READY)
            self._process = None

    def log(self) -> str:
        """What it logged."""
        path = self.work / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _start(self, program: str) -> None:
        self.port = free_port()
        owner, root = mail_owner(), os.geteuid() == 0
        config = self.work / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                work=self.work,
                host=HOST,
                port=self.port,
                chain=self._chain,
                key=self._key,
                login="dovenull" if root else owner.pw_name,
                internal="dovecot" if root else owner.pw_name,
                group="dovecot" if root else grp.getgrgid(owner.pw_gid).gr_name,
                mail=self._mail,
                address=self._address,
                password=self._password,
                owner=owner.pw_uid,
                owner_group=owner.pw_gid,
            )
        )
        with (self.work / "stderr").open("wb") as log:
            command = [program, "-F", "-c", str(config)]
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
