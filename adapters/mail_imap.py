"""The gateway's mailbox over IMAP4rev1 with TLS from the first byte (RFC 3501, 8314, 6851).

UIDs are used within one session only, so a new UIDVALIDITY changes nothing, and no flag is read or
set but the one that the server sets when a mail is moved.
"""

import imaplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient  # type: ignore[import-untyped]  # it ships no types
from imapclient.exceptions import LoginError  # type: ignore[import-untyped]  # as above

from adapters.channel_uri import ChannelUri
from adapters.mail_box import Found, Mine
from adapters.mail_errors import broken, unproven
from adapters.mail_parts import MOST_HEADER, top_of
from adapters.mail_sorting import WHOSE
from adapters.mail_wire import connect
from adapters.tls import PeerContext
from gateway.domain.failpoints import reach
from gateway.domain.times import SECOND, Micros
from gateway.ports import SendError

_TOP = f"BODY.PEEK[HEADER.FIELDS ({' '.join(WHOSE).upper()})]<0.{MOST_HEADER}>"
_AT_ONCE = 200  # mails whose headers are asked for in one command
_Data = dict[bytes, Any]  # what the server said of one mail, by item
#: what the library lets through when a server answers nonsense
_NONSENSE = (imaplib.IMAP4.error, ValueError, LookupError, TypeError, AttributeError)


class _Wire(imaplib.IMAP4):
    """imaplib over our own connection; imapclient's would resolve the name again."""

    def __init__(self, uri: ChannelUri, addresses: Sequence[str], context: PeerContext) -> None:
        self._place = uri, addresses, context
        super().__init__(uri.host, uri.port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        uri, addresses, context = self._place
        wire = connect(addresses, uri.port, context)
        return context.wrap_socket(wire, server_hostname=uri.host)


class _Client(IMAPClient):  # type: ignore[misc]  # the library has no complete types
    def __init__(self, uri: ChannelUri, addresses: Sequence[str], context: PeerContext) -> None:
        self._place = uri, addresses, context
        super().__init__(uri.host, uri.port, ssl_context=context)
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Wire(*self._place)


class ImapBox:
    """One login; `Found.key` is a UID of this session. `partner` is what a SEARCH narrows by."""

    def __init__(
        self,
        uri: ChannelUri,
        addresses: Sequence[str],
        password: str,
        context: PeerContext,
        words: tuple[str, str],
    ) -> None:
        self._uri, self._addresses, self._password = uri, addresses, password
        self._context, self._words = context, words
        self._client: Any = None
        self.server = ""

    def __enter__(self) -> Self:
        try:
            with self._explained():
                self._client = _Client(self._uri, self._addresses, self._context)
                self.server = _printable(self._client.welcome)
                self._log_in()
                self._enter_folder()
        except BaseException:
            self._hang_up()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._client.logout()
        except (OSError, *_NONSENSE):
            return  # everything that counts was answered before the goodbye
        finally:
            self._hang_up()

    def find(self, mine: Mine, most: int) -> list[Found]:
        """Those that a SEARCH names and whose header says so, in the order of arrival."""
        ours, partner = self._words
        with self._explained():
            uids = self._client.search(
                [
                    *("OR", "HEADER", "Delivered-To", ours),
                    *("OR", "HEADER", "X-Original-To", ours),
                    *("OR", "TO", ours),
                    *("OR", "CC", ours),
                    *("FROM", partner),
                ]
            )
            found = [self._found(uid, data) for uid, data in self._tops(uids) if _is(mine, data)]
        return sorted(found, key=lambda one: (one.at, int(one.key)))[:most]

    def read(self, found: Found) -> bytes | None:
        """By BODY.PEEK, which sets no flag."""
        with self._explained():
            answer = self._client.fetch([int(found.key)], [f"BODY.PEEK[]<0.{found.size}>"])
            for data in answer.values():
                return bytes(data[b"BODY[]<0>"])
        return None

    def move(self, found: Found, folder: str) -> None:
        """MOVE, one command; a UID that is gone is as good."""
        with self._explained():
            target = f"{self._prefix}{folder}"
            if not self._client.folder_exists(target):
                self._client.create_folder(target)
            reach("before:mail.move")
            self._client.move([int(found.key)], target)
            # A crash before leaves a kept mail in the mailbox: it comes again, a duplicate.
            reach("after:mail.move")

    def lying(self, mine: Mine, before: Micros) -> int:
        """Counted by reading headers, as `find` does."""
        with self._explained():
            tops = self._tops(self._client.search("ALL"))
            return sum(_at(data) < before and not _is(mine, data) for _uid, data in tops)

    def _hang_up(self) -> None:
        """Close the connection and the library's reader of it, in whatever state it is."""
        with suppress(OSError):
            if self._client is not None:
                self._client.shutdown()
        self._context.hang_up()

    def _log_in(self) -> None:
        """PLAIN takes any password; LOGIN only where the server has nothing else."""
        if self._client.has_capability("AUTH=PLAIN"):
            self._client.plain_login(self._uri.user, self._password)
        else:
            self._client.login(self._uri.user, self._password)

    def _enter_folder(self) -> None:
        client, self._prefix, separator = self._client, "", "/"
        if not client.has_capability("MOVE"):
            raise SendError(
                f"{self._uri}: the server can't MOVE mails (RFC 6851)",
                "no",
                alert=True,
                hint="use another server, or a Maildir",
            )
        if client.has_capability("NAMESPACE") and (personal := client.namespace().personal):
            self._prefix, separator = personal[0][0], personal[0][1] or "/"
        client.select_folder(self._uri.path.strip("/").replace("/", separator) or "INBOX")

    def _tops(self, uids: Sequence[int]) -> Iterator[tuple[int, _Data]]:
        for start in range(0, len(uids), _AT_ONCE):
            some = uids[start : start + _AT_ONCE]
            answer = self._client.fetch(some, ["RFC822.SIZE", "INTERNALDATE", _TOP])
            yield from answer.items()

    def _found(self, uid: int, data: _Data) -> Found:
        return Found(str(uid), _at(data), int(data[b"RFC822.SIZE"]))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Every failure of the mailbox leaves as SendError, and nothing of its words with it."""
        try:
            yield
        except LoginError as error:
            raise SendError(
                f"{self._uri}: the mailbox refused the gateway's user or password",
                "no",
                alert=True,
                hint="check [mail] mailbox and the password kept for mailbox",
            ) from error
        except ssl.SSLError as error:
            if self._context.certificate:
                raise broken(error, self._uri) from error
            raise unproven(error, self._uri) from error
        except (OSError, imaplib.IMAP4.abort) as error:
            raise broken(error, self._uri) from error
        except _NONSENSE as error:
            raise SendError(
                f"{self._uri}: the mailbox refused a command or gave no IMAP answer "
                f"({type(error).__name__})",
                "no",
                alert=True,
                hint="check that the folder of [mail] mailbox exists and may be changed",
            ) from error


def _is(mine: Mine, data: _Data) -> bool:
    top = next((value for name, value in data.items() if name.startswith(b"BODY[")), b"")
    return mine(top_of(bytes(top)))


def _at(data: _Data) -> Micros:
    moment: datetime = data[b"INTERNALDATE"]
    return int(moment.astimezone(UTC).timestamp()) * SECOND


def _printable(words: bytes) -> str:
    text = words.decode("ascii", "replace")
    return "".join(char for char in text if " " <= char <= "~")[:200]
