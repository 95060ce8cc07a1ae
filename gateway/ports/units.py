"""The gateway's time, units of work, and the file that no restored backup may fall behind."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from gateway.domain.batch import Batch
from gateway.domain.consent import ConsentRecord
from gateway.domain.dated import Activation
from gateway.domain.delivery import Delivery
from gateway.domain.ledger import LedgerEvent
from gateway.domain.parties import Officer, Partner
from gateway.domain.records import (
    ApprovalRecord,
    Attempt,
    GatewayState,
    ManifestRecord,
    NothingRecord,
    Outgoing,
    Receipt,
    ReferenceTable,
    Sealing,
    Stream,
)
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey
from gateway.ports.deliveries import Deliveries
from gateway.ports.inbox import Inbox, Log
from gateway.ports.ladder import LadderNotes
from gateway.ports.lists import Lists
from gateway.ports.outgoing import Outbox
from gateway.ports.registry import Registry
from gateway.ports.retention import Retention
from gateway.ports.staff import AccessRows, Staff
from gateway.ports.standing import Standing


class Clock(Protocol):
    """The gateway's time."""

    def now(self) -> Micros:
        """Microseconds since 1970-01-01 UTC."""
        ...


Aggregate = (
    Delivery
    | Batch
    | Partner
    | Officer
    | PinnedKey
    | ConsentRecord
    | GatewayState
    | ReferenceTable
    | Activation
    | ManifestRecord
    | Sealing
    | Attempt
    | ApprovalRecord
    | Receipt
    | NothingRecord
    | Outgoing
)
"""What `UnitOfWork.save` takes; each is written whole, inserted or updated by its key."""


class UnitOfWork(AbstractContextManager["UnitOfWork"], Protocol):
    """One transaction. Leaving the block without commit() rolls everything back.

    Events collected by save(), note() and the repositories are appended to the ledger inside
    commit(), with the head row locked last; if that fails nothing happened (promise D).
    """

    @property
    def retention(self) -> Retention:
        """What a purge reads and takes."""
        ...

    @property
    def registry(self) -> Registry:
        """Who and by what rules."""
        ...

    @property
    def lists(self) -> Lists:
        """Intakes and batches."""
        ...

    @property
    def standing(self) -> Standing:
        """What stands blocked."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Deliveries and what was sealed."""
        ...

    @property
    def inbox(self) -> Inbox:
        """What came back."""
        ...

    @property
    def outgoing(self) -> Outbox:
        """What the gateway says."""
        ...

    @property
    def log(self) -> Log:
        """The ledger."""
        ...

    @property
    def ladder(self) -> LadderNotes:
        """Self-test ladders."""
        ...

    @property
    def staff(self) -> Staff:
        """Accounts of the console."""
        ...

    @property
    def access(self) -> AccessRows:
        """Who looked at what."""
        ...

    def save(self, aggregate: Aggregate, event: LedgerEvent) -> None:
        """Write the aggregate whole, with its event, in this transaction.

        One event object given with several aggregates (a sealing and its delivery) is one leaf.
        A Delivery is written only where its fence is still the stored one, else Conflict.
        """
        ...

    def note(self, event: LedgerEvent) -> None:
        """An event that changes no row (an export, a refusal)."""
        ...

    def commit(self, step: str) -> None:
        """Make it durable. `step` names the fail-points `before:<step>` and `after:<step>`.

        Raises LedgerUnavailable where the ledger can't be written, OutcomeUnknown where the
        connection was lost meanwhile and it can't be found out whether it happened.
        """
        ...


class Store(Protocol):
    """Opens units of work."""

    def read(self) -> UnitOfWork:
        """A consistent view; commit() is refused."""
        ...

    def write(self, partner: str = "") -> UnitOfWork:
        """A writer from its first statement; units that write come one after the other.

        One that names a partner holds only those of the same partner off, and writers without one
        (ADR 0005): it may decide by and write what is that partner's, and nothing else. On SQLite
        there is one writer at a time all the same.
        """
        ...


class HighWater(Protocol):
    """The file outside the database that no restored backup may fall behind (promise E)."""

    def check(self, epoch: int, ledger: int, streams: Iterable[Stream]) -> None:
        """Raises Conflict where the database lies behind the file:

        open a new epoch by two people.
        """
        ...

    def raise_to(self, epoch: int, ledger: int, streams: Iterable[Stream]) -> None:
        """Record what is about to leave the house; durable before it does.

        `streams` are all of the database, other machines' partners too: each machine has a file.
        """
        ...
