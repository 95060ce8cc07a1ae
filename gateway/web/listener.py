"""What the listener is made of, and what it tells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey
from gateway.ports import Clock, Exchange, Signatures


class HttpVerifier(Protocol):
    """Verifies a signed HTTP request (RFC 9421), as keys/http_signatures.py does."""

    def __call__(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        keys: Callable[[str], PinnedKey | None],
        at: Micros,
        use_nonce: Callable[[str], bool],
    ) -> PinnedKey:
        """The key that signed. Raises NotVerified."""
        ...


@dataclass(frozen=True, slots=True)
class Happened:
    """One request's end, for the log.

    `partner` is "" unless it is one that is published here: a path is a stranger's text. `note` is
    a digest, or the stable code of why not; never the path, the body or a number (promise H).
    `instance` is the one that a problem document names, "" where all went well.
    """

    event: str
    status: int
    partner: str = ""
    note: str = ""
    instance: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """The parts. `origin` is the scheme and authority under which partners reach it, for RFC 9421:
    never taken from a Host header; "" where no partner signs its requests that way."""

    exchange: Exchange
    signatures: Signatures
    clock: Clock
    tell: Callable[[Happened], None]
    verify_http: HttpVerifier | None = None
    origin: str = ""
