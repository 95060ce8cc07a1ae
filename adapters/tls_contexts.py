"""TLS contexts that wait for the next exchange with the same peer under the same credential.

Reading certificates and keys is what makes one dear: a quarter of a millisecond for a pin, two for
a client certificate, 18 for the system's CAs. Only that is kept: every exchange connects anew and
shakes hands in full, and no TLS session outlives its connection.
"""

import hashlib
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

from adapters.tls import PeerContext, peer_context, present

Certificate = tuple[bytes, bytes]
"""A client certificate's chain and its key, PEM."""

_IDLE = 4  # contexts of a partner that wait; as many exchanges may run beside each other


@dataclass(slots=True)
class _Idle:
    """Contexts that trust and show exactly what `identity` stands for."""

    identity: bytes
    contexts: list[PeerContext] = field(default_factory=list)


class Contexts:
    """Lends contexts. One lies under its partner and under a digest of all that it was made of, so
    it is never used for another partner, and not once more after a pin, the client certificate or
    its key has changed: then what was kept for the partner is dropped."""

    def __init__(self) -> None:
        self._idle: dict[str, _Idle] = {}
        self._lock = Lock()

    @contextmanager
    def lent(
        self, partner: str, peer: str, certificate: Certificate | None
    ) -> Iterator[PeerContext]:
        """A context that nobody else uses meanwhile. Raises InputError where peer or certificate
        can't be read."""
        identity = _identity(peer, certificate)
        context = self._take(partner, identity) or _made(peer, certificate)
        try:
            yield context
        finally:
            context.hang_up()
            context.certificate = b""  # whom the next handshake proves is not known yet
            self._give_back(partner, identity, context)

    def _take(self, partner: str, identity: bytes) -> PeerContext | None:
        with self._lock:
            idle = self._idle.get(partner)
            if idle is None or idle.identity != identity:
                self._idle[partner] = _Idle(identity)
                return None
            return idle.contexts.pop() if idle.contexts else None

    def _give_back(self, partner: str, identity: bytes, context: PeerContext) -> None:
        with self._lock:
            idle = self._idle.get(partner)
            if idle is not None and idle.identity == identity and len(idle.contexts) < _IDLE:
                idle.contexts.append(context)


def _made(peer: str, certificate: Certificate | None) -> PeerContext:
    context = peer_context(peer)
    if certificate is not None:
        present(context, *certificate)
    return context


def _identity(peer: str, certificate: Certificate | None) -> bytes:
    """A digest, so that no key lies here a second time."""
    hasher = hashlib.sha256()
    parts = (peer.encode("utf-8", "surrogatepass"), *(certificate or ()))
    for part in (*parts, *(() if peer.strip() else _system())):
        hasher.update(len(part).to_bytes(8) + part)
    return hasher.digest()


def _system() -> Iterator[bytes]:
    """What tells that the system's CAs were changed: the inode, size and time of their file and
    folder."""
    paths = ssl.get_default_verify_paths()
    for path in (paths.cafile, paths.capath):
        with suppress(OSError):
            found = os.stat(path or "")
            yield f"{path} {found.st_ino} {found.st_size} {found.st_mtime_ns}".encode()
