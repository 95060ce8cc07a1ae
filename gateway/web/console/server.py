"""`palang console`: the application on a socket; TLS, or plain HTTP on loopback only."""

import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server
from flask import Flask

from gateway.domain.errors import InputError
from gateway.web.console.app import MAX_FORM

THREADS = 16
MAX_HEADER = 32 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Serving:
    """Where to serve: host:port, port 0 for a free one; a certificate and its key, or neither."""

    listen: str
    tls_cert: Path | None = None
    tls_key: Path | None = None


class _Server(Server):
    expiration_interval = 0.1  # seconds that a stop may take to be noticed
    max_request_header_size = MAX_HEADER
    max_request_body_size = 8 * MAX_FORM  # so that the application says what is too large

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Nothing: cheroot would print broken connections; the application tells what counts."""


@contextmanager
def consoling(app: Flask, serving: Serving) -> Iterator[str]:
    """Serve while the block runs; yields the address. Raises InputError where that can't be."""
    host, port = _address(serving)
    server = _Server((host, port), app, numthreads=THREADS, server_name="palang")
    try:
        if serving.tls_cert and serving.tls_key:
            server.ssl_adapter = BuiltinSSLAdapter(str(serving.tls_cert), str(serving.tls_key))
        server.prepare()
    except OSError as error:  # ssl.SSLError is one
        raise InputError(
            f"can't serve the console on {serving.listen}: "
            f"{error.strerror or type(error).__name__}",
            hint="check listen, tls_cert and tls_key in [console] of palang.toml",
        ) from None
    thread = threading.Thread(target=server.serve, name="console")
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        scheme = "https" if serving.tls_cert else "http"
        yield f"{scheme}://{shown}:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join()


def _address(serving: Serving) -> tuple[str, int]:
    """Raises InputError: no host:port, or plain HTTP that others could read."""
    host, _, port = serving.listen.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise InputError("[console] listen: expected host:port", hint='as "127.0.0.1:8480"')
    if not serving.tls_cert and not _loopback(host):
        raise InputError(
            "[console] listen: without a certificate the console serves loopback only",
            hint="set tls_cert and tls_key, or listen on 127.0.0.1 behind a proxy that has them",
        )
    return host, int(port)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
