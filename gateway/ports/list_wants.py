"""What the console wants of source lists, as the use cases read and write it."""

from typing import Protocol

from gateway.domain.list_wants import ListWant
from gateway.domain.times import Micros


class ListWants(Protocol):
    """Wishes: added, then ended once."""

    def add(self, want: ListWant) -> None:
        """Add one; the store gives the id."""
        ...

    def waiting(self) -> tuple[ListWant, ...]:
        """Those that the worker has not come to, oldest first."""
        ...

    def newest(self) -> dict[int, ListWant]:
        """The last one about each list."""
        ...

    def end(self, want: int, at: Micros, problem: str = "", hint: str = "") -> None:
        """It was seen to."""
        ...
