"""Channels to partners, and the errors that cross them (design 6)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.domain.errors import PalangError
from gateway.domain.ids import ParcelName
from gateway.domain.parties import Partner
from gateway.domain.times import Micros
from gateway.ports.keys import Signer


class SendError(PalangError):
    """A channel could not hand over.

    `handed_over` is "no" when it surely did not arrive, "unknown" when it may have (a lost reply).
    `alert` marks a wrong host key, TLS or login failure: a person must look. `busy` marks a partner
    that is there but can't take it now (429, 503, full disk): it costs no try. `retry_after` is how
    long it asked to be left alone, in microseconds; 0 where it did not say.
    """

    def __init__(
        self,
        message: str,
        handed_over: Literal["no", "unknown"],
        *,
        alert: bool = False,
        busy: bool = False,
        retry_after: Micros = 0,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.handed_over = handed_over
        self.alert = alert
        self.busy = busy
        self.retry_after = retry_after


class RefusedError(SendError):
    """The partner said no: stop trying, a person must look."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, "no", alert=True, hint=hint)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What an adapter carries: sealed bytes under a name. It never sees keys, rows or numbers.

    `sealing` counts the envelopes around one manifest: a newer one has the higher number.
    """

    name: ParcelName
    data: bytes
    digest: str
    sealing: int = 1


@dataclass(frozen=True, slots=True)
class Message:
    """A signed statement of the gateway on its way to a partner: an answer or a head.

    `name` is its file name on channels that have files; a head's name is always the same, so that a
    newer one replaces it. `subject` is the statement that it answers, "" for a head.
    """

    name: str
    data: bytes
    digest: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class HandOver:
    """The channel's evidence that it took the parcel; `reply` are bytes that came back with it.

    `confirmed` is False where the parcel only lies ready (pull, pick-up folder): the term starts
    when it is fetched, not here (design 4).
    """

    at: Micros
    endpoint: str
    peer_fingerprint: str
    remote_id: str
    reply: bytes | None = None
    confirmed: bool = True


InboundKind = Literal["statement", "parcel", "bounce", "fetched"]


@dataclass(frozen=True, slots=True)
class Inbound:
    """Bytes that came from a partner's channel (design 6).

    `fetched` is the channel's word that a parcel was taken (gateway/domain/fetched.py), `bounce` a
    mail system's that one did not arrive.
    """

    kind: InboundKind
    data: bytes
    remote_id: str


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a probe found, for a person: each check by name, whether it held, and what to do; a
    check that held and still has something to do is a warning."""

    endpoint: str
    server: str
    peer_fingerprint: str
    checks: tuple[tuple[str, bool, str], ...]

    @property
    def good(self) -> bool:
        """Whether every check held."""
        return all(held for _name, held, _advice in self.checks)


class Adapter(Protocol):
    """One channel to one partner.

    Safe to repeat with the same id; raises only SendError (design 6).
    """

    def send(self, delivery_id: str, parcel: Parcel) -> HandOver:
        """Hand the parcel over whole or not at all."""
        ...

    def say(self, message: Message) -> HandOver:
        """Hand over a signed statement, on the same channel; repeating it is safe."""
        ...

    def collect(self, keep: Callable[[Inbound], None]) -> int:
        """Fetch what lies ready; keep() commits, only then is the item removed.

        Returns how many.
        """
        ...

    def probe(self) -> ProbeReport:
        """Try name, identity, login and access without changing anything that lasts."""
        ...


class Channels(Protocol):
    """Partners change while running, so a channel is opened anew each time."""

    def open(self, partner: Partner) -> AbstractContextManager[Adapter]:
        """The adapter of the partner's URI scheme. Raises InputError for an unknown scheme."""
        ...


class TransportSecrets(Protocol):
    """What an adapter needs to log in; content keys are never among it (design 6).

    All are decrypted in memory only. Each raises NotFound (there is no such secret, or no unlock
    secret), NotPermitted (a file that others can read) or NotVerified (it can't be opened); "None"
    means that this partner asked for none.
    """

    def ssh_key(self, partner: str) -> bytes:
        """The gateway's SSH private key for this partner, OpenSSH or PEM form."""
        ...

    def password(self, account: str) -> str:
        """The password of an account of the gateway's own: `mail-relay` or `mailbox`."""
        ...

    def bearer(self, partner: str) -> str | None:
        """The bearer token that the partner's service wants (RFC 6750)."""
        ...

    def client_certificate(self, partner: str) -> tuple[bytes, bytes] | None:
        """The certificate chain and its private key, each PEM, that prove the gateway to this
        partner."""
        ...

    def request_signer(self, partner: str) -> Signer | None:
        """The key that signs HTTP requests to this partner (RFC 9421); `kid` is its keyid."""
        ...
