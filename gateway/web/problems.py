"""Every error as an RFC 9457 problem: one table from error to problem, and one of their words.

The words are fixed: nothing of a request, a statement or the store is repeated in them. `instance`
stands in the log line too, where the reason is told.
"""

import json
from dataclasses import dataclass
from uuid import uuid4

from werkzeug.exceptions import HTTPException

from gateway.domain.errors import NotVerified, PalangError
from gateway.domain.times import SECOND
from gateway.ports import QuotaExceeded, Replayed

MEDIA = "application/problem+json"
PREFIX = "urn:palang:problem:"
RETRY_AFTER = 30  # seconds, where the store is busy or full


class Unauthenticated(NotVerified):
    """Whoever asks is not shown to be the partner in the path. One answer for all of it."""


class NotFresh(Unauthenticated):
    """Well signed by the partner, at another time than now."""


class TooManyAtOnce(PalangError):
    """Too many large bodies are being looked at; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem's fixed words."""

    name: str
    status: int
    title: str
    detail: str

    def body(self, instance: str) -> bytes:
        """The document (RFC 9457 section 3)."""
        document = {
            "type": PREFIX + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        return json.dumps(document, separators=(",", ":")).encode()


UNAUTHENTICATED = Problem(
    "unauthenticated",
    401,
    "Not authenticated",
    "The body must be one signed document, of the form that its media type names, by a key that is "
    "pinned to the partner in the path and valid now, with that partner as iss and the gateway as "
    "aud; and the request must bring each credential of the transport that was agreed with the "
    "partner.",
)
_PROBLEMS = (
    UNAUTHENTICATED,
    Problem(
        "not-fresh",
        401,
        "Request is not fresh",
        "The signature holds, but 'at' is more than 300 seconds from the time in the Date header.",
    ),
    Problem(
        "unreadable",
        400,
        "Statement can't be read",
        "The signature holds, but the statement is not of the form that its header names.",
    ),
    Problem("bad-request", 400, "Bad request", "The request is not well-formed HTTP or too short."),
    Problem("not-found", 404, "Not found", "There is nothing at this path."),
    Problem("method", 405, "Method not allowed", "The Allow header names the methods."),
    Problem("timeout", 408, "Too slow", "The request did not come in the time there is for it."),
    Problem(
        "replayed",
        409,
        "Used before",
        "This signed request was used here before. Sign a new one, with a nonce of its own.",
    ),
    Problem("length", 411, "Length required", "A body needs Content-Length; it is not chunked."),
    Problem(
        "too-large", 413, "Too large", "The body or header has more bytes than are taken here."
    ),
    Problem("uri-too-long", 414, "URI too long", "The path has more bytes than are taken here."),
    Problem(
        "media-type",
        415,
        "Media type",
        "The body must be application/jose, application/pkcs7-mime or application/pgp-signature; "
        "that of a list application/octet-stream.",
    ),
    Problem(
        "quota", 429, "Quota used up", "The partner did all it may in this time; see Retry-After."
    ),
    Problem("internal", 500, "Internal error", "The gateway's people find it by the instance."),
    Problem("unavailable", 503, "Unavailable", "Nothing was kept; send the same again later."),
    Problem("http-version", 505, "HTTP version", "HTTP/1.1 and HTTP/1.0 are spoken here."),
)
BY_NAME = {problem.name: problem for problem in _PROBLEMS}
_BY_STATUS = {problem.status: problem for problem in reversed(_PROBLEMS)} | {
    400: BY_NAME["bad-request"]
}

_BY_ERROR: tuple[tuple[type[Exception], str], ...] = (
    (NotFresh, "not-fresh"),
    (Unauthenticated, "unauthenticated"),
    (NotVerified, "unreadable"),
    (Replayed, "replayed"),
    (QuotaExceeded, "quota"),
    (PalangError, "unavailable"),  # the store is busy, full or gone
)
"""The one table from error to problem; the first that fits rules."""


def of_error(error: Exception) -> Problem:
    """The problem of an error; what is not in the table is an internal one."""
    for kind, name in _BY_ERROR:
        if isinstance(error, kind):
            return BY_NAME[name]
    if isinstance(error, HTTPException):
        return of_status(error.code or 500)
    return BY_NAME["internal"]


def of_status(status: int) -> Problem:
    """The problem of a status that the HTTP layer gives."""
    return _BY_STATUS.get(status, BY_NAME["bad-request" if status < 500 else "internal"])


def headers_of(error: Exception, problem: Problem) -> dict[str, str]:
    """What the status asks for beside the document."""
    if problem.status == 401:
        return {"WWW-Authenticate": 'JWS realm="palang"'}
    if isinstance(error, QuotaExceeded):
        return {"Retry-After": str(-(-error.retry_after // SECOND))}
    if problem.status == 503:
        return {"Retry-After": str(RETRY_AFTER)}
    if problem.status == 405 and isinstance(error, HTTPException):
        return {name: value for name, value in error.get_headers() if name == "Allow"}
    return {}


def note_of(error: Exception) -> str:
    """Why, as a stable code for the log; a foreign error's own text may quote what came."""
    return error.reason if isinstance(error, NotVerified) else type(error).__name__


def new_instance() -> str:
    """A name for one occurrence, in the answer and in the log."""
    return f"urn:uuid:{uuid4()}"
