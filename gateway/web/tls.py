"""TLS for cheroot, with one budget of time for a connection (threats.md D6).

cheroot's own timeout is for single reads: a byte now and then would hold a thread for hours. Here a
connection has a fixed grace, and then a least rate, for all that it reads and writes. The handshake
is part of it and takes place in the worker's thread, so that nobody can hold up the accepting of
others. (The kit's server does the same; neither side may import the other.)
"""

import hashlib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cheroot.errors import FatalSSLAlert
from cheroot.ssl.builtin import BuiltinSSLAdapter

from gateway.web.shares import Shares

GRACE = 15.0  # seconds for handshake and header
LEAST_RATE = 8 * 1024  # bytes a second after that
SEND_BUFFER = 128 * 1024  # bytes; a larger one would take a parcel in that nobody reads


class BudgetSocket(ssl.SSLSocket):
    """A TLS socket whose operations draw on the budget of its connection: they cost the time that
    they wait for the client, and what moves earns time, never beyond the grace. Our own work costs
    the client nothing."""

    left: float  # seconds
    address: str  # whose share of connections it holds

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """As of a socket. Raises TimeoutError where the budget is used up."""
        with self._drawing():
            got = super().recv_into(*args, **kwargs)
        self._earn(got)
        return got

    def send(self, data: Any, *args: Any) -> int:
        """As of a socket. Raises TimeoutError where the budget is used up."""
        if self.fileno() < 0:
            # cheroot flushes once more when it forgets a connection that is closed: nobody hears it
            return len(data)
        with self._drawing():
            put = super().send(data, *args)
        self._earn(put)
        return put

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        if self.left <= 0:
            raise TimeoutError("timed out")
        self.settimeout(self.left)
        began = time.monotonic()
        try:
            yield
        finally:
            self.left -= time.monotonic() - began

    def _earn(self, moved: int) -> None:
        self.left = min(GRACE, self.left + moved / LEAST_RATE)


class Tls(BuiltinSSLAdapter):
    """TLS 1.2 and newer. With `client_ca`, clients are asked for a certificate of its authorities;
    which partner must show which is decided by the pins, later.

    A connection of an address that holds its share is refused before any handshake.

    Raises OSError (ssl.SSLError is one) for files that can't be used.
    """

    def __init__(
        self, certificate: Path, key: Path, client_ca: Path | None, shares: Shares
    ) -> None:
        super().__init__(str(certificate), str(key))
        self._shares = shares
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.sslsocket_class = BudgetSocket
        if client_ca is not None:
            self.context.load_verify_locations(client_ca)
            self.context.verify_mode = ssl.CERT_OPTIONAL

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        """Without a handshake: this runs in the accepting thread.

        FatalSSLAlert makes cheroot forget the connection.
        """
        try:
            address = str(sock.getpeername()[0])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        except OSError as error:  # gone already
            sock.close()
            raise FatalSSLAlert(*error.args) from error
        if not self._shares.take(address):
            sock.close()
            raise FatalSSLAlert("this address holds its share of connections")
        try:
            wrapped = self.context.wrap_socket(
                sock, server_side=True, do_handshake_on_connect=False
            )
        except OSError as error:
            self._shares.give_back(address)
            raise FatalSSLAlert(*error.args) from error
        wrapped.left, wrapped.address = GRACE, address
        return wrapped, {"wsgi.url_scheme": "https", "HTTPS": "on"}


def fingerprint(sock: ssl.SSLSocket) -> str:
    """`SHA256:<hex>` of the client's certificate, "" where it showed none."""
    der = sock.getpeercert(binary_form=True)
    return f"SHA256:{hashlib.sha256(der).hexdigest()}" if der else ""
