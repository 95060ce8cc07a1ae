"""The HTTPS service of a REST partner as a WSGI application (docs/formats.md, Channels).

It answers a POST of a parcel or of a signed word of the gateway, and serves the statements of
outbox/.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.domain.errors import InputError, PalangError
from gateway.domain.ids import DeliveryId
from gateway.domain.parcel import MAX_PARCEL
from keys.jws import MAX_CONFIRMATION
from partner import answers, files, messages, parcels
from partner.doorkeeper import Doorkeeper
from partner.loop import Rounds, tell_received, tell_refused, tell_word, tell_word_refused
from partner.messages import MAX_MESSAGE, MessageRefused, is_message
from partner.outgoing import Outgoing, is_item, lying_ready
from partner.receive import Answer as Reply
from partner.receive import OtherDelivery, receive, refuse
from partner.refusal import ParcelRefused
from partner.rest_wire import (
    JOSE,
    SAID,
    SEALED,
    Answer,
    Problem,
    body_of,
    check_digest,
    choose,
    delivery_of,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_LISTED = 1_000  # items of a reply list; the rest is listed once these are taken


@dataclass(frozen=True, slots=True)
class RestService:
    """`channel` and `reply` are the paths of the card's URIs; reply is "" where there is none."""

    rounds: Rounds
    channel: str
    reply: str
    door: Doorkeeper

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        try:
            answer = self._route(environ)
        except Problem as problem:
            answer = problem.answer
        except PalangError as trouble:
            # our own: a key, the pin, the disk. The sender keeps the parcel and tries again.
            self.rounds.say("trouble", {"what": str(trouble), "next": trouble.hint})
            answer = Problem("503 Service Unavailable", "this partner has trouble").answer
        headers = [("Content-Length", str(len(answer.body))), ("Cache-Control", "no-store")]
        headers += answer.headers
        if answer.media:
            headers.append(("Content-Type", answer.media))
        start_response(answer.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _route(self, environ: WSGIEnvironment) -> Answer:
        path, method = environ["PATH_INFO"] or "/", environ["REQUEST_METHOD"]
        self.door.admit(environ)
        if method != "POST":
            self.door.check_signature(environ, b"")
        item = path.removeprefix(self.reply + "/") if self.reply else path
        if path == self.channel:
            return choose(method, POST=lambda: self._post(environ), HEAD=lambda: Answer("200 OK"))
        if self.reply and path == self.reply:
            return choose(method, GET=self._list)
        if self.reply and item != path and is_item(item):
            return choose(method, GET=lambda: self._get(item), DELETE=lambda: self._delete(item))
        raise Problem("404 Not Found", "there is nothing here")

    def _post(self, environ: WSGIEnvironment) -> Answer:
        if "HTTP_PALANG_STATEMENT" in environ:
            return self._hear(environ)
        delivery = delivery_of(environ)
        body = self._whole(environ, MAX_PARCEL, SEALED)
        kit = self.rounds.kit
        at_once = kit.settings.reply_mode == "response"
        said = self._take(body, delivery, answers.in_response(kit) if at_once else None)
        self.rounds.wake.set()
        return Answer("200 OK", JOSE, said.body) if said else Answer("202 Accepted")

    def _whole(self, environ: WSGIEnvironment, most: int, allowed: Collection[str]) -> bytes:
        body = body_of(environ, most, allowed)
        check_digest(environ, body)
        self.door.check_signature(environ, body)
        return body

    def _hear(self, environ: WSGIEnvironment) -> Answer:
        """An answer or a head; the same one again changes nothing."""
        if not is_message(environ["HTTP_PALANG_STATEMENT"]):
            raise Problem(
                "400 Bad Request", "Palang-Statement: expected the name of a head or answer"
            )
        body, kit, say = self._whole(environ, MAX_MESSAGE, SAID), self.rounds.kit, self.rounds.say
        named = hashlib.sha256(body).hexdigest()
        if environ.get("HTTP_IDEMPOTENCY_KEY") != named:
            raise Problem("422 Unprocessable Content", "Idempotency-Key: expected the digest's hex")
        try:
            tell_word(say, messages.take(kit, body))
        except MessageRefused as refused:
            messages.put_aside(kit, body, refused)
            tell_word_refused(say, refused, named)
            if not refused.stale:  # one that only came late is no trouble of the sender's
                raise Problem("422 Unprocessable Content", f"not taken: {refused.reason}") from None
        return Answer("202 Accepted")

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
            raise Problem("422 Unprocessable Content", str(mixed)) from mixed
        tell_received(say, received)
        return received.said

    def _other_bytes(self, delivery: DeliveryId) -> None:
        """An id stands for one delivery: other content under it is refused before anything else."""
        with self.rounds.kit.state.read() as tx:
            known = parcels.by_delivery(tx, str(delivery))
        if known is not None:
            raise Problem("409 Conflict", f"delivery {delivery} is stored with other content")

    def _list(self) -> Answer:
        folder = self.rounds.kit.settings.path("outbox")
        found = sorted(lying_ready(folder), key=lambda path: (path.stat().st_mtime_ns, path))
        names = [path.name for path in found]
        body = json.dumps({"v": 1, "items": names[:MAX_LISTED]}).encode()
        return Answer("200 OK", "application/json", body)

    def _get(self, item: str) -> Answer:
        path = self.rounds.kit.settings.path("outbox") / item
        try:
            return Answer("200 OK", JOSE, files.read(path, MAX_CONFIRMATION))
        except InputError as missing:
            raise Problem("404 Not Found", "no such statement lies here") from missing

    def _delete(self, item: str) -> Answer:
        try:
            (self.rounds.kit.settings.path("outbox") / item).unlink()
        except FileNotFoundError:
            raise Problem("404 Not Found", "no such statement lies here") from None
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
