"""The named peers: the same bytes over the same way by the plain tool, with nothing recorded.

http.client to http.server, OpenSSH's `sftp` to the same sshd, smtplib to the same relay.
"""

from __future__ import annotations

import http.client
import shutil
import smtplib
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncssh

from bench.channels import PLAIN, Sshd
from bench.house import GATEWAY
from bench.post_office import PASSWORD, address_of
from demo.pki import HOST

Send = Callable[[], object]
CIPHER = "aes256-gcm@openssh.com"  # what the adapter and OpenSSH agree on


def https(port: int, authority: Path, data: bytes) -> Send:
    """One POST over a connection of its own, as a delivery has it."""
    context = ssl.create_default_context(cafile=str(authority))

    def send() -> None:
        connection = http.client.HTTPSConnection(HOST, port, context=context)
        connection.request("POST", "/parcels", data, {"Content-Type": "application/jose"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise AssertionError(f"expected 200, got {answer.status}")
        answer.read()
        connection.close()

    return send


@dataclass(frozen=True, slots=True)
class SftpTool:
    """OpenSSH's `sftp` as a batch, logged in by the gateway's key and the pinned host key."""

    command: tuple[str, ...]
    folder: Path

    @classmethod
    def of(cls, sshd: Sshd, private: bytes, folder: Path) -> SftpTool:
        """With files of its own in `folder`."""
        program = shutil.which("sftp")
        if program is None:
            raise RuntimeError("there is an sshd but no sftp: install openssh-client")
        key, known = folder / "sftp.key", folder / "sftp.known"
        key.touch(0o600)
        key.write_bytes(asyncssh.import_private_key(private).export_private_key())
        known.write_text(f"[{HOST}]:{sshd.port} {sshd.pin}\n")
        options = ("IdentitiesOnly=yes", f"UserKnownHostsFile={known}", "StrictHostKeyChecking=yes")
        named = [part for option in options for part in ("-o", option)]
        where = ("-P", str(sshd.port), "-i", str(key), "-F", "none", "-c", CIPHER)
        return cls((program, "-q", "-b", "-", *where, *named, f"{sshd.user}@{HOST}"), folder)

    def run(self, *lines: str) -> None:
        """One login, these commands."""
        batch = "".join(line + "\n" for line in lines)
        subprocess.run(self.command, input=batch.encode(), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def smtp(port: int, authority: Path, *, no_delay: bool) -> Iterator[Callable[[bytes], None]]:
    """One logged-in session of smtplib as it is, or with TCP_NODELAY; a call is one mail."""
    context = ssl.create_default_context(cafile=str(authority))
    with smtplib.SMTP_SSL(HOST, port, local_hostname="localhost", context=context) as session:
        if no_delay:
            _wire(session).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        session.login(GATEWAY, PASSWORD)
        sender, to = address_of(GATEWAY), address_of(PLAIN)

        def send(data: bytes) -> None:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = sender, to, "plain"
            message.set_content("A file is attached.\n")
            message.add_attachment(data, maintype="application", subtype="jose", filename="a.jwe")
            session.send_message(message)

        yield send


def _wire(session: smtplib.SMTP) -> Any:
    if session.sock is None:
        raise AssertionError("the session has no connection")
    return session.sock
