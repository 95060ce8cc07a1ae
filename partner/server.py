"""Serving over TLS with cheroot, with limits that a slow or endless client can't get around.

cheroot's own timeout is for single reads: a byte now and then would hold a thread for hours. Here a
connection has one budget of time for all that it reads and writes: a fixed grace, and then a least
rate (threats.md D6). The handshake is part of it, and takes place in the worker's thread, so that
nobody can hold up the accepting of others.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

from gateway.domain.errors import InputError
from gateway.domain.parcel import MAX_PARCEL
from partner.doorkeeper import doorkeeper
from partner.https_client import read_pem
from partner.loop import Rounds
from partner.rest import RestService, path_of

GRACE = 15  # seconds for handshake and header
LEAST_RATE = 1024  # bytes a second after that
LEAST_SENT = 16 * 1024  # bytes a second of an answer: those in buffers count as sent
MAX_HEADER = 16 * 1024  # bytes
_THREADS = 8
_BUFFER = 256 * 1024  # bytes that wait in the kernel for a reader
_END = "-----END CERTIFICATE-----"


class _BudgetSocket(ssl.SSLSocket):
    """A TLS socket whose every operation draws on the budget of its connection."""

    begun: float
    earned: float  # seconds for what moved until now
    pinned: frozenset[bytes]  # certificates of which the other side must show one; none for any
    proven: bool

    def _prove(self) -> None:
        """Shake hands in the worker's thread; then only a pinned certificate goes on (E19)."""
        self.proven = True
        self.do_handshake()
        if self.pinned and self.getpeercert(binary_form=True) not in self.pinned:
            raise ConnectionAbortedError("not the pinned client certificate")

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._draw()
        if not self.proven:
            self._prove()
        got = super().recv_into(*args, **kwargs)
        self.earned += got / LEAST_RATE
        return got

    def send(self, data: Any, *args: Any) -> int:
        if self.fileno() < 0:
            # cheroot flushes once more when it forgets a connection that is closed: nobody hears it
            return len(data)
        self._draw()
        put = super().send(data, *args)
        self.earned += put / LEAST_SENT
        return put

    def _draw(self) -> None:
        spent = time.monotonic() - self.begun
        left = GRACE + self.earned - spent
        if left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(left)


class _Tls(BuiltinSSLAdapter):
    """TLS 1.2 and newer, without a handshake in the accepting thread."""

    def __init__(self, certificate: Path, key: Path, client: Path | None) -> None:
        super().__init__(str(certificate), str(key))
        self._pinned: frozenset[bytes] = frozenset()
        if client is not None:
            self._pin(client)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.sslsocket_class = _BudgetSocket
        self.context.num_tickets = 0  # a sender connects anew for each parcel and resumes nothing

    def _pin(self, client: Path) -> None:
        """Ask for the certificates of a PEM file, and trust them and nothing else."""
        pem = read_pem(client)
        try:
            self.context.load_verify_locations(cadata=pem)
        except (ssl.SSLError, ValueError):
            raise InputError(f"login.certificate: {client} holds no PEM certificate") from None
        self.context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        self.context.verify_mode = ssl.CERT_REQUIRED
        self._pinned = frozenset(
            ssl.PEM_cert_to_DER_cert(one + _END) for one in pem.split(_END)[:-1]
        )

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """The connection, its handshake still to come."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        wrapped = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        wrapped.begun, wrapped.earned = time.monotonic(), 0.0
        wrapped.pinned, wrapped.proven = self._pinned, False
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class _Server(Server):
    """One request a connection, so that its budget is its own."""

    keep_alive_conn_limit = 0
    expiration_interval = 0.1  # seconds that a stop may take to be noticed
    max_request_header_size = MAX_HEADER
    max_request_body_size = MAX_PARCEL

    def __init__(self, address: tuple[str, int], service: RestService) -> None:
        super().__init__(address, service, numthreads=_THREADS, server_name="palang-partner")
        self.timeout = GRACE

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Nothing: cheroot would print broken connections; the service tells what counts."""


@contextmanager
def serving(rounds: Rounds) -> Iterator[str]:
    """Serve while the block runs; yields the address. Raises InputError where that can't be."""
    settings, card = rounds.kit.settings, rounds.kit.identity.card
    address = settings.address
    if address is None:
        raise InputError("partner.toml: listen: expected host:port")
    reply, door = path_of(card.reply) if card.reply else "", doorkeeper(rounds.kit)
    server = _Server(address, RestService(rounds, path_of(card.channel), reply, door))
    try:
        client = settings.file(settings.login.certificate)
        server.ssl_adapter = _Tls(settings.path("tls_cert"), settings.path("tls_key"), client)
        server.prepare()
    except OSError as error:  # ssl.SSLError is one
        raise InputError(
            f"can't serve on {settings.listen}: {error.strerror or type(error).__name__}",
            hint="check listen, tls_cert and tls_key in partner.toml",
        ) from None
    thread = threading.Thread(target=server.serve, name="rest service")
    thread.start()
    try:
        host, port = server.bind_addr[:2]
        with rounds.kit.state.kept_open():
            yield f"https://{host}:{port}"
    finally:
        server.stop()
        thread.join()
