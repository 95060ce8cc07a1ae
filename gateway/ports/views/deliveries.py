"""Deliveries as lists and boards show them: a page at a time, with what counts in sums."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain import deadlines
from gateway.domain.delivery import State
from gateway.domain.parties import PartnerKind
from gateway.domain.times import Micros


class Line(NamedTuple):
    """A delivery in a list. `entries` and `term` are None before it is sealed; `final` counts the
    entries with a final word, `done` those declared done."""

    key: int
    id: str
    batch: int
    partner: str
    partner_name: str
    kind: PartnerKind
    state: State
    reason: str
    conflict: bool
    priority: int
    queued_at: Micros
    handed_over_at: Micros | None
    acknowledged_at: Micros | None
    entries: int | None
    term: Micros | None
    final: int
    done: int

    @property
    def closes(self) -> Micros | None:
        """When the term ends, deadline or target; None before the hand-over."""
        return deadlines.closing(self.handed_over_at, self.acknowledged_at, self.term)

    @property
    def outstanding(self) -> int:
        """Entries without a final word."""
        return deadlines.outstanding(self.state, self.entries or 0, self.final)

    def late(self, now: Micros) -> bool:
        """Whether an operator's term is over with entries outstanding; nobody else can be late."""
        return self.outstanding > 0 and deadlines.over(self.kind, self.closes, now)

    def near(self, now: Micros) -> bool:
        """Whether an operator's term ends soon with entries outstanding."""
        return self.outstanding > 0 and deadlines.near(self.kind, self.closes, now)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries a page shows; empty members do not filter. `late` are operators' beyond
    their deadline, `open` those with entries outstanding."""

    batch: int = 0
    partner: str = ""
    states: tuple[State, ...] = ()
    late: bool = False
    open: bool = False


class PartnerSums(NamedTuple):
    """One partner's deliveries in sums; halted ones count in none but `halted`."""

    partner: str
    name: str
    kind: PartnerKind
    deliveries: int
    waiting: int
    failed: int
    halted: int
    entries: int
    done: int
    final: int
    late: int
    near: int


class EntryRow(NamedTuple):
    """An entry of a slice and the word that counts for it, "" where there is none."""

    entry: int
    number: int
    unblock: bool
    disposition: str
    scope: str
    said_at: Micros | None


class SealingRow(NamedTuple):
    """One envelope without its bytes."""

    number: int
    digest: str
    kid: str
    size: int
    at: Micros


class DeliveryPages(Protocol):
    """Lists of deliveries, newest first, and what is due."""

    def page(self, wanted: Wanted, now: Micros, before: int, limit: int) -> tuple[Line, ...]:
        """At most `limit` with a key below `before` (0 for the first page)."""
        ...

    def due(self, now: Micros, limit: int) -> tuple[Line, ...]:
        """Operators' deliveries with entries outstanding, the deadline that ends first first."""
        ...

    def sums(self, now: Micros) -> tuple[PartnerSums, ...]:
        """Every partner that has a delivery, by id."""
        ...

    def entries(self, delivery: str, after: int, limit: int) -> tuple[EntryRow, ...]:
        """At most `limit` entries of a sealed slice above `after`, by entry."""
        ...

    def sealings(self, delivery: str) -> tuple[SealingRow, ...]:
        """Its envelopes, by number."""
        ...

    def partners(self) -> tuple[tuple[str, str], ...]:
        """Id and name of every partner, by name."""
        ...

    def name_of(self, partner: str) -> str:
        """A partner's name; its id where there is none."""
        ...
