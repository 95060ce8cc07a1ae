"""Mail servers that record every byte a client says, and that can lack, break or forge TLS."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import trustme


def context(
    authority: trustme.CA, *, host: str = "localhost", expired: bool = False
) -> ssl.SSLContext:
    """A server's TLS with a certificate of an authority."""
    now = datetime.datetime.now(datetime.UTC)
    until = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host, not_after=until).configure_cert(made)
    return made


Answer = Callable[[bytes], bytes]
"""What a server says to one line."""


@dataclass
class FakeServer:
    """A context manager. `tls` wraps from the first byte, `starttls` after that command.

    `clear` is what was said without encryption, `secret` what was said under it.
    """

    greeting: bytes
    answer: Answer
    tls: ssl.SSLContext | None = None
    starttls: ssl.SSLContext | None = None
    smuggled: bytes = b""  # said in the clear behind the go-ahead of STARTTLS
    clear: bytearray = field(default_factory=bytearray)
    secret: bytearray = field(default_factory=bytearray)
    connections: int = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port = int(self._listener.getsockname()[1])
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="fake mail server")
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                wire, _address = self._listener.accept()
                self.connections += 1
                wire.settimeout(5)
                with contextlib.suppress(OSError):  # a client that hangs up is what is tested
                    self._wrapped(wire)
                wire.close()

    def _wrapped(self, wire: socket.socket) -> None:
        if self.tls is None:
            self._talk(wire, self.clear)
            return
        with self.tls.wrap_socket(wire, server_side=True) as covered:
            self._talk(covered, self.secret)

    def _talk(self, wire: socket.socket, heard: bytearray) -> None:
        wire.sendall(self.greeting)
        while line := self._line(wire, heard):
            if line.upper().startswith(b"STARTTLS") and self.starttls is not None:
                wire.sendall(b"220 go ahead\r\n" + self.smuggled)
                with self.starttls.wrap_socket(wire, server_side=True) as covered:
                    self._rest(covered)
                return
            wire.sendall(self.answer(line))

    def _rest(self, wire: socket.socket) -> None:
        while line := self._line(wire, self.secret):
            wire.sendall(self.answer(line))

    def _line(self, wire: socket.socket, heard: bytearray) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            data = wire.recv(1)
            if not data:
                return b""
            line += data
            heard += data
        return bytes(line)


def smtp(*offers: str) -> Answer:
    """Says yes to everything, and offers these extensions."""
    lines = ["fake.example", *offers]
    hello = "".join(f"250-{text}\r\n" for text in lines[:-1]) + f"250 {lines[-1]}\r\n"
    known = {b"EHLO": hello.encode(), b"DATA": b"354 go on\r\n", b"AUTH": b"235 welcome\r\n"}
    inside = threading.Event()  # a mail, which ends with a dot

    def answer(line: bytes) -> bytes:
        if inside.is_set() and line != b".\r\n":
            return b""
        inside.clear()
        if line.upper() == b"DATA\r\n":
            inside.set()
        return known.get(line[:4].upper(), b"250 yes\r\n")

    return answer


_IMAP = {
    b"CAPABILITY": b"* CAPABILITY IMAP4rev1 MOVE AUTH=PLAIN\r\n",
    b"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] as ever\r\n",
    b"UID SEARCH": b"* SEARCH 7\r\n",
    b"LIST": b'* LIST () "/" Refused\r\n',
}
_FETCHED = (
    b'* 1 FETCH (UID 7 RFC822.SIZE %d INTERNALDATE "01-Jan-2025 00:00:00 +0000" '
    b"BODY[HEADER.FIELDS (FROM)]<0> {%d}\r\n%s)\r\n"
)


def imap(size: int) -> Answer:
    """A mailbox with one mail of the partner's, that says it has this many bytes."""
    tags: list[bytes] = []

    def answer(line: bytes) -> bytes:
        tag, _, command = line.strip().partition(b" ")
        if not command:  # the password, after the go-ahead
            return tags[-1] + b" OK logged in\r\n"
        tags.append(tag)
        if command.startswith(b"AUTHENTICATE"):
            return b"+ \r\n"
        said = b"".join(_IMAP[name] for name in _IMAP if command.upper().startswith(name))
        if command.startswith(b"UID FETCH"):
            top = b"From: masuk@operator.example\r\n\r\n"
            said = _FETCHED % (size, len(top), top)
        return said + tag + b" OK done\r\n"

    return answer
