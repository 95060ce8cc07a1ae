"""The listener on a real TLS socket, and clients that write bytes as they like."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import trustme

from gateway.web.listener import Listener
from gateway.web.server import Serving, listening
from tests.web.house import JOSE, A


@cache
def authority() -> trustme.CA:
    """One CA for all tests; making keys is slow."""
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@cache
def server_certificate() -> trustme.LeafCert:
    """The listener's."""
    return authority().issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.ECDSA)


class HasListener(Protocol):
    """A house, or whatever else puts a listener together."""

    @property
    def listener(self) -> Listener: ...


@dataclass
class Wire:
    """Where the listener is."""

    host: str
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Its base, without the version."""
        return f"https://{self.host}:{self.port}"

    @property
    def ca(self) -> Path:
        """The authority's PEM file."""
        return self.folder / "ca.pem"

    def context(self, client: trustme.LeafCert | None = None) -> ssl.SSLContext:
        """What a careful client uses."""
        context = ssl.create_default_context()
        authority().configure_trust(context)
        if client is not None:
            client.configure_cert(context)
        return context

    @contextmanager
    def connect(
        self, source: str = "127.0.0.1", client: trustme.LeafCert | None = None
    ) -> Iterator[ssl.SSLSocket]:
        """A TLS connection from this loopback address."""
        where = (self.host, self.port)
        with (
            socket.create_connection(where, 10, (source, 0)) as plain,
            self.context(client).wrap_socket(plain, server_hostname=self.host) as wrapped,
        ):
            yield wrapped

    def say(self, data: bytes, **how: str) -> bytes:
        """Send these bytes; everything that comes back until the end."""
        with self.connect(**how) as sock:  # type: ignore[arg-type]  # only source= is passed
            with suppress(OSError):  # the answer may come before all was sent
                sock.sendall(data)
            return everything(sock)


def everything(sock: ssl.SSLSocket) -> bytes:
    """All that comes until the other side ends it."""
    parts = []
    with suppress(ssl.SSLError, ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def post_bytes(path: str, body: bytes, *lines: str) -> bytes:
    """A whole request as its bytes."""
    head = [
        f"POST /v1/{path} HTTP/1.1",
        "Host: pull.gateway.example",
        f"Content-Type: {JOSE}",
        f"Content-Length: {len(body)}",
        *lines,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def statuses(answer: bytes) -> list[int]:
    """The status of every answer in what came back."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", answer)]


@contextmanager
def wired(
    house: HasListener,
    folder: Path,
    *,
    client_ca: bool = False,
    threads: int = 8,
    per_address: int = 8,
) -> Iterator[Wire]:
    """The listener, served."""
    authority().cert_pem.write_to_path(folder / "ca.pem")
    pair = server_certificate()
    pair.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    serving = Serving(
        "127.0.0.1:0",
        folder / "server.pem",
        folder / "server.pem",
        folder / "ca.pem" if client_ca else None,
        threads=threads,
        per_address=per_address,
    )
    with listening(house.listener, serving) as url:
        parts = urlsplit(url)
        yield Wire(str(parts.hostname), int(parts.port or 0), folder)


STATEMENTS = f"{A}/statements"
