"""Batches as lists and pages show them: a page at a time, nothing of a whole table."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.batch import BatchState, Entry
from gateway.domain.delivery import Priority
from gateway.domain.parties import PartnerKind
from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches; empty members do not filter. `since` and `until` are about when a batch was
    made, `until` not included; `lane` is a Priority."""

    state: BatchState | None = None
    lane: Priority | None = None
    since: Micros = 0
    until: Micros = 0


class BatchLine(NamedTuple):
    """A batch in a list. `submitted_by` is the officer of its last submit, "" for none."""

    id: int
    state: BatchState
    priority: Priority
    test: bool
    created_at: Micros
    released_at: Micros | None
    entries: int
    submitted_by: str


class Named(NamedTuple):
    """A partner's name and kind."""

    name: str
    kind: PartnerKind


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries of a batch; an empty member does not filter."""

    route: str = ""


class BatchPages(Protocol):
    """What the pages of batches read."""

    def page(self, wanted: BatchFilter, before: int, limit: int) -> tuple[BatchLine, ...]:
        """At most `limit` of them with a number below `before` (0 for the first page), newest
        first."""
        ...

    def count(self, batch: int, most: int) -> int:
        """How many entries a batch has; `most` where it has more."""
        ...

    def entries(self, batch: int, wanted: EntryFilter, after: int, limit: int) -> tuple[Entry, ...]:
        """At most `limit` of its entries whose number is above `after`, in their order."""
        ...

    def sources(self, batch: int) -> tuple[tuple[int, int], ...]:
        """The intakes whose rows ask for its entries, with how many rows each."""
        ...

    def partners(self) -> dict[str, Named]:
        """Name and kind of every partner, by id."""
        ...
