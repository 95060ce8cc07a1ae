"""One SMTP session with the gateway's own relay: verified TLS before anything else (threats.md M6).

smtplib speaks the protocol; how it connects, verifies and logs in is decided here. What a failure
means is decided in mail_errors.
"""

import base64
import smtplib
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from adapters.channel_uri import ChannelUri
from adapters.mail_errors import Refusal, Stage
from adapters.mail_message import Letter
from adapters.mail_wire import connect
from adapters.tls import PeerContext
from gateway.domain.failpoints import reach

_MOST_REPLY = 200  # characters of the relay's last line that are kept


class _Client(smtplib.SMTP):
    """smtplib over our own connection; without a host name it would ask DNS for its own."""

    def __init__(
        self, uri: ChannelUri, addresses: Sequence[str], context: PeerContext, name: str
    ) -> None:
        self._uri, self._addresses, self._context = uri, addresses, context
        super().__init__(local_hostname=name)
        self._host = uri.host  # what starttls() proves

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        wire = connect(self._addresses, self._uri.port, self._context)
        if self._uri.scheme == "smtp":
            return wire  # encrypted by STARTTLS before anything of ours is said
        return self._context.wrap_socket(wire, server_hostname=self._uri.host)


class RelaySession:
    """A context manager: entered means connected, the relay proven, and logged in.

    `stage` is how far it came, `born` when it was made (time.monotonic). Raises Refusal for an
    answer that is no success, OSError else.
    """

    def __init__(
        self,
        uri: ChannelUri,
        addresses: Sequence[str],
        password: str,
        context: PeerContext,
        name: str,
    ) -> None:
        self._uri, self._password, self._context = uri, password, context
        self._client = _Client(uri, addresses, context, name)
        self.stage = Stage.CONNECT
        self.server = ""
        self.born = time.monotonic()

    @property
    def fingerprint(self) -> str:
        """Of the relay's certificate; "" before it was verified."""
        return self._context.fingerprint

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is None:
            with suppress(OSError):  # what was said before the goodbye is what counts
                self._client.docmd("QUIT")
        self.close()

    def open(self) -> None:
        """Connect, prove the relay, log in; closed again where that fails."""
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it without a word."""
        self._client.close()
        self._context.hang_up()

    def renew(self, total: float) -> bool:
        """Give an idle session `total` seconds for its next mail; False where the relay is gone."""
        self._context.deadline = time.monotonic() + total
        self.stage = Stage.SENDER
        try:
            self._ask("RSET", 250)
        except OSError:
            return False
        return True

    def submit(self, sender: str, recipient: str, letter: Letter) -> str:
        """Hand over one mail; the relay's last answer."""
        self._envelope(sender, recipient, self._notices(letter.message_id), letter.size)
        self.stage = Stage.DATA
        self._ask("DATA", 354)
        wire = self._wire()
        for piece in letter.pieces():
            wire.sendall(piece)
        # A crash up to here leaves nothing: a relay drops a mail that has no end.
        reach("before:mail.data")
        self.stage = Stage.DOT
        wire.sendall(b".\r\n")
        answer = self._read(250)
        # A crash here leaves the mail on its way and the attempt open: the outcome is unknown, the
        # same bytes go again, and the partner's digest rule records them once.
        reach("after:mail.data")
        return answer

    def try_envelope(self, sender: str, recipient: str) -> None:
        """Whether the relay would take a mail of this sender to this recipient; sends none."""
        self._envelope(sender, recipient, (), 0)
        self._ask("RSET", 250)

    def _greet(self) -> None:
        code, words = self._client.connect(self._uri.host, self._uri.port)
        self._expect(220, code, words)
        self.server = _printable(words)
        self._hello()
        if self._uri.scheme == "smtp":
            self.stage = Stage.TLS
            self._client.starttls(context=self._context)
            self.stage = Stage.CONNECT
            self._hello()
        if self._uri.user:
            self.stage = Stage.LOGIN
            self._log_in()

    def _hello(self) -> None:
        self._expect(250, *self._client.ehlo())

    def _log_in(self) -> None:
        """PLAIN, or LOGIN where the relay has only that; TLS is verified by now."""
        user, secret = self._uri.user.encode(), self._password.encode()
        offered = self._client.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered or "LOGIN" not in offered:
            self._ask(f"AUTH PLAIN {_base64(b'%c%b%c%b' % (0, user, 0, secret))}", 235)
            return
        self._ask("AUTH LOGIN", 334)
        self._ask(_base64(user), 334)
        self._ask(_base64(secret), 235)

    def _notices(self, message_id: str) -> tuple[str, ...]:
        """RFC 3461: a bounce repeats our id and no content, which may have many megabytes."""
        if not self._client.has_extn("dsn"):
            return ()
        return "RET=HDRS", f"ENVID={message_id.strip('<>')}"

    def _envelope(self, sender: str, recipient: str, notices: tuple[str, ...], size: int) -> None:
        self.stage = Stage.SENDER
        options = notices
        if size and self._client.has_extn("size"):
            options = (f"SIZE={size}", *options)
        self._expect(250, *self._client.mail(sender, options))
        self.stage = Stage.RECIPIENT
        wanted = ("NOTIFY=FAILURE",) if notices else ()
        self._expect(250, *self._client.rcpt(recipient, wanted))

    def _ask(self, command: str, wanted: int) -> str:
        return self._expect(wanted, *self._client.docmd(command))

    def _read(self, wanted: int) -> str:
        return self._expect(wanted, *self._client.getreply())

    def _expect(self, wanted: int, code: int, words: bytes) -> str:
        if code != wanted and not (wanted == 250 and code == 251):
            raise Refusal(self.stage, code, words)
        return f"{code} {_printable(words)}"

    def _wire(self) -> socket.socket:
        wire = self._client.sock
        if wire is None:
            raise ConnectionError("the relay ended the connection")
        return wire


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _printable(words: bytes) -> str:
    """A server's words, safe to show and keep."""
    text = words.decode("ascii", "replace").replace("\n", " ")
    return "".join(char for char in text if " " <= char <= "~")[:_MOST_REPLY]
