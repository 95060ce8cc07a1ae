"""Requests to the gateway's listener: one connection each, to the host that the settings name.

No redirect is followed, no proxy of the environment is used, and an answer has a limit of bytes and
a least rate (threats.md C3, C4, D6).
"""

import base64
import hashlib
import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from adapters.http_signing import sign
from adapters.tls import PeerContext, peer_context, present
from gateway.domain.errors import PalangError
from gateway.domain.times import Micros
from gateway.ports import Signer
from keys import client_pem
from keys.secrets import read_secret
from partner import files
from partner.kit import Kit
from partner.sections import Pull

JOSE = "application/jose"
GRACE = 30.0  # seconds for connection, handshake, and the gateway's own work
LEAST_RATE = 1024  # bytes a second after that
MAX_PEM = 256 * 1024  # bytes
_CHUNK = 64 * 1024  # bytes
_MAX_PROBLEM = 16 * 1024  # bytes


class Unreachable(PalangError):
    """The listener did not answer as agreed; what was to be said is said again later."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its whole body; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpsClient:
    """Speaks to one base URL. `credentials` are read anew for every request."""

    kit: Kit

    def post(
        self,
        path: str,
        body: bytes,
        most: int,
        signer: Signer,
        at: Micros,
        more: Mapping[str, str],
    ) -> Reply:
        """One POST of a statement; the answer's body has at most `most` bytes. `more` are headers.

        Raises Unreachable; InputError, NotFound, NotPermitted for an own file.
        """
        pull = self.kit.settings.pull
        parts = urlsplit(pull.url)
        target = parts.path.rstrip("/") + path
        headers = _headers(body) | dict(more)
        if secret := self.kit.settings.file(pull.bearer):
            headers["Authorization"] = "Bearer " + read_secret(secret).decode("ascii", "replace")
        if pull.http_signature:
            sign("POST", f"https://{parts.netloc}{target}", headers, signer, at)
        context = _context(self.kit, pull)
        try:
            with _connection(parts.hostname or "", parts.port or 443, context) as wire:
                wire.request("POST", target, body, headers)
                return _read(wire.getresponse(), most, context)
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(
                f"{pull.url}: {_words(error)}",
                hint="check [pull] url and ca in partner.toml, and the way to the gateway",
            ) from error


def _headers(body: bytes) -> dict[str, str]:
    found = hashlib.sha256(body)
    return {
        "Content-Type": JOSE,
        "Content-Digest": f"sha-256=:{base64.b64encode(found.digest()).decode()}:",
        "Idempotency-Key": found.hexdigest(),
        "Accept-Encoding": "identity",
    }


def _context(kit: Kit, pull: Pull) -> PeerContext:
    context = peer_context(read_pem(kit.settings.file(pull.ca)))
    context.deadline = time.monotonic() + GRACE
    if client := kit.settings.file(pull.client):
        pair = client_pem.client_pair(files.read(client, MAX_PEM))
        present(context, *client_pem.split(pair.pem))
    return context


def read_pem(path: Path | None) -> str:
    """Certificates as text, "" for the system's. Raises InputError."""
    return files.read(path, MAX_PEM).decode("ascii", "replace") if path else ""


@contextmanager
def _connection(host: str, port: int, context: PeerContext) -> Iterator[http.client.HTTPConnection]:
    wire = http.client.HTTPSConnection(host, port, timeout=GRACE, context=context)
    try:
        yield wire
    finally:
        wire.close()
        context.hang_up()


def _read(answer: http.client.HTTPResponse, most: int, context: PeerContext) -> Reply:
    """The whole body. What is longer than agreed, or slower than the least rate, is cut."""
    good = answer.status == 200
    limit, begun, parts, got = (most if good else _MAX_PROBLEM), context.deadline, [], 0
    while part := answer.read1(_CHUNK):
        got += len(part)
        if got > limit:
            raise http.client.HTTPException(f"more than {limit} bytes")
        parts.append(part)
        context.deadline = begun + got / LEAST_RATE
    if answer.length:  # what was announced and did not come
        raise http.client.HTTPException("the answer ended early")
    return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, b"".join(parts))


def _words(error: Exception) -> str:
    """What a person needs to know; of the other side's own words nothing."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    ours = type(error) is http.client.HTTPException  # the library raises its own kinds of it
    return str(error) if ours else type(error).__name__
