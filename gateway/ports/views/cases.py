"""One number's places in batches, and every word that was said of an entry."""

from typing import NamedTuple, Protocol

from gateway.domain.times import Micros


class Placed(NamedTuple):
    """An entry of a batch about the number; dates are YYYY-MM-DD or ""."""

    batch: int
    state: str
    stopped: bool
    test: bool
    created_at: Micros
    released_at: Micros | None
    action: str
    category: str
    channel: str
    evidence_ref: str
    evidence_date: str
    basis: str
    review_date: str
    route: str


class Asked(NamedTuple):
    """A row of an intake that asked for it."""

    batch: int
    intake: int
    position: int
    source: str
    name: str
    added_at: Micros


class Said(NamedTuple):
    """What one confirmation says of an entry; at most one `counts`, the others were replaced or
    are in conflict."""

    revision: int
    disposition: str
    scope: str
    said_at: Micros
    received_at: Micros
    statement: str
    kid: str
    conflict: bool
    counts: bool


class CasePages(Protocol):
    """Reads one number's places."""

    def places(self, number: int) -> tuple[Placed, ...]:
        """Every batch that names it, the newest first; prepared and stopped ones too."""
        ...

    def rows(self, number: int) -> tuple[Asked, ...]:
        """The intake rows behind them, by batch."""
        ...

    def said(self, delivery: str, entry: int) -> tuple[Said, ...]:
        """Every word about one entry, in the order in which it came."""
        ...
