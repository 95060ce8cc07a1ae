"""What monitoring reads and workers leave behind, outside of any unit of work."""

from typing import Protocol

from gateway.domain.health import Figures, Heartbeat


class Heartbeats(Protocol):
    """Workers' signs of life. They change no state of a batch or delivery, so they have no leaf."""

    def keep(self, beat: Heartbeat) -> None:
        """Write it over the one of the same worker. Raises Conflict where the database is busy."""
        ...

    def all(self) -> tuple[Heartbeat, ...]:
        """The last one of each worker, by name."""
        ...


class FiguresReader(Protocol):
    """Counts over the whole database, in one view."""

    def read(self) -> Figures:
        """Read them all."""
        ...
