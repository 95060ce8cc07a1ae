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

    def merged(self, batch: int) -> tuple[int, int]:
        """How many numbers of a batch several rows ask for, and for how many of these the rows name
        different categories."""
        ...
