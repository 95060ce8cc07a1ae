"""What a failed HTTP exchange means, in words for a person; nothing of an answer is repeated."""

import ssl
from typing import Literal, TypeVar

import requests

from adapters.channel_uri import ChannelUri
from adapters.pinned_http import TooLarge
from gateway.ports import SendError

E = TypeVar("E", bound=BaseException)
#: RFC 8446 6.2, as OpenSSL names them
_CERTIFICATE_ALERTS = frozenset(
    {
        "ACCESS_DENIED",
        "BAD_CERTIFICATE",
        "CERTIFICATE_EXPIRED",
        "CERTIFICATE_REQUIRED",
        "CERTIFICATE_REVOKED",
        "CERTIFICATE_UNKNOWN",
        "UNKNOWN_CA",
        "UNSUPPORTED_CERTIFICATE",
    }
)
_MOST = 50  # errors looked at; the library wraps one in about four others


def explain(error: Exception, uri: ChannelUri, handed_over: Literal["no", "unknown"]) -> SendError:
    """The SendError; `handed_over` is what this failure means for the parcel."""
    if isinstance(error, TooLarge):
        return SendError(f"{uri}: {error}", handed_over, alert=True, hint="ask the partner")
    if reason := _refused_us(error):
        return SendError(
            f"{uri}: the server does not accept the gateway's client certificate ({reason}); "
            "nothing was handed over",
            "no",
            alert=True,
            hint="compare it with what the partner pinned: palang key secret list",
        )
    if isinstance(error, requests.exceptions.SSLError) and handed_over == "no":
        return SendError(
            f"{uri}: the server did not prove the pinned identity over TLS 1.2 or newer"
            f"{_of_certificate(error)}; nothing was sent",
            "no",
            alert=True,
            hint="ask the partner about its certificate, and whether it asks for one of ours; two "
            "officers approve a new one",
        )
    if isinstance(error, requests.Timeout) or _wrapped(error, TimeoutError):
        return SendError(f"{uri}: no whole answer within the time for it", handed_over)
    return SendError(f"{uri}: the connection failed ({type(error).__name__})", handed_over)


def _refused_us(error: Exception) -> str:
    """The server's TLS alert about our certificate, in words, or "".

    With TLS 1.3 it comes after our side of the handshake, together with what we sent first; but a
    server that refuses the handshake gives none of that to its application (RFC 8446 4.4.2.4).
    """
    found = _wrapped(error, ssl.SSLError)
    reason = (found.reason or "") if found else ""
    alert = reason.partition("_ALERT_")[2]
    return alert.lower().replace("_", " ") if alert in _CERTIFICATE_ALERTS else ""


def _of_certificate(error: Exception) -> str:
    """OpenSSL's reason, if a certificate was the cause: expired, other host, unknown issuer."""
    found = _wrapped(error, ssl.SSLCertVerificationError)
    return f": {found.verify_message}" if found else ""


def _wrapped(error: BaseException, kind: type[E]) -> E | None:
    """The error of that kind which the library wrapped: cause, context, reason or argument."""
    todo, seen = [error], 0
    while todo and seen < _MOST:
        seen += 1
        one = todo.pop(0)
        if isinstance(one, kind):
            return one
        inner = (getattr(one, "reason", None), one.__cause__, one.__context__, *one.args)
        todo += [item for item in inner if isinstance(item, BaseException)]
    return None
