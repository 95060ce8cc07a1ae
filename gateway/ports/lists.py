"""Intakes, batches and their entries, as the use cases read and write them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from gateway.domain.batch import Batch, Entry
from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import Intake, IntakeRow, SourceProfile
from gateway.domain.times import Micros
from gateway.ports.resolutions import Resolutions


class Profiles(Protocol):
    """Saved profiles of sources: added, never changed; the newest version rules."""

    def newest(self) -> tuple[SourceProfile, ...]:
        """The newest of each source, by source; one with profile "" was removed."""
        ...

    def of(self, source: str) -> SourceProfile | None:
        """The newest one of a source, None where it never had one."""
        ...

    def add(self, profile: SourceProfile, event: LedgerEvent) -> None:
        """Add a version, with its event. Raises Conflict where its number was taken meanwhile."""
        ...


class Lists(Protocol):
    """Intakes, batches and their entries."""

    def intake_by_digest(self, digest: str) -> Intake | None:
        """The intake of the same file, if there was one."""
        ...

    def intake(self, intake: int) -> Intake:
        """One that is complete. Raises NotFound."""
        ...

    def intakes(self) -> tuple[Intake, ...]:
        """All that are complete, newest first."""
        ...

    def followers(self, intake: int) -> tuple[Intake, ...]:
        """The intakes that correct this one, oldest first."""
        ...

    def begin_intake(self, intake: Intake) -> int:
        """Make room for an intake that is loaded in pieces, a unit each; returns its id.

        Nobody sees it before `finish_intake`.
        """
        ...

    def put_pages(self, intake: int, pages: Iterable[tuple[int, bytes]]) -> None:
        """Add rows to a loading intake as pages (gateway.domain.row_pages), each with the position
        of its first row (from 1).

        Raises Conflict where it was swept.
        """
        ...

    def finish_intake(self, intake: Intake, event: LedgerEvent) -> None:
        """A loading intake becomes one. One ledger leaf over its digests.

        Raises Conflict where it was swept, or the same file is there.
        """
        ...

    def abandoned(self, before: Micros) -> tuple[int, ...]:
        """Loading intakes whose last rows came before that moment."""
        ...

    def sweep(self, intake: int) -> None:
        """Take a loading intake away, with its rows."""
        ...

    def intake_rows(self, intake: int, outcome: str = "") -> Iterator[IntakeRow]:
        """The rows of an intake in order, all or of one outcome."""
        ...

    def placed_rows(self, intake: int, outcome: str = "") -> Iterator[tuple[int, IntakeRow]]:
        """The same with their positions, from 1."""
        ...

    def rows_at(self, intake: int, positions: Collection[int]) -> dict[int, IntakeRow]:
        """The rows at these positions, those that are there; of few, for less than all cost."""
        ...

    def row_places(self, intake: int) -> Iterator[tuple[int, str, int, int, str, int]]:
        """Position, sheet, row, accepted number or 0, action and `refers` of every row."""
        ...

    @property
    def profiles(self) -> Profiles:
        """What is known of the files of sources."""
        ...

    @property
    def resolutions(self) -> Resolutions:
        """What officers decided of held rows."""
        ...

    def put_sources(self, batch: int, sources: Iterable[tuple[int, int, int]]) -> None:
        """Every row that asks for an entry's number: (number, intake, position)."""
        ...

    def sources(self, batch: int) -> list[tuple[int, int, int]]:
        """The same, in the order of numbers, intakes and positions."""
        ...

    def next_batch(self) -> int:
        """The next batch number; it only rises."""
        ...

    def batch(self, batch: int) -> Batch:
        """Raises NotFound."""
        ...

    def batches(self) -> tuple[Batch, ...]:
        """All, newest first."""
        ...

    def put_entries(self, batch: int, entries: Iterable[Entry]) -> int:
        """Add entries to a PREPARED batch; a number that is there already is left.

        Returns how many were new.
        """
        ...

    def entries(self, batch: int) -> list[Entry]:
        """The entries in the order of their numbers."""
        ...

    def blocks(self, batch: int) -> Iterator[list[Entry]]:
        """The same, some thousands at a time, while this unit is open."""
        ...

    def released_numbers(self, most: int) -> frozenset[int] | None:
        """All numbers of which released_before knows, None where there are more than `most`."""
        ...

    def released_before(self, numbers: Sequence[int]) -> dict[int, str]:
        """Of these numbers, those in a released batch, with the action of the latest ("sudah pernah
        dikirim")."""
        ...
