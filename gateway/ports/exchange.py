"""The exchange store: all that the partner listener sees, and one more channel to the worker.

It holds sealed parcels going out, signed statements both ways, a fetch log and public keys, and of
the ledger hashes of salted leaves (tree.py); never a number, a private key or an event of anybody
else's (design 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from gateway.domain.errors import Conflict, NotPermitted
from gateway.domain.times import Micros
from gateway.ports.channels import Message, Parcel
from gateway.ports.tree import TreeShelf

Resource = Literal[
    "parcels", "next", "answers", "checkpoint", "consistency", "proof", "http-signature"
]
"""Where a signed request, or the nonce of an HTTP signature, is used up."""


class Replayed(Conflict):
    """This signed request was used here before; a new one must be signed."""


class QuotaExceeded(NotPermitted):
    """The partner used up what it may do; `retry_after` is how long until it may again, in
    microseconds."""

    def __init__(self, message: str, retry_after: Micros, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Quotas:
    """What one partner may do: post `statements` in an hour and `octets` in a day, make `requests`
    in an hour."""

    statements: int = 600
    requests: int = 6_000
    octets: int = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TransportRules:
    """What a partner must bring beside its signature; the defaults ask for nothing.

    `certificate` is `SHA256:<hex>` over its client certificate's DER, `bearer` the digest of a
    random secret of 256 bits, `http_signature` asks for RFC 9421 by a pinned key.
    """

    certificate: str = ""
    bearer: str = ""
    http_signature: bool = False
    quotas: Quotas = field(default_factory=Quotas)


@dataclass(frozen=True, slots=True)
class ExchangePartner:
    """A partner as the listener knows it.

    `trust` is a trust file of its public keys and the gateway's; `card` the digest of the card that
    two officers approved. Only a `live` one is let in.
    """

    id: str
    gateway: str
    live: bool
    card: str
    trust: bytes
    rules: TransportRules


@dataclass(frozen=True, slots=True)
class RequestUse:
    """One use of a partner's signed request: `digest` is its id, `data` its bytes, and it asks for
    what is at or after sequence `since` of `epoch`."""

    partner: str
    resource: Resource
    digest: str
    data: bytes
    epoch: int
    since: int
    at: Micros
    quotas: Quotas


@dataclass(frozen=True, slots=True)
class PublishedParcel:
    """A parcel that lies ready, without its bytes. `fetched_at` is its first fetch since."""

    id: int
    name: str
    epoch: int
    sequence: int
    digest: str
    size: int
    published_at: Micros
    fetched_at: Micros | None


@dataclass(frozen=True, slots=True)
class NextParcel:
    """The parcel that a request gets; `remaining` ones come after it."""

    parcel: PublishedParcel
    data: bytes
    remaining: int


@dataclass(frozen=True, slots=True)
class Said:
    """A statement of the gateway that lies ready; `id` rises, so that a reader can go on from
    it."""

    id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """Something of a partner's that the worker has not taken yet."""

    id: int
    kind: Literal["statement", "parcel", "fetched"]
    size: int


class Exchange(TreeShelf, Protocol):
    """The exchange store. Raises Conflict where it is busy, LedgerUnavailable where it can't be
    used."""

    # what the listener does

    def ready(self) -> None:
        """Raises where the store can't be read."""
        ...

    def partner(self, partner: str) -> ExchangePartner | None:
        """The partner as published, or None."""
        ...

    def keep_statement(
        self,
        partner: str,
        digest: str,
        data: bytes,
        at: Micros,
        quotas: Quotas,
        kind: Literal["statement", "parcel"] = "statement",
    ) -> bool:
        """Keep an authenticated statement, or a source's sealed list; False where the same bytes
        wait already, which costs no quota. What the worker took before waits anew: it may have lost
        it in a restore.

        Raises QuotaExceeded, and then nothing is kept.
        """
        ...

    def use_nonce(self, partner: str, nonce: str, at: Micros) -> None:
        """Use up the nonce of an HTTP signature. Raises Replayed."""
        ...

    def listing(self, use: RequestUse, limit: int) -> tuple[PublishedParcel, ...]:
        """Parcels ready for the request, in order. Raises Replayed, QuotaExceeded."""
        ...

    def next_parcel(self, use: RequestUse) -> NextParcel | None:
        """The first parcel ready for the request, or None. Raises Replayed, QuotaExceeded."""
        ...

    def fetched(self, use: RequestUse, parcel: PublishedParcel, at: Micros) -> None:
        """Log that the parcel went out whole; the first time since it was published the worker is
        told, with the signed request."""
        ...

    def answers(self, use: RequestUse, after: int, limit: int) -> tuple[Said, ...]:
        """Answers and head that lie ready, of rising ids greater than `after`: the last `limit`.

        Raises Replayed, QuotaExceeded.
        """
        ...

    def used(self, use: RequestUse) -> None:
        """Use the request up for what is read of the tree. Raises Replayed, QuotaExceeded."""
        ...

    # what the worker does

    def put_partner(self, partner: ExchangePartner) -> None:
        """Write the partner as it is now; rules and keys count from the next request on."""
        ...

    def publish(self, partner: str, parcel: Parcel, at: Micros) -> int:
        """Lay a parcel ready; the id of its row.

        The same digest again is the same row; another sealing of the sequence takes its place.
        Raises Conflict where a newer sealing lies there: a worker that lost its lease comes late.
        """
        ...

    def say(self, partner: str, message: Message, at: Micros) -> int:
        """Lay a statement ready; the id of its row. One of the same name replaces the older."""
        ...

    def waiting(self, partner: str, limit: int) -> tuple[WaitingItem, ...]:
        """What the worker has not taken, oldest first."""
        ...

    def item(self, item: int) -> bytes:
        """Its bytes."""
        ...

    def taken(self, item: int, at: Micros) -> None:
        """The worker has committed it: its bytes go, its digest stays for a while."""
        ...

    def published(self, partner: str) -> tuple[PublishedParcel, ...]:
        """All parcels that lie ready for the partner, in order."""
        ...

    def remove(self, partner: str, digests: Sequence[str]) -> int:
        """Delete the bytes of parcels that need not lie ready any more; returns how many."""
        ...

    def tidy(self, at: Micros, keep: Micros) -> None:
        """Forget used requests and counters that no longer matter, and answers and taken items
        older than `keep`. The fetch log stays."""
        ...
