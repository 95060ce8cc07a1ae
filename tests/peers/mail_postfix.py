"""Debian's Postfix on loopback, an instance of its own in a temp folder: STARTTLS, login, Maildir.

Its master process wants root and its own accounts, so it runs only as root; nothing of the system's
own instance is read or changed. It delivers with virtual(8) and knows users through Dovecot.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.ports import HOST, free_port
from tests.peers.mail_dovecot import READY, greeting, mail_owner, public_folder
from tools.peers import find

BROKEN = "rusak@operator.example"  # its mailbox lies in a folder that nobody may enter
_DAEMONS = "/usr/lib/postfix/sbin"
_QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("private", "saved", "trace"),
)
_MAIN = """\
compatibility_level = 3.6
queue_directory = {work}/queue
data_directory = {work}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {work}/log
maillog_file_prefixes = {work}
alias_maps =
alias_database =
myhostname = mail.palang.example
mydestination =
mynetworks =
inet_interfaces = {host}
inet_protocols = ipv4
biff = no
smtputf8_enable = no
recipient_delimiter = +
message_size_limit = 52428800
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = texthash:{work}/boxes
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner_group}
virtual_minimum_uid = 1
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {chain}
smtpd_tls_key_file = {key}
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_peername_lookup = no
"""
_MASTER = """\
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
showq unix n - n - - showq
"""


def can_run() -> bool:
    """Whether Postfix can be started here: its master process insists on root."""
    return os.geteuid() == 0


class Postfix:
    """A context manager: entered means that it takes mail for `addresses` at `port`.

    It takes mail for BROKEN too, but can't deliver it; as it tries once only, that bounces at once.
    """

    def __init__(
        self, mail: Path, addresses: Sequence[str], auth: Path, certificate: tuple[Path, Path]
    ) -> None:
        self._mail, self._addresses, self._auth = mail, addresses, auth
        self._chain, self._key = certificate
        self._work = public_folder("postfix")
        self.work = Path(self._work.name)
        self.port = 0
        self._master: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if find("postfix") is None or not can_run():
            raise RuntimeError("postfix must be installed, and its master process needs root")
        for _ in range(3):  # the port may be taken meanwhile
            self._configure()
            self._start()
            if greeting(self.port, self._master):
                return self
            self.stop()
        complaint = self.log() + (self.work / "stderr").read_text(errors="replace")
        self._work.cleanup()
        raise RuntimeError(f"postfix did not start: {complaint}")

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._work.cleanup()

    def stop(self) -> None:
        """End the master process; it ends its group."""
        if self._master is not None:
            self._master.terminate()
            self._master.wait(READY)
            self._master = None

    def idle(self) -> bool:
        """Whether every mail that it took was delivered or bounced."""
        queues = (self.work / "queue" / name for name in ("incoming", "active", "deferred"))
        return not any(path.is_file() for queue in queues for path in queue.rglob("*"))

    def log(self) -> str:
        """What it logged."""
        path = self.work / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _configure(self) -> None:
        self.port = free_port()
        self._folders()
        owner = mail_owner()
        settings = {
            "work": self.work,
            "host": HOST,
            "port": self.port,
            "domains": " ".join(sorted({one.partition("@")[2] for one in self._addresses})),
            "mail": self._mail,
            "owner": owner.pw_uid,
            "owner_group": owner.pw_gid,
            "chain": self._chain,
            "key": self._key,
            "auth": self._auth,
            "daemons": _DAEMONS,
        }
        (self.work / "main.cf").write_text(_MAIN.format(**settings))
        (self.work / "master.cf").write_text(_MASTER.format(**settings))
        (self._mail / "shut").mkdir(mode=0o700, exist_ok=True)
        lines = [f"{address} {address}/\n" for address in self._addresses]
        (self.work / "boxes").write_text("".join(lines) + f"{BROKEN} shut/{BROKEN}/\n")

    def _folders(self) -> None:
        """The queue and its owners, as Debian's package makes them."""
        data, queue = self.work / "data", self.work / "queue"
        data.mkdir(exist_ok=True)
        shutil.chown(data, "postfix")
        (queue / "pid").mkdir(parents=True, exist_ok=True)
        for name in _QUEUES:
            (queue / name).mkdir(exist_ok=True, mode=0o700)
            shutil.chown(queue / name, "postfix")
        for name, mode in (("maildrop", 0o1730), ("public", 0o2710)):
            (queue / name).mkdir(exist_ok=True)
            shutil.chown(queue / name, "postfix", "postdrop")
            (queue / name).chmod(mode)

    def _start(self) -> None:
        """The master process without its boot script, which sleeps for seconds."""
        with (self.work / "stderr").open("wb") as log:
            self._master = subprocess.Popen(
                [f"{_DAEMONS}/master", "-c", str(self.work), "-d"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
