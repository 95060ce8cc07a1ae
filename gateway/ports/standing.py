"""What stands blocked: the last word of the released batches about each number."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from gateway.domain.times import Micros


class StandingBlock(NamedTuple):
    """A number whose latest released entry is a block, as that entry says it.

    `batch` is the batch that blocked it, `test` whether that is a test batch.
    """

    number: int
    batch: int
    test: bool
    category: str
    channel: str
    evidence_ref: str
    evidence_date: str
    basis: str
    review_date: str
    route: str


class Standing(Protocol):
    """Numbers that stand blocked. A batch that was stopped after its release counts: parts of it
    may have arrived."""

    def blocked(self) -> Iterator[StandingBlock]:
        """All, in the order of their numbers."""
        ...

    def due(self, day: str) -> Iterator[StandingBlock]:
        """Those whose review date is `day` (YYYY-MM-DD) or earlier and that no batch under
        preparation names, in the order of their numbers."""
        ...

    def freed_at(self, numbers: Sequence[int]) -> dict[int, Micros]:
        """Of these numbers, those whose last released entry is an unblock, with when it was
        released."""
        ...

    def ended(self, numbers: Sequence[int]) -> dict[int, dict[str, Micros]]:
        """Of these numbers, those that a partner declared ended or recycled: the last such moment
        of each of the two dispositions, by the revision of its confirmation that counts."""
        ...
