"""What a report counts: rows as they were known at a recorded cut-off, and nothing that came later.

A cut-off is a ledger size with the marks below. Rising keys say what had come by then; the few
columns that change later (a hand-over, a stop, a load under way) are named by their keys.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class Marks:
    """What was known at a cut-off.

    `size` leaves were committed at `at`. `deliveries` to `resolutions` are the highest keys that
    had been given. `unhanded` are keys of deliveries whose hand-over no channel had confirmed yet,
    `halted` of those withheld or stopped, `loading` the intakes whose last rows had not come.
    `inbound` is the last kept item before which all were judged.
    """

    size: int
    at: Micros
    deliveries: int
    receipts: int
    confirmations: int
    inbound: int
    intakes: int
    resolutions: int
    unhanded: tuple[int, ...] = ()
    halted: tuple[int, ...] = ()
    loading: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Batches released from `begin` until before `end`, test batches or live ones, as known at the
    cut-off; intakes and what was decided of their rows within the same time."""

    begin: Micros
    end: Micros
    test: bool
    marks: Marks


class DeliveryRow(NamedTuple):
    """A delivery of a batch released before the scope's end. `blocks` and `unblocks` are those of
    its slice, 0 before it is sealed; `manifest` its body, b"" likewise."""

    key: int
    id: str
    batch: int
    partner: str
    released_at: Micros
    handed_over_at: Micros | None
    halted: bool
    blocks: int
    unblocks: int
    manifest: bytes


class ReceiptRow(NamedTuple):
    """The first counted acknowledgement of a delivery with this result."""

    delivery: str
    result: str
    received_at: Micros


class StatementRow(NamedTuple):
    """A confirmation's head, by delivery and revision."""

    key: int
    delivery: str
    revision: int
    received_at: Micros


class CountRow(NamedTuple):
    """How many rows of a confirmation say this."""

    confirmation: int
    disposition: str
    scope: str
    entries: int


class IntakeRow(NamedTuple):
    """An intake's head; `counts` is a JSON array of [outcome, rows]."""

    source: str
    counts: str
    follows: int | None


class RepeatRow(NamedTuple):
    """Numbers that so many sources asked for; `first` and `last` of them by name."""

    first: str
    last: str
    sources: int
    numbers: int


class ReportRows(Protocol):
    """The rows of a scope, in one consistent view."""

    def deliveries(self) -> Iterator[DeliveryRow]:
        """By key."""
        ...

    def receipts(self) -> Iterator[ReceiptRow]:
        """Those that count."""
        ...

    def statements(self) -> Iterator[StatementRow]:
        """Confirmations, those in conflict among them; by delivery, revision and arrival."""
        ...

    def counts(self, confirmations: Sequence[int]) -> Iterator[CountRow]:
        """Of these confirmations, by disposition and scope."""
        ...

    def answers(self, confirmation: int) -> Iterator[tuple[int, str, str]]:
        """Entry, disposition and scope of each row of a confirmation."""
        ...

    def unblocks(self, delivery: int) -> Iterator[int]:
        """The entries of a slice that are unblocks."""
        ...

    def numbers(self, deliveries: Sequence[int]) -> tuple[int, int]:
        """How many different numbers these slices block, and unblock."""
        ...

    def never_answered(self, deliveries: Sequence[int], confirmations: Sequence[int]) -> int:
        """How many different numbers these slices block that none of these confirmations of theirs
        says a word about."""
        ...

    def reviews(self) -> Iterator[bytes]:
        """What was signed of each batch within the scope."""
        ...

    def other_batches(self) -> int:
        """Batches released within the same time that are test batches where these are live ones,
        or the other way round."""
        ...

    def intakes(self) -> Iterator[IntakeRow]:
        """Those added within the scope."""
        ...

    def resolutions(self) -> Iterator[tuple[str, int]]:
        """Acts on held rows within the scope, and how many of each."""
        ...

    def repeats(self) -> Iterator[RepeatRow]:
        """Numbers of the scope's batches that more than one source asked for."""
        ...

    def strange_entries(self, partners: Sequence[str]) -> int:
        """Statements of these partners, received within the scope, that were refused because they
        name an entry that they were not asked about."""
        ...


class Reports(Protocol):
    """Where reports read."""

    def fix(self, end: Micros, *, test: bool) -> Marks:
        """The marks of now, for batches released before `end`; no writer is under way while they
        are taken."""
        ...

    def open(self, scope: Scope) -> AbstractContextManager[ReportRows]:
        """A view of the scope."""
        ...
