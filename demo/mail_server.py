"""A small post office on loopback for the demo and the tests: aiosmtpd into Maildir folders.

It is everybody's relay at once: who logs in over TLS may send to every address that has a mailbox
here, and each mailbox is a Maildir that its owner reads. The gateway itself never is a mail server.
"""

import asyncio
import itertools
import logging
import os
import ssl
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
READY = 10.0  # seconds until it must listen
_MOST = 256 * 1024 * 1024  # bytes of a mail
# aiosmtpd warns of its own way to note each login
logging.getLogger("mail.log").setLevel(logging.ERROR)
_PARTS = ("tmp", "new", "cur")


class MailServer:
    """A context manager: entered means listening, left means gone.

    `accounts` are passwords by user, `certificate` the paths of a PEM chain and its key. With
    `starttls` the connection begins in the clear and must change over before a login, else it is
    TLS from the first byte. A mailbox of `a@b` takes mail for `a+anything@b` too.
    """

    name = "aiosmtpd"

    def __init__(
        self,
        folder: Path,
        accounts: Mapping[str, str],
        certificate: tuple[Path, Path],
        *,
        starttls: bool = False,
    ) -> None:
        self.folder, self.accounts, self.starttls = folder, dict(accounts), starttls
        self.port = 0
        self.taken: list[tuple[str, str]] = []  # sender and recipient of every mail
        self.logins: list[str] = []  # mechanism and user of every try
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending, self._ready = asyncio.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def relay(self, user: str, host: str = "localhost") -> str:
        """The URI of this relay for a user, as in `[mail] relay`."""
        scheme = "smtp" if self.starttls else "smtps"
        return f"{scheme}://{user.replace('@', '%40')}@{host}:{self.port}"

    def mailbox(self, address: str) -> Path:
        """The Maildir of an address, made where there is none."""
        return make_maildir(self.folder / address.lower())

    # what a peer that misbehaves overrides: the answer to each step, "" for yes

    def on_sender(self, sender: str) -> str:
        """The answer to MAIL FROM."""
        return ""

    def on_recipient(self, recipient: str) -> str:
        """The answer to RCPT TO: there must be a mailbox."""
        return "" if self._box(recipient).is_dir() else "550 5.1.1 no such mailbox here"

    def on_mail(self, envelope: Envelope) -> str:
        """The answer to the whole mail; what is not taken is not kept."""
        return ""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        serve = partial(self._serve, self._loop)
        self._thread = threading.Thread(target=serve, name="mail server")
        self._thread.start()
        if not self._ready.wait(READY) or self._failure:
            self.stop()
            raise RuntimeError("the mail server did not start") from self._failure
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close all sessions and end the thread."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(READY)
            self._loop.close()
            self._thread = self._loop = None

    def keep(self, envelope: Envelope) -> None:
        """Deliver to each recipient's mailbox, with the two headers that a delivery adds."""
        for recipient in envelope.rcpt_tos:
            head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {recipient}\r\n"
            deliver(self._box(recipient), head.encode() + (envelope.original_content or b""))
            self.taken.append((str(envelope.mail_from), recipient))

    def _box(self, recipient: str) -> Path:
        local, _, domain = recipient.lower().rpartition("@")
        return self.folder / f"{local.partition('+')[0]}@{domain}".replace("/", "_")

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._until_ended(loop))
        except (OSError, ValueError) as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _until_ended(self, loop: asyncio.AbstractEventLoop) -> None:
        sessions: list[SMTP] = []

        def session() -> SMTP:
            sessions.append(self._session(loop))
            return sessions[-1]

        context = None if self.starttls else self._context
        server = await loop.create_server(session, HOST, 0, ssl=context)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        await self._ending.wait()
        await asyncio.sleep(0.01)  # asyncio loses a connection that it accepts while it closes
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.abort()  # type: ignore[attr-defined]  # always a stream's transport
        await server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    def _session(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        return SMTP(
            _Handler(self),
            hostname="mail.palang.example",
            ident="ESMTP",
            data_size_limit=_MOST,
            tls_context=self._context if self.starttls else None,
            require_starttls=self.starttls,
            auth_require_tls=self.starttls,
            authenticator=self._log_in,
            loop=loop,
        )

    def _log_in(
        self, _server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        login = LoginPassword(*data)
        user = login.login.decode()
        self.logins.append(f"{mechanism} {user}")
        good = self.accounts.get(user, "").encode() == login.password != b""
        return AuthResult(success=good, handled=False)


class _Handler:
    """aiosmtpd's hooks; who did not log in may do nothing."""

    def __init__(self, office: MailServer) -> None:
        self._office = office

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = "" if session.authenticated else "530 5.7.0 log in first"
        if refusal := refusal or self._office.on_sender(address):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _opts: list[str]
    ) -> str:
        if refusal := self._office.on_recipient(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if refusal := self._office.on_mail(envelope):
            return refusal
        self._office.keep(envelope)
        return f"250 2.0.0 Ok: queued as {len(self._office.taken)}"


_numbers = itertools.count(1)


def make_maildir(folder: Path) -> Path:
    """The folder with its three parts."""
    for part in _PARTS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


def deliver(maildir: Path, data: bytes) -> Path:
    """Write a mail as any delivery agent does: whole in tmp, then renamed into new."""
    name = f"{time.time_ns() // 1000:016}.{os.getpid()}_{next(_numbers)}.palang"
    part = maildir / "tmp" / name
    part.write_bytes(data)
    return part.rename(maildir / "new" / name)
