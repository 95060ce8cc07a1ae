"""What is kept of self-test ladders, as the use cases read and write it."""

from typing import Protocol

from gateway.domain.ladder.notes import LadderNote
from gateway.domain.ledger import LedgerEvent


class LadderNotes(Protocol):
    """Rows that are added and never changed."""

    def add(self, note: LadderNote, event: LedgerEvent) -> None:
        """Add one, with its event; the store gives the id."""
        ...

    def of(self, partner: str, card: str) -> tuple[LadderNote, ...]:
        """All of one card, oldest first."""
        ...
