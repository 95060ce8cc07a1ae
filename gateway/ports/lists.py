"""Intakes, batches and their entries, as the use cases read and write them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from gateway.domain.batch import Batch, Entry
from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import (
    Intake,
    IntakeRow,
)


class Lists(Protocol):
    """Intakes, batches and their entries."""

    def intake_by_digest(self, digest: str) -> Intake | None:
        """The intake of the same file, if there was one."""
        ...

    def add_intake(self, intake: Intake, rows: Iterable[IntakeRow], event: LedgerEvent) -> int:
        """Store a decided file with all its rows; returns its id.

        One ledger leaf over its digest.
        """
        ...

    def intakes(self) -> tuple[Intake, ...]:
        """All, newest first."""
        ...

    def intake_rows(self, intake: int, outcome: str = "") -> Iterator[IntakeRow]:
        """The rows of an intake in order, all or of one outcome."""
        ...

    def next_batch(self) -> int:
        """The next batch number; it only rises."""
        ...

    def batch(self, batch: int) -> Batch:
        """Raises NotFound."""
        ...

    def batches(self) -> tuple[Batch, ...]:
        """All, newest first."""
        ...

    def put_entries(self, batch: int, entries: Iterable[Entry]) -> int:
        """Add entries to a PREPARED batch; a number that is there already is left.

        Returns how many were new.
        """
        ...

    def entries(self, batch: int) -> list[Entry]:
        """The entries in the order of their numbers."""
        ...

    def released_before(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of these numbers, those in a released batch, with the action of the latest ("sudah pernah
        dikirim")."""
        ...
