"""What came from partners, and the ledger, as the use cases read and write them."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import (
    ConfirmationRecord,
    EntryOutcome,
    InboundRecord,
    LedgerLeaf,
    NothingRecord,
    OutcomeCount,
    Receipt,
    SignedCheckpoint,
)
from gateway.domain.statements import ConfirmRow
from gateway.domain.times import Micros
from gateway.ports.list_wants import ListWants
from gateway.ports.source_lists import SourceLists


class Inbox(Protocol):
    """What came from partners, and what of it counts."""

    @property
    def list_wants(self) -> ListWants:
        """What the console wants of them."""
        ...

    @property
    def source_lists(self) -> SourceLists:
        """The lists that sources handed in."""
        ...

    def keep(self, record: InboundRecord, event: LedgerEvent) -> InboundRecord:
        """Store received bytes; returns the record with its id."""
        ...

    def pending(self, limit: int) -> tuple[InboundRecord, ...]:
        """Not yet judged, oldest first."""
        ...

    def inbound(self, inbound: int) -> InboundRecord:
        """Raises NotFound."""
        ...

    def judge(self, record: InboundRecord, event: LedgerEvent | None) -> None:
        """Record state and reason of a kept item.

        A duplicate writes no leaf, so event may be None.
        """
        ...

    def seen(self, partner: str, digest: str, before: int) -> InboundRecord | None:
        """An earlier item with the same bytes that was accepted (a replay has no effect)."""
        ...

    def inbound_by_digest(self, digest: str) -> InboundRecord:
        """The bytes of a statement by its id. Raises NotFound."""
        ...

    def listing(self, partner: str, states: tuple[str, ...]) -> tuple[InboundRecord, ...]:
        """Kept items, newest first; empty arguments do not filter."""
        ...

    def receipts(self, delivery: str) -> tuple[Receipt, ...]:
        """In order of arrival."""
        ...

    def add_confirmation(
        self, record: ConfirmationRecord, rows: Sequence[ConfirmRow], event: LedgerEvent
    ) -> None:
        """Store head and rows.

        Where it is marked as a conflict, the earlier one of its revision gets the mark.
        """
        ...

    def confirmations(self, delivery: str) -> tuple[ConfirmationRecord, ...]:
        """By revision."""
        ...

    def nothing(self, partner: str, epoch: int, sequence: int) -> NothingRecord | None:
        """The partner's first word that it has nothing to report about this sequence."""
        ...

    def outcomes(self, delivery: str, entry: int = 0) -> list[EntryOutcome]:
        """What counts for each answered entry, or for one, by entry."""
        ...

    def outcome_counts(self, delivery: str) -> tuple[OutcomeCount, ...]:
        """What counts, in totals; entries without a counted outcome are not in it."""
        ...


class Log(Protocol):
    """The ledger as stored."""

    def size(self) -> int:
        """How many leaves are committed."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """The hash of a full subtree; for roots and proofs (gateway/domain/merkle.py)."""
        ...

    def leaf(self, index: int) -> LedgerLeaf:
        """Raises NotFound."""
        ...

    def leaves(self, begin: int, end: int) -> Iterator[LedgerLeaf]:
        """In order."""
        ...

    def search(
        self, begin: int, end: int, needles: Sequence[tuple[bytes, ...]]
    ) -> Iterator[LedgerLeaf]:
        """Those whose event holds one of each tuple of needles among its bytes, newest first."""
        ...

    def find(self, digest: str) -> tuple[int, ...]:
        """Indexes of the leaves whose event names this digest (a statement, manifest, parcel,
        review)."""
        ...

    def put_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Keep a signed checkpoint; it changes no state, so it has no leaf."""
        ...

    def checkpoints(self) -> Iterator[SignedCheckpoint]:
        """All that were kept, in that order."""
        ...

    def latest_checkpoint(self) -> SignedCheckpoint | None:
        """The one of the greatest size."""
        ...

    def want_head(self, size: int, at: Micros) -> None:
        """Ask the worker for a checkpoint over at least so many leaves."""
        ...

    def wanted_head(self) -> int:
        """The largest size that was ever asked for, 0 where none was."""
        ...

    def put_timestamp(self, size: int, token: bytes, at: Micros) -> None:
        """Keep an authority's token over the checkpoint of that size; the first one stays."""
        ...

    def timestamp(self, size: int) -> bytes:
        """The token over the checkpoint of that size, empty where there is none."""
        ...

    def stamped(self, least: int) -> tuple[SignedCheckpoint, ...]:
        """The first checkpoints of at least so many leaves that have a token, a few."""
        ...

    def stamped_at(self) -> Micros | None:
        """When the last token came."""
        ...
