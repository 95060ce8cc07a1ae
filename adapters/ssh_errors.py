"""What an SSH or SFTP failure means, in words for a person.

A server's own error text is never repeated: a partner could put anything into it (promise H).
"""

from typing import Literal

import asyncssh

from adapters.channel_uri import ChannelUri
from gateway.ports import SendError

Outcome = Literal["no", "unknown"]

_IDENTITY = (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed)
#: statuses that say for sure that nothing was done, whatever was asked
_DENIED = (
    asyncssh.SFTPPermissionDenied,
    asyncssh.SFTPNoSuchFile,
    asyncssh.SFTPNoSuchPath,
    asyncssh.SFTPOpUnsupported,
    asyncssh.SFTPWriteProtect,
)
#: of newer SFTP versions; the common one has only "failure" (sftp_upload asks the disk then)
_FULL = (asyncssh.SFTPQuotaExceeded, asyncssh.SFTPNoSpaceOnFilesystem)


def explain(error: Exception, uri: ChannelUri, handed_over: Outcome) -> SendError:
    """The SendError for a failure here; `handed_over` is what a lost answer would mean."""
    if isinstance(error, _IDENTITY):
        return SendError(
            f"{uri}: the server's host key is not the pinned one, or it can't prove one with a "
            "safe algorithm; nothing was sent and no login was tried",
            "no",
            alert=True,
            hint="ask the partner by telephone for the fingerprint before a new key is approved",
        )
    if isinstance(error, asyncssh.PermissionDenied):
        return SendError(
            f"{uri}: the server refused the login with our key",
            "no",
            alert=True,
            hint="ask the partner to install the gateway's public SSH key for this user",
        )
    return _of_sftp(error, uri, handed_over) or _of_network(error, uri, handed_over)


def _of_sftp(error: Exception, uri: ChannelUri, handed_over: Outcome) -> SendError | None:
    """The server's answer to one request, if it was one."""
    if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
        return None
    if isinstance(error, _FULL):
        return SendError(
            f"{uri}: the server refused: {_words(error)}",
            "no",
            busy=True,
            hint="the partner must make room there",
        )
    if isinstance(error, _DENIED):
        return SendError(
            f"{uri}: the server refused: {_words(error)}",
            "no",
            alert=True,
            hint="check the folder and its rights with the partner, then: palang doctor",
        )
    if isinstance(error, asyncssh.SFTPError):
        return SendError(
            f"{uri}: the server failed: {_words(error)}",
            handed_over,
            hint="SFTP has no word for a full disk; ask the partner if it stays",
        )
    return None


def _of_network(error: Exception, uri: ChannelUri, handed_over: Outcome) -> SendError:
    if isinstance(error, TimeoutError):
        return SendError(f"{uri}: no answer within the time for it", handed_over)
    if isinstance(error, ConnectionRefusedError):
        return SendError(f"{uri}: nothing listens there", handed_over)
    return SendError(f"{uri}: the connection failed ({type(error).__name__})", handed_over)


def _words(error: Exception) -> str:
    """`SFTPNoSuchFile` as "no such file"."""
    name = type(error).__name__.removeprefix("SFTP")
    return "".join(f" {char.lower()}" if char.isupper() else char for char in name).strip()
