"""What a failed HTTP exchange means, in words for a person; nothing of an answer is repeated."""

import ssl
from typing import Literal

import requests

from adapters.channel_uri import ChannelUri
from adapters.pinned_http import TooLarge
from gateway.ports import SendError


def explain(error: Exception, uri: ChannelUri, handed_over: Literal["no", "unknown"]) -> SendError:
    """The SendError; `handed_over` is what this failure means for the parcel."""
    if isinstance(error, TooLarge):
        return SendError(f"{uri}: {error}", handed_over, alert=True, hint="ask the partner")
    if isinstance(error, requests.exceptions.SSLError) and handed_over == "no":
        return SendError(
            f"{uri}: the server did not prove the pinned identity over TLS 1.2 or newer"
            f"{_of_certificate(error)}; nothing was sent",
            "no",
            alert=True,
            hint="ask the partner about its certificate; two officers approve a new one",
        )
    if isinstance(error, requests.Timeout | TimeoutError):
        return SendError(f"{uri}: no whole answer within the time for it", handed_over)
    return SendError(f"{uri}: the connection failed ({type(error).__name__})", handed_over)


def _of_certificate(error: Exception) -> str:
    """OpenSSL's reason, if a certificate was the cause: expired, other host, unknown issuer."""
    seen: BaseException | None = error
    for _ in range(8):  # the library wraps it a few times
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f": {seen.verify_message}"
        if seen is None:
            break
        seen = _inner(seen)
    return ""


def _inner(error: BaseException) -> BaseException | None:
    """The error that this one wraps, as cause, context, reason or argument."""
    reason = getattr(error, "reason", None)
    wrapped = [reason, error.__cause__, *error.args, error.__context__]
    return next((item for item in wrapped if isinstance(item, BaseException)), None)
