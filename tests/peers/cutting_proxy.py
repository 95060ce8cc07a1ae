"""A TCP relay in front of a real server that can lose its next answer: done, but nobody knows."""

from __future__ import annotations

import socket
import socketserver
import threading
from types import TracebackType
from typing import Self

from demo.proxy import end, received, sent


class _Relay(socketserver.BaseRequestHandler):
    """Carries bytes both ways until one side ends, or until an answer is to be lost."""

    request: socket.socket

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Listener)
        with socket.create_connection(("127.0.0.1", server.proxy.target), 10) as far:
            far.settimeout(None)
            for wire in (far, self.request):  # else a small packet waits 40 ms
                wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=self._back, args=(far, server.proxy))
            back.start()
            self._copy(self.request, far)
            back.join()

    def _back(self, far: socket.socket, proxy: CuttingProxy) -> None:
        while data := received(far):
            if proxy.losing.is_set():
                proxy.losing.clear()
                proxy.lost += 1
                break
            if not sent(self.request, data):
                break
        end(self.request)
        end(far)

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        while data := received(source):
            if not sent(target, data):
                break
        end(target)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True
    proxy: CuttingProxy


class CuttingProxy:
    """A context manager in front of `target`, a port on loopback; `losing` arms the next cut."""

    def __init__(self, target: int) -> None:
        self.target, self.port, self.lost = target, 0, 0
        self.losing = threading.Event()

    def __enter__(self) -> Self:
        self._server = _Listener(("127.0.0.1", 0), _Relay)
        self._server.proxy = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
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
        self._thread.join(10)
