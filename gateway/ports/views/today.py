"""What waits for somebody, in counts that the database makes."""

from typing import NamedTuple, Protocol

from gateway.domain.times import Micros


class Waiting(NamedTuple):
    """How much waits: batches not yet submitted, and those that wait for another officer; dead
    letters; partners and officers proposed; items received that nobody judged yet."""

    prepared: int
    submitted: int
    dead: int
    partners: int
    officers: int
    inbound: int


class TodayBoard(Protocol):
    """The counts of the first page."""

    def waiting(self) -> Waiting:
        """As of now."""
        ...

    def beat(self) -> Micros | None:
        """The newest sign of life of any worker; None where none ever ran."""
        ...
