"""A partner's HTTPS service on loopback, with a certificate of its own CA, that can misbehave."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import trustme

REPLY = b"eyJ0eXAiOiJ0ZXN0In0.e30.c2ln"


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Behaviour = Callable[["Handler", bytes], None]


class Handler(BaseHTTPRequestHandler):
    """Does what its server's behaviour says for a POST; serves the reply store honestly."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer; header names are given with underscores."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def cut(self) -> None:
        """End the connection without a goodbye, as a dying host does."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.server.shutdown_request(self.connection)

    def do_POST(self) -> None:
        peer = self.server.peer
        if peer.reset_after is not None:
            self.rfile.read(peer.reset_after)
            self.cut()
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        peer.note(self, body)
        peer.behaviour(self, body)

    def do_GET(self) -> None:
        peer, item = self.server.peer, self.path.rpartition("/")[2]
        peer.note(self, b"")
        if peer.listing is not None and self.path == peer.reply_path:
            peer.listing(self, b"")
        elif self.path == peer.reply_path:
            listing = {"v": 1, "items": sorted(peer.replies)}
            self.answer(200, json.dumps(listing).encode(), Content_Type="application/json")
        elif item in peer.replies:
            self.answer(200, peer.replies[item], Content_Type="application/jose")
        else:
            self.answer(404)

    def do_DELETE(self) -> None:
        peer = self.server.peer
        peer.note(self, b"")
        found = peer.replies.pop(self.path.rpartition("/")[2], None)
        self.answer(404 if found is None else 204)

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""


class Server(ThreadingHTTPServer):
    """Its threads end with it; a client that gives up is no error."""

    daemon_threads = False
    block_on_close = True
    peer: TlsServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A broken connection is what many tests are about."""

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # typeshed's request type covers UDP too
        peer = self.peer
        peer.connections += 1
        peer.active.append(request)
        request.settimeout(10)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._talk(request, client_address)
        finally:
            peer.active.remove(request)

    def _talk(self, request: socket.socket, client_address: object) -> None:
        with self.peer.context.wrap_socket(request, server_side=True) as wire:
            super().finish_request(wire, client_address)


def taken(body: bytes = REPLY) -> Behaviour:
    """200 with a statement; the parcel is stored once an id, as the partner's rule wants."""

    def behave(handler: Handler, data: bytes) -> None:
        handler.server.peer.store(handler, data)
        handler.answer(200, body, Content_Type="application/jose")

    return behave


def accepted(handler: Handler, data: bytes) -> None:
    """202: replies are collected later."""
    handler.server.peer.store(handler, data)
    handler.answer(202)


def status(code: int, *, stored: bool = False, **headers: str) -> Behaviour:
    """Any other answer, with the parcel stored or not."""

    def behave(handler: Handler, data: bytes) -> None:
        if stored:
            handler.server.peer.store(handler, data)
        handler.answer(code, b"the partner's own words", **headers)

    return behave


def lost_reply(handler: Handler, data: bytes) -> None:
    """The parcel is stored, the answer never arrives."""
    handler.server.peer.store(handler, data)
    handler.cut()


def half_reply(handler: Handler, data: bytes) -> None:
    """An answer that ends before its length."""
    handler.server.peer.store(handler, data)
    handler.answer(200, REPLY[:5], Content_Type="application/jose", Content_Length="500")
    handler.cut()


def oversize(size: int) -> Behaviour:
    """An answer without end, as far as the client's patience goes."""

    def behave(handler: Handler, data: bytes) -> None:
        handler.answer(200, b"x" * size, Content_Type="application/jose")

    return behave


def drip(part: str) -> Behaviour:
    """A byte now and then, in the header or in the body, for ever."""

    def behave(handler: Handler, data: bytes) -> None:
        if part == "body":
            handler.answer(200, b"", Content_Type="application/jose", Content_Length="100000")
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not handler.server.peer.ending.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    return behave


@dataclass
class TlsServer:
    """A context manager: entered means listening. `pem` is what a partner card pins."""

    behaviour: Behaviour = field(default_factory=taken)
    host: str = "localhost"  # the name in its certificate
    expired: bool = False
    version: ssl.TLSVersion | None = None  # the only version it speaks
    reset_after: int | None = None  # bytes of a POST's body that it reads before it dies
    listing: Behaviour | None = None  # instead of the honest reply list
    reply_path: str = "/replies"
    replies: dict[str, bytes] = field(default_factory=dict)
    stored: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    active: list[socket.socket] = field(default_factory=list)  # connections that are open now
    address: str = "127.0.0.1"
    ca: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.ending = threading.Event()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        self.certificate = self.ca.issue_cert(self.host, not_after=until if self.expired else None)
        self.certificate.configure_cert(self.context)
        if self.version is not None:
            self.context.minimum_version = self.context.maximum_version = self.version
            self.context.set_ciphers("ALL:@SECLEVEL=0")

    @property
    def pem(self) -> str:
        """The CA's certificate."""
        return self.ca.cert_pem.bytes().decode()

    @property
    def own_pem(self) -> str:
        """The server's own certificate."""
        return self.certificate.cert_chain_pems[0].bytes().decode()

    def uri(self, path: str = "/parcels", host: str = "localhost") -> str:
        """The channel URI of a path here."""
        return f"https://{host}:{self.port}{path}"

    def note(self, handler: Handler, body: bytes) -> None:
        """Keep what came for the test to look at."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.seen.append(Seen(handler.command, handler.path, headers, body))

    def store(self, handler: Handler, data: bytes) -> None:
        """Record a parcel once an idempotency key (promise B's rule)."""
        key = handler.headers["Idempotency-Key"]
        self.stored.setdefault(key, (handler.headers["Palang-Parcel"], data))

    def __enter__(self) -> Self:
        self._server = Server((self.address, 0), Handler)
        self._server.peer = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="tls server"
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether the condition comes true in time."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()
