"""A relay in front of a partner's server that loses one answer: done there, unknown here.

It carries TLS without a look inside, so it knows a parcel by its size: the first connection that
brings more than a few kilobytes is the one. All of the request is passed on, nothing of what the
server then says; once the server has said it and hangs up, so does the relay.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

from demo.pki import HOST

PARCEL = 8 * 1024  # bytes from the client in one connection; a head that names new keys has 6 kB
_PATIENCE = 30.0  # seconds without a byte, after which a connection is given up


class _Carrying(socketserver.BaseRequestHandler):
    """One connection, both ways, until both sides are done."""

    request: socket.socket
    server: _Listener

    def handle(self) -> None:
        proxy, self._lost = self.server.proxy, False
        try:
            far = socket.create_connection((HOST, proxy.target), _PATIENCE)
        except OSError:
            return  # the server is not there (yet): the client sees a closed connection
        with far:
            for wire in (far, self.request):
                wire.settimeout(_PATIENCE)
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self._back, args=(far,))
            back.start()
            self._forth(far)
            back.join()

    def _forth(self, far: socket.socket) -> None:
        carried = 0
        while data := received(self.request):
            carried += len(data)
            if carried > PARCEL and not self._lost:
                self._lost = self.server.proxy.claim()
            if not sent(far, data):
                break
        end(far)

    def _back(self, far: socket.socket) -> None:
        while data := received(far):
            if not self._lost and not sent(self.request, data):
                break
        end(self.request)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True  # a connection that hangs must not hold up the end of the demo
    block_on_close = False
    proxy: LossyProxy


class LossyProxy:
    """A context manager; `port` is where it listens, `target` the server's port on loopback.

    `losses` is how many answers get lost from the start, `lost` how many were.
    """

    def __init__(self, target: int, losses: int = 1) -> None:
        self.target, self.lost, self._losses = target, 0, losses
        self._lock = threading.Lock()
        self._server = _Listener((HOST, 0), _Carrying)
        self._server.proxy = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def claim(self) -> bool:
        """Whether this connection's answer is to be lost."""
        with self._lock:
            if self.lost == self._losses:
                return False
            self.lost += 1
            return True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def received(wire: socket.socket) -> bytes:
    """What came, b"" where the connection is over."""
    try:
        return wire.recv(65536)
    except OSError:
        return b""


def sent(wire: socket.socket, data: bytes) -> bool:
    """Whether the bytes could be passed on."""
    try:
        wire.sendall(data)
    except OSError:
        return False
    return True


def end(wire: socket.socket) -> None:
    """Wake the other direction too; the sockets are closed by their owners."""
    with contextlib.suppress(OSError):  # ended already
        wire.shutdown(socket.SHUT_RDWR)
