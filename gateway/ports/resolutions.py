"""What officers decided of held rows, and which rows batches took."""

from collections.abc import Iterable
from typing import Protocol

from gateway.domain.resolutions import Resolution


class Resolutions(Protocol):
    """Resolutions of held rows: added, never changed; the last act about a row rules."""

    def add(self, resolutions: Iterable[Resolution]) -> None:
        """Add the parts of one signed act; its approval brings the event."""
        ...

    def of(self, intake: int) -> list[Resolution]:
        """All of an intake, in the order in which they were made."""
        ...

    def taken(self, intake: int) -> set[int]:
        """The positions that a batch has taken; one that was stopped before its release gave its
        rows back."""
        ...

    def shared(self, batch: int) -> list[tuple[int, int, int]]:
        """Number, intake and position of every row of a batch's number that several rows ask for,
        by intake and position."""
        ...
