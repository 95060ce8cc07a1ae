"""The lists that sources handed in, as the use cases read and write them."""

from typing import Protocol

from gateway.domain.ledger import LedgerEvent
from gateway.domain.source_list import ReceivedList


class SourceLists(Protocol):
    """Verified lists: added, never changed. What became of one, its intake says."""

    def add(self, received: ReceivedList, event: LedgerEvent) -> None:
        """Add one, with its event; the store gives the id."""
        ...

    def all(self) -> tuple[ReceivedList, ...]:
        """All, oldest first."""
        ...

    def get(self, number: int) -> ReceivedList:
        """Raises NotFound."""
        ...

    def newest(self, partner: str) -> ReceivedList | None:
        """The one of the highest serial of a source, None before its first."""
        ...

    def by_provenance(self, provenance: str) -> ReceivedList | None:
        """The one that this signature is under."""
        ...
