"""Partners as lists show them: a page at a time, with how their channel is."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class PartnerFilter:
    """Which partners; empty members do not filter. PROPOSED finds a live partner too whose newer
    card waits for a second officer."""

    kind: PartnerKind | None = None
    standing: Standing | None = None


class PartnerLine(NamedTuple):
    """A partner in a list. `contact_at` is when its side last took or said something; `waiting`
    deliveries are queued or on their way, `retried` of them tried before, since `waiting_since`;
    `failed` ones were given up or rejected. `card_waits` is a card without its second signature."""

    id: str
    name: str
    kind: PartnerKind
    standing: Standing
    test: bool
    contact_at: Micros | None
    waiting: int
    retried: int
    waiting_since: Micros | None
    failed: int
    card_waits: bool

    @property
    def health(self) -> str:
        """failing, waiting, silent (nothing ever came) or good; "" before it is live."""
        if self.standing is not Standing.LIVE:
            return ""
        if self.failed or self.retried:
            return "failing"
        if self.waiting:
            return "waiting"
        return "good" if self.contact_at is not None else "silent"


class PartnerPages(Protocol):
    """Pages of partners, by id."""

    def page(self, wanted: PartnerFilter, after: str, limit: int) -> tuple[PartnerLine, ...]:
        """At most `limit` of them with an id above `after` ("" for the first page)."""
        ...

    def line(self, partner: str) -> PartnerLine:
        """One. Raises NotFound."""
        ...
