"""`palang web`: the application on a TLS socket, with room that no single address can use up."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cheroot.wsgi import Gateway_10, Server

from gateway.domain.ending import until
from gateway.domain.errors import InputError
from gateway.web.app import make_app
from gateway.web.authentication import PEER
from gateway.web.bodies import MAX_STATEMENT
from gateway.web.listener import Happened, Listener
from gateway.web.shares import Shares
from gateway.web.strict_http import OneRequest
from gateway.web.tls import Tls, fingerprint

MAX_HEADER = 16 * 1024  # bytes
WAITING = 256  # connections that wait for a thread; more are closed


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and how to serve. `listen` is host:port, port 0 for a free one.

    `threads` serve one connection each; one address holds at most `per_address` of them, so that
    slow clients of one house leave room for the others.
    """

    listen: str
    tls_cert: Path
    tls_key: Path
    client_ca: Path | None = None
    threads: int = 64
    per_address: int = 16


class _WsgiGateway(Gateway_10):
    """Tells the application which certificate the client showed; the handshake is over by now."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's stubs say None
        """The WSGI environment."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]  # as above
        environ[PEER] = fingerprint(self.req.conn.socket)
        # cheroot says False; werkzeug takes the name alone for True, and then an early end for good
        del environ["wsgi.input_terminated"]
        return environ


class _Server(Server):
    """One request a connection, so that its budget is its own and nothing can be smuggled in."""

    ConnectionClass = OneRequest
    keep_alive_conn_limit = 0
    expiration_interval = 0.1  # seconds that a stop may take to be noticed
    max_request_header_size = MAX_HEADER
    max_request_body_size = MAX_STATEMENT

    def __init__(self, listener: Listener, serving: Serving, address: tuple[str, int]) -> None:
        super().__init__(
            address,
            make_app(listener),
            numthreads=serving.threads,
            max=serving.threads,
            server_name="palang",
            accepted_queue_size=WAITING,
            accepted_queue_timeout=1,
        )
        self.gateway = _WsgiGateway
        self.tell = listener.tell
        self.shares = Shares(serving.per_address)
        self.ssl_adapter = Tls(serving.tls_cert, serving.tls_key, serving.client_ca, self.shares)

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Nothing: cheroot would print broken connections; `tell` says what counts."""


@contextmanager
def listening(listener: Listener, serving: Serving) -> Iterator[str]:
    """Serve while the block runs; yields the address. Raises InputError where that can't be."""
    try:
        server = _Server(listener, serving, _address(serving.listen))
        server.prepare()
    except OSError as error:  # ssl.SSLError is one
        raise InputError(
            f"can't serve on {serving.listen}: {error.strerror or type(error).__name__}",
            hint="check listen, tls_cert, tls_key and client_ca in [exchange] of palang.toml",
        ) from None
    thread = threading.Thread(target=server.serve, name="partner listener")
    thread.start()
    try:
        host, port = server.bind_addr[:2]
        yield f"https://{host}:{port}"
    finally:
        server.stop()
        thread.join()


def serve(listener: Listener, serving: Serving, stop: threading.Event) -> None:
    """Serve until `stop` is set; requests that have begun come to their end. Raises InputError."""
    with listening(listener, serving) as url:
        listener.tell(Happened("listening", 0, note=url))
        until(stop)


def _address(text: str) -> tuple[str, int]:
    """host:port, the host perhaps in brackets. Raises InputError."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise InputError("[exchange] listen: expected host:port", hint="for example 0.0.0.0:8443")
    return host.strip("[]"), int(port)
