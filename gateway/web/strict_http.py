"""HTTP/1.1 read strictly (RFC 9112), so that no two readers see two requests (threats.md C13).

cheroot alone takes folded lines, repeated lengths, and Transfer-Encoding beside Content-Length.
Here whatever is not plainly one request ends in 400, and every connection carries one request only.
"""

import re
import socket
import time
from contextlib import suppress
from typing import Any, cast

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest

from gateway.web import problems
from gateway.web.listener import Happened
from gateway.web.tls import BudgetSocket

MAX_HEADERS = 100  # lines
FAREWELL = 1.0  # seconds in which a client takes the last word, even one that was too slow
LINGER = 1.0  # seconds in which what a refused client still sends is thrown away

_LINE = re.compile(rb"([!#$%&'*+.^`|~0-9A-Za-z-]{1,64}):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n")
_LENGTH = re.compile(rb"[0-9]{1,12}")
_MAY_REPEAT = frozenset(
    (
        b"Accept",
        b"Accept-Encoding",
        b"Accept-Language",
        b"Cache-Control",
        b"Connection",
        b"Forwarded",
        b"Signature",
        b"Signature-Input",
        b"Via",
        b"X-Forwarded-For",
    )
)


class StrictHeaders(HeaderReader):
    """Header lines by an allow-list of one form. ValueError is cheroot's way to a 400.

    A name with an underscore is no header here: in the WSGI environment it would pass for another.
    """

    def __call__(self, rfile: Any, hdict: dict[bytes, bytes] | None = None) -> dict[bytes, bytes]:
        """Read up to the empty line."""
        headers = {} if hdict is None else hdict
        for _ in range(MAX_HEADERS):
            line = rfile.readline()
            if line == b"\r\n":
                return headers
            match = _LINE.fullmatch(line)
            if match is None:
                raise ValueError("a header line is not well-formed")
            _add(headers, match[1].title(), match[2].strip(b" \t"))
        raise ValueError("too many header lines")


def _add(headers: dict[bytes, bytes], name: bytes, value: bytes) -> None:
    if name == b"Transfer-Encoding":
        raise ValueError("a body has a Content-Length here")
    if name == b"Content-Length" and not _LENGTH.fullmatch(value):
        raise ValueError("Content-Length is no number")
    if name in headers:
        if name not in _MAY_REPEAT:
            raise ValueError("a header stands twice")
        value = headers[name] + b", " + value
    headers[name] = value


class StrictRequest(HTTPRequest):
    """One request, its errors as problem documents."""

    header_reader = StrictHeaders()

    def read_request_headers(self) -> bool:
        """Also demands a Host of HTTP/1.1 (RFC 9112 3.2)."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]  # cheroot's stubs
            return False
        if self.response_protocol == "HTTP/1.1" and not self.inheaders.get(b"Host"):
            self.simple_response("400 Bad Request")
            return False
        return True

    def send_headers(self) -> None:
        """Also leaves a client that was too slow the time to take its answer."""
        self._take_leave()
        super().send_headers()

    def _take_leave(self) -> None:
        self.conn.socket.left = max(self.conn.socket.left, FAREWELL)

    def simple_response(self, status: str | int, msg: str = "") -> None:
        """What cheroot answers by itself, in our words: `msg` may quote what came."""
        code = int(str(status)[:3])
        problem, instance = problems.of_status(code), problems.new_instance()
        self.server.tell(Happened("refused", code, note=problem.name, instance=instance))
        body = problem.body(instance)
        lines = (
            f"HTTP/1.1 {code} {problem.title}",
            f"Content-Type: {problems.MEDIA}",
            f"Content-Length: {len(body)}",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
            "",
            "",
        )
        self.close_connection = self.sent_headers = True
        self._take_leave()
        with suppress(OSError):  # whoever is gone hears nothing
            self.conn.wfile.write("\r\n".join(lines).encode("ascii") + body)


class OneRequest(HTTPConnection):
    """A connection that carries one request."""

    RequestHandlerClass = StrictRequest

    def close(self) -> None:
        """End it so that the answer is heard; never raises: that would end the server.

        Closing over bytes that were not read resets the connection, and the client may lose the
        answer to its too large body.
        """
        sock = cast(BudgetSocket, self.socket)
        with suppress(OSError, ValueError):
            sock.settimeout(LINGER)
            self.wfile.flush()
            socket.socket.shutdown(sock, socket.SHUT_WR)
            _throw_away(sock)
        with suppress(OSError, ValueError):
            super().close()
        if sock.address:
            self.server.shares.give_back(sock.address)
            sock.address = ""


def _throw_away(sock: socket.socket) -> None:
    until = time.monotonic() + LINGER
    plain = socket.socket.recv  # below TLS: nothing of it is read any more
    while time.monotonic() < until and plain(sock, 64 * 1024):
        pass
