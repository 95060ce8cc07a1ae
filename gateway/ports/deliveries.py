"""Deliveries and what was sealed, as the use cases read and write them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.batch import Entry
from gateway.domain.delivery import Delivery, State
from gateway.domain.records import (
    Attempt,
    ManifestRecord,
    Recent,
    SealedEntry,
    Sealing,
    Stream,
    Traffic,
)
from gateway.domain.times import Micros


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a listing wants; empty members do not filter."""

    batch: int = 0
    partner: str = ""
    states: tuple[State, ...] = ()
    due: bool = False
    """Only those with a moment at which they are due."""


class Deliveries(Protocol):
    """Deliveries, their manifests, sealings, attempts and streams."""

    def delivery(self, delivery: str) -> Delivery:
        """For update: locked against others until this unit ends. Raises NotFound."""
        ...

    def deliveries(self, wanted: DeliveryFilter) -> tuple[Delivery, ...]:
        """By batch and partner."""
        ...

    def due(self, at: Micros, limit: int, partner: str = "") -> tuple[Delivery, ...]:
        """QUEUED and due, of one partner or of all, lanes first, then batch order; those that
        another worker holds are skipped."""
        ...

    def claim(self, delivery: Delivery, until: Micros) -> Delivery:
        """Take the lease: fence + 1. Raises Conflict where another worker holds it."""
        ...

    def holds(self, delivery: str, fence: int, at: Micros) -> bool:
        """Whether the lease of that fence still runs; asked again right before sending."""
        ...

    def lapsed(self, at: Micros) -> tuple[Delivery, ...]:
        """With an attempt that began and has not ended, under a lease that did: the worker died,
        the
        outcome is unknown. Whatever the state: a receipt may have moved it meanwhile."""
        ...

    def unsealed(self, partner: str) -> tuple[Delivery, ...]:
        """QUEUED without a sequence, in batch order; sealed in this order (promise E)."""
        ...

    def in_flight(self, partner: str) -> int:
        """How many attempts of the partner have begun and not ended (outcome "")."""
        ...

    def recent(self, partner: str, since: Micros, limit: int) -> tuple[Recent, ...]:
        """The partner's attempts that began since then, newest first, in flight or ended; read
        without a lock."""
        ...

    def traffic(self, partner: str, since: Micros) -> Traffic:
        """What was begun for the partner since then, in sums; read without a lock."""
        ...

    def stream(self, partner: str, epoch: int) -> Stream:
        """The head of its sequence in this epoch; sequence 0 where none was given. In a writer it
        is locked until this unit ends: two workers at one partner take their turns here."""
        ...

    def streams(self, epoch: int) -> tuple[Stream, ...]:
        """The heads of all partners' sequences in this epoch, by partner; without a lock."""
        ...

    def advance(self, before: Stream, after: Stream) -> None:
        """Move the head, compare and swap. Raises Conflict where another worker moved it."""
        ...

    def manifest(self, delivery: str) -> ManifestRecord | None:
        """The manifest, once sealed."""
        ...

    def delivery_of_sequence(self, partner: str, epoch: int, sequence: int) -> str | None:
        """Which delivery took this sequence."""
        ...

    def sealing(self, delivery: str, number: int) -> Sealing:
        """Raises NotFound."""
        ...

    def sealing_of_parcel(self, partner: str, digest: str) -> tuple[str, int] | None:
        """Delivery id and sealing number of a parcel that was sealed for this partner."""
        ...

    def put_slice(self, delivery: str, entries: Collection[SealedEntry]) -> None:
        """Which number each entry is; written once, with the manifest."""
        ...

    def slice(self, delivery: str) -> list[SealedEntry]:
        """In entry order; empty before sealing."""
        ...

    def slice_blocks(self, delivery: str) -> Iterator[list[Entry]]:
        """The batch's entries that were sealed, in entry order, some thousands at a time; a number
        that the batch does not have is left out."""
        ...

    def sealed_numbers(self, partner: str, numbers: Sequence[int]) -> frozenset[int]:
        """Of these numbers, those ever sealed for the partner as a block."""
        ...

    def blocks_sealed_since(self, partner: str, since: Micros) -> int:
        """How many block entries were sealed for the partner since then (a consent's maximum)."""
        ...

    def overtaken(self, delivery: str) -> frozenset[int]:
        """Entry numbers whose number stands in a later released batch (an order overtaken)."""
        ...

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """In order."""
        ...

    def deliveries_of_number(self, number: int) -> tuple[tuple[str, int], ...]:
        """Delivery id and entry for every sealed slice that holds the number."""
        ...
