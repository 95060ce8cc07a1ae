"""The HTTPS service of a REST partner as a WSGI application (docs/formats.md, Channels).

It answers a POST of a parcel and serves the statements of outbox/. Errors are RFC 9457 problems in
its own words: nothing of a request or a parcel is repeated in them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from gateway.domain.errors import InputError, PalangError
from gateway.domain.ids import DeliveryId
from gateway.domain.parcel import MAX_PARCEL
from keys.jws import MAX_CONFIRMATION
from partner import answers, files, parcels
from partner.loop import Rounds, tell_received, tell_refused
from partner.outgoing import SUFFIX, Outgoing
from partner.receive import Answer as Reply
from partner.receive import OtherDelivery, receive, refuse
from partner.refusal import ParcelRefused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JOSE = "application/jose"
MAX_LISTED = 1_000  # items of a reply list; the rest is listed once these are taken
_CHUNK = 64 * 1024  # bytes
_ITEM = re.compile(r"[0-9a-f]{64}\.jws", re.ASCII)
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII)


class Answer(NamedTuple):
    """Status line, content type, body."""

    status: str
    media: str = ""
    body: bytes = b""


class _Problem(Exception):
    """A request that gets a problem document; never leaves this module."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        document = {"type": "about:blank", "title": status, "status": int(status[:3])}
        body = json.dumps(document | {"detail": detail}).encode()
        self.answer = Answer(status, "application/problem+json", body)


@dataclass(frozen=True, slots=True)
class RestService:
    """`channel` and `reply` are the paths of the card's URIs; reply is "" where there is none."""

    rounds: Rounds
    channel: str
    reply: str

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        try:
            answer = self._route(environ)
        except _Problem as problem:
            answer = problem.answer
        except PalangError as trouble:
            # our own: a key, the pin, the disk. The sender keeps the parcel and tries again.
            self.rounds.say("trouble", {"what": str(trouble), "next": trouble.hint})
            answer = _Problem("503 Service Unavailable", "this partner has trouble").answer
        headers = [("Content-Length", str(len(answer.body))), ("Cache-Control", "no-store")]
        if answer.media:
            headers.append(("Content-Type", answer.media))
        start_response(answer.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _route(self, environ: WSGIEnvironment) -> Answer:
        path, method = environ["PATH_INFO"] or "/", environ["REQUEST_METHOD"]
        item = path.removeprefix(self.reply + "/") if self.reply else path
        if path == self.channel:
            return _choose(method, POST=lambda: self._post(environ), HEAD=lambda: Answer("200 OK"))
        if self.reply and path == self.reply:
            return _choose(method, GET=self._list)
        if self.reply and item != path and _ITEM.fullmatch(item):
            return _choose(method, GET=lambda: self._get(item), DELETE=lambda: self._delete(item))
        raise _Problem("404 Not Found", "there is nothing here")

    def _post(self, environ: WSGIEnvironment) -> Answer:
        delivery = _delivery(environ)
        body = _body(environ)
        _check_digest(environ, body)
        kit = self.rounds.kit
        at_once = kit.settings.reply_mode == "response"
        said = self._take(body, delivery, answers.in_response(kit) if at_once else None)
        self.rounds.wake.set()
        return Answer("200 OK", JOSE, said.body) if said else Answer("202 Accepted")

    def _take(self, body: bytes, delivery: DeliveryId, answer: Reply | None) -> Outgoing | None:
        """Receive, or remember why not; returns what is said of it at once."""
        kit, say = self.rounds.kit, self.rounds.say
        try:
            received = receive(kit, body, delivery, answer)
        except ParcelRefused as refused:
            self._other_bytes(delivery)
            said = refuse(kit, refused, answer)
            tell_refused(say, refused)
            return said
        except OtherDelivery as mixed:
            self._other_bytes(delivery)
            raise _Problem("422 Unprocessable Content", str(mixed)) from mixed
        tell_received(say, received)
        return received.said

    def _other_bytes(self, delivery: DeliveryId) -> None:
        """An id stands for one delivery: other content under it is refused before anything else."""
        with self.rounds.kit.state.read() as tx:
            known = parcels.by_delivery(tx, str(delivery))
        if known is not None:
            raise _Problem("409 Conflict", f"delivery {delivery} is stored with other content")

    def _list(self) -> Answer:
        folder = self.rounds.kit.settings.path("outbox")
        found = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: (path.stat().st_mtime_ns, path))
        names = [path.name for path in found if _ITEM.fullmatch(path.name)]
        body = json.dumps({"v": 1, "items": names[:MAX_LISTED]}).encode()
        return Answer("200 OK", "application/json", body)

    def _get(self, item: str) -> Answer:
        path = self.rounds.kit.settings.path("outbox") / item
        try:
            return Answer("200 OK", JOSE, files.read(path, MAX_CONFIRMATION))
        except InputError as missing:
            raise _Problem("404 Not Found", "no such statement lies here") from missing

    def _delete(self, item: str) -> Answer:
        try:
            (self.rounds.kit.settings.path("outbox") / item).unlink()
        except FileNotFoundError:
            raise _Problem("404 Not Found", "no such statement lies here") from None
        return Answer("204 No Content")


def path_of(uri: str) -> str:
    """The path of a card's URI as requests name it. Raises InputError for another scheme."""
    parts = urlsplit(uri)
    if parts.scheme != "https":
        raise InputError(
            "listen is set, but the card's channel is not https",
            hint="make a card with an https channel, or leave listen empty",
        )
    return parts.path.rstrip("/") or "/"


def _choose(method: str, **methods: Callable[[], Answer]) -> Answer:
    if method not in methods:
        raise _Problem("405 Method Not Allowed", "expected " + " or ".join(methods))
    return methods[method]()


def _delivery(environ: WSGIEnvironment) -> DeliveryId:
    try:
        return DeliveryId.parse(environ.get("HTTP_IDEMPOTENCY_KEY"))
    except InputError as error:
        raise _Problem("400 Bad Request", f"Idempotency-Key: {error}") from error


def _body(environ: WSGIEnvironment) -> bytes:
    """The whole body, of the length that was announced, within the limit."""
    media = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if media != JOSE:
        raise _Problem("415 Unsupported Media Type", f"expected {JOSE}")
    length = str(environ.get("CONTENT_LENGTH", ""))
    if not (length.isascii() and length.isdigit()):
        raise _Problem("411 Length Required", "expected Content-Length")
    if int(length[:12]) > MAX_PARCEL:
        raise _Problem("413 Content Too Large", f"a parcel has at most {MAX_PARCEL} bytes")
    stream, parts, left = environ["wsgi.input"], [], int(length)
    while left and (part := stream.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    if left:
        raise _Problem("400 Bad Request", "the body ended early")
    return b"".join(parts)


def _check_digest(environ: WSGIEnvironment, body: bytes) -> None:
    """RFC 9530: what came is what was sent."""
    match = _DIGEST.fullmatch(str(environ.get("HTTP_CONTENT_DIGEST", "")))
    if match is None or base64.b64decode(match[1]) != hashlib.sha256(body).digest():
        raise _Problem("400 Bad Request", "expected a Content-Digest, sha-256, of this body")
