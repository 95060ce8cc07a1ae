"""What a failed mail exchange means, in words for a person (RFC 5321 4.2, RFC 3463).

Of a server's own words only the codes are repeated: the rest is foreign text.
"""

import re
import smtplib
import ssl
from enum import Enum

from adapters.channel_uri import ChannelUri
from gateway.domain.errors import PalangError
from gateway.ports import RefusedError, SendError

_BUSY = (421, 450, 451, 452)  # there, but it can't take a mail now
_TOO_LARGE = 552
_NO_STARTTLS = (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException)
_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")


class Stage(Enum):
    """How far a session with the relay came; only the last one may have handed over."""

    CONNECT = "greeting"
    TLS = "STARTTLS"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "mail"
    DOT = "end of the mail"


class Refusal(OSError):
    """The relay answered, and it was not a yes."""

    def __init__(self, stage: Stage, code: int, words: bytes) -> None:
        enhanced = _ENHANCED.match(words)
        self.stage, self.code = stage, code
        self.named = f"{code} {enhanced[1].decode()}" if enhanced else str(code)
        super().__init__(self.named)


def of_relay(error: Exception, uri: ChannelUri, stage: Stage, proven: bool) -> SendError:
    """The SendError of a session that came up to `stage`; `proven` once TLS was verified."""
    if isinstance(error, Refusal):
        return _refused(error, uri)
    if isinstance(error, ssl.SSLError) and not proven:
        return unproven(error, uri)
    if stage is Stage.TLS and isinstance(error, _NO_STARTTLS):
        return SendError(
            f"{uri}: the relay offers no STARTTLS; nothing was sent and no login was tried",
            "no",
            alert=True,
            hint="a mail relay without TLS is never used; check its settings and the port",
        )
    if stage is Stage.DOT:
        return SendError(
            f"{uri}: the relay's answer to the whole mail was lost ({type(error).__name__})",
            "unknown",
        )
    return broken(error, uri)


def _refused(error: Refusal, uri: ChannelUri) -> SendError:
    said = f"{uri}: the relay answered {error.named} to the {error.stage.value}"
    if 500 <= error.code < 600 and error.stage is not Stage.LOGIN:
        partners = error.stage in (Stage.RECIPIENT, Stage.DATA, Stage.DOT)
        if partners or error.code == _TOO_LARGE:
            return RefusedError(
                f"{said}: it refuses this mail",
                hint="check the partner's address and the size it takes, then resume the delivery",
            )
    if error.stage is Stage.LOGIN and error.code >= 500:
        return SendError(
            f"{said}: it refused the gateway's user or password",
            "no",
            alert=True,
            hint="check [mail] relay and the password kept for mail-relay",
        )
    if 400 <= error.code < 500:
        return SendError(f"{said}; it will be tried again", "no", busy=error.code in _BUSY)
    return SendError(
        said,
        "unknown" if error.stage is Stage.DOT else "no",
        alert=True,
        hint="check [mail] relay and sender with the people who run the relay",
    )


def unproven(error: ssl.SSLError, uri: ChannelUri) -> SendError:
    """TLS did not come about: no credential and no mail was sent."""
    why = f": {error.verify_message}" if isinstance(error, ssl.SSLCertVerificationError) else ""
    return SendError(
        f"{uri}: the server did not prove its identity over TLS 1.2 or newer{why}; "
        "nothing was sent and no login was tried",
        "no",
        alert=True,
        hint="check [mail] ca and the server's certificate",
    )


def broken(error: Exception, uri: object) -> SendError:
    """The connection failed before anything could have been handed over."""
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return SendError(f"{uri}: no answer within the time for it", "no")
    if isinstance(error, ConnectionRefusedError):
        return SendError(f"{uri}: nothing listens there", "no")
    return SendError(f"{uri}: the connection failed ({type(error).__name__})", "no")


def of_settings(error: PalangError, uri: object) -> SendError:
    """What is wrong on our own side before there is a connection: settings, CA file, password."""
    return SendError(f"{uri}: {error}", "no", alert=True, hint=error.hint)
