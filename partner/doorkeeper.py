"""What the HTTPS service asks of whoever comes, beside the signatures inside of what is brought.

Each of the three is optional (`[login]`). A client certificate is asked for in the handshake
(server.py), a bearer secret before the body is read, a signed request (RFC 9421) with its body.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.domain import http_profile
from gateway.domain.errors import NotVerified
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role
from keys import http_signatures, jwk
from keys.secrets import read_secret
from partner import files
from partner.kit import Kit
from partner.rest_wire import Problem

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ALWAYS: Micros = 2**62
_MAX_KEY = 8192  # bytes of a public key's PEM


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """`origin` is the scheme and authority by which the gateway reaches this service, from the own
    card and never from a Host header."""

    kit: Kit
    origin: str
    bearer: bytes | None
    request_key: PinnedKey | None

    def admit(self, environ: WSGIEnvironment) -> None:
        """The bearer secret. Raises Problem."""
        if self.bearer is None:
            return
        scheme, _, shown = str(environ.get("HTTP_AUTHORIZATION", "")).partition(" ")
        good = hmac.compare_digest(self.bearer, shown.strip().encode("latin-1", "replace"))
        if scheme.lower() != "bearer" or not good:
            raise Problem("401 Unauthorized", "expected the bearer", WWW_Authenticate="Bearer")

    def check_signature(self, environ: WSGIEnvironment, body: bytes) -> None:
        """The signature of the request. Raises Problem, Conflict (the state can't be used)."""
        if self.request_key is None:
            return
        query = environ.get("QUERY_STRING", "")
        target = self.origin + str(environ["PATH_INFO"]) + (f"?{query}" if query else "")
        try:
            http_signatures.verify(
                environ["REQUEST_METHOD"],
                target,
                list(_lines(environ)),
                body,
                {self.request_key.kid: self.request_key}.get,
                self.kit.clock.now(),
                self._use_nonce,
            )
        except NotVerified as error:
            raise Problem(
                "401 Unauthorized",
                f"the request's signature: {error.reason}",
                WWW_Authenticate="Signature",
            ) from error

    def _use_nonce(self, nonce: str) -> bool:
        at = self.kit.clock.now()
        with self.kit.state.write() as tx:
            tx.run("DELETE FROM nonces WHERE at < ?", (at - http_profile.NONCE_MEMORY,))
            new = tx.run("INSERT OR IGNORE INTO nonces VALUES (?, ?)", (nonce, at))
            # a crash after leaves a nonce used up for nothing: the sender signs a new request
            tx.commit("kit.nonce")
        return bool(new)


def doorkeeper(kit: Kit) -> Doorkeeper:
    """As the settings ask. Raises InputError, NotFound, NotPermitted for their files."""
    login, channel = kit.settings.login, urlsplit(kit.identity.card.channel)
    secret, key = kit.settings.file(login.bearer), kit.settings.file(login.request_key)
    pin = None
    if key is not None:
        public = jwk.import_public(files.read(key, _MAX_KEY), Role.REQUEST)
        owner = Owner(OwnerKind.GATEWAY, kit.identity.gateway)
        pin = jwk.pinned_key(public, owner, Role.REQUEST, 0, _ALWAYS)
    origin = f"{channel.scheme}://{channel.netloc}"
    return Doorkeeper(kit, origin, read_secret(secret) if secret else None, pin)


def _lines(environ: WSGIEnvironment) -> Iterator[tuple[str, str]]:
    """Field lines; WSGI joined those that repeat, in their order."""
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), str(value)
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            yield name.replace("_", "-").lower(), str(value)
