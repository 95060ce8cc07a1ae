"""What a purge reads and takes, as the use cases see it."""

from collections.abc import Iterator
from typing import Protocol

from gateway.domain.ledger import LedgerEvent
from gateway.domain.retention import BatchFacts, DeliveryFacts, IntakeFacts, LegalHold


class Retention(Protocol):
    """Facts of what is kept, the acts of a purge, holds and tombstones.

    Each `take_` returns the months (`2026-11`) under whose keys the content was; it deletes or
    empties rows and adds no event: that is the purge's own.
    """

    def deliveries(self) -> Iterator[DeliveryFacts]:
        """All, in the order of their batches."""
        ...

    def batches(self) -> Iterator[BatchFacts]:
        """All, by number."""
        ...

    def intakes(self) -> Iterator[IntakeFacts]:
        """All that are complete and not purged."""
        ...

    def numbers(self, batch: int) -> list[int]:
        """The numbers of a batch's entries that are there."""
        ...

    def batches_of(self, intake: int) -> frozenset[int]:
        """The batches that took rows of it."""
        ...

    def holds_number(self, intake: int, number: int) -> bool:
        """Whether a row of the intake is, or may be written as, this number."""
        ...

    def take_parcels(self, delivery: str) -> tuple[tuple[str, ...], set[str]]:
        """Empty its parcels; their digests, and the months."""
        ...

    def take_proofs(self, delivery: str) -> set[str]:
        """Empty its salt and the numbers of its slice."""
        ...

    def take_numbers(self, batch: int) -> set[str]:
        """Empty its salt, delete its entries and where they came from."""
        ...

    def take_rows(self, intake: int) -> tuple[tuple[str, ...], set[str]]:
        """Delete its rows and resolutions, empty the parcel that it came in; that parcel's digest,
        and the months."""
        ...

    def labels(self) -> dict[str, str]:
        """The period keys that stored content is under, each with one subject of it."""
        ...

    def alive(self, month: str) -> set[str]:
        """The subjects that still have content under the month's keys."""
        ...

    def holds(self) -> tuple[LegalHold, ...]:
        """All, lifted ones too, oldest first."""
        ...

    def put_hold(self, hold: LegalHold, event: LedgerEvent) -> None:
        """Add a hold, or write when it was lifted."""
        ...

    def tombstones(self) -> tuple[bytes, ...]:
        """The documents, oldest first."""
        ...

    def add_tombstone(self, body: bytes, event: LedgerEvent) -> None:
        """Keep one, with its event."""
        ...
