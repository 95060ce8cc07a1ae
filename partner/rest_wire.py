"""Requests and answers of the HTTPS service: what the wire of docs/formats.md asks of each.

Errors are RFC 9457 problems in the service's own words: nothing of a request is repeated in them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain import media_types
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JOSE = media_types.JOSE
SEALED = frozenset(media_types.PARCEL.values())
"""A gateway of before said application/jose of every envelope."""
SAID = frozenset(media_types.STATEMENT.values())
"""An answer or a head, in each form of signature."""
_CHUNK = 64 * 1024  # bytes
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII)


class Answer(NamedTuple):
    """Status line, content type, body, further headers."""

    status: str
    media: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Problem(Exception):
    """A request that gets a problem document; never leaves rest.py."""

    def __init__(self, status: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        document = {"type": "about:blank", "title": status, "status": int(status[:3])}
        body = json.dumps(document | {"detail": detail}).encode()
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.answer = Answer(status, "application/problem+json", body, named)


def choose(method: str, **methods: Callable[[], Answer]) -> Answer:
    """The answer of the method. Raises Problem for another one."""
    if method not in methods:
        raise Problem("405 Method Not Allowed", "expected " + " or ".join(methods))
    return methods[method]()


def delivery_of(environ: WSGIEnvironment) -> DeliveryId:
    """The delivery that a parcel's Idempotency-Key names. Raises Problem."""
    try:
        return DeliveryId.parse(environ.get("HTTP_IDEMPOTENCY_KEY"))
    except InputError as error:
        raise Problem("400 Bad Request", f"Idempotency-Key: {error}") from error


def body_of(environ: WSGIEnvironment, most: int, allowed: Collection[str]) -> bytes:
    """The whole body, of the length that was announced, within the limit, and of one of these media
    types: what it is, the body itself says (keys/envelopes.py). Raises Problem."""
    if media_types.bare(str(environ.get("CONTENT_TYPE", ""))) not in allowed:
        raise Problem("415 Unsupported Media Type", f"expected {' or '.join(sorted(allowed))}")
    length = str(environ.get("CONTENT_LENGTH", ""))
    if not (length.isascii() and length.isdigit()):
        raise Problem("411 Length Required", "expected Content-Length")
    if int(length[:12]) > most:
        raise Problem("413 Content Too Large", f"this has at most {most} bytes")
    stream, parts, left = environ["wsgi.input"], [], int(length)
    while left and (part := stream.read(min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    if left:
        raise Problem("400 Bad Request", "the body ended early")
    return b"".join(parts)


def check_digest(environ: WSGIEnvironment, body: bytes) -> None:
    """RFC 9530: what came is what was sent."""
    match = _DIGEST.fullmatch(str(environ.get("HTTP_CONTENT_DIGEST", "")))
    if match is None or base64.b64decode(match[1]) != hashlib.sha256(body).digest():
        raise Problem("400 Bad Request", "expected a Content-Digest, sha-256, of this body")
