"""Blocks whose review date has passed: an unblock or a renewal is proposed, never done silently.

A number may have a new owner sixty days after its block ended the old one's contract (PM 14/2018,
domain.md 3.6). What is made here is a prepared batch, which two officers see like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.batch import Batch, Entry
from gateway.domain.canonical import JsonObject
from gateway.domain.delivery import Priority
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.errors import InputError
from gateway.domain.references import reference
from gateway.domain.times import to_wib
from gateway.ports import Clock, Store
from gateway.ports.standing import StandingBlock
from gateway.services.batches import refuse_all_left_out, save_batch
from gateway.services.intake import clean_reference
from gateway.services.replan import Replanned, replan, replan_facts
from gateway.services.rulebook import rulebook


@dataclass(frozen=True, slots=True)
class Due:
    """Standing blocks of one batch whose review date has passed."""

    batch: int
    test: bool
    review_date: str
    numbers: int


class ReviewDates:
    """What is due for review, and the batches that answer it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def due(self, day: str = "") -> tuple[Due, ...]:
        """How many numbers of which batches are due on `day` (YYYY-MM-DD, by default today)."""
        counts: dict[tuple[int, bool, str], int] = {}
        for block in self.numbers(day):
            key = (block.batch, block.test, block.review_date)
            counts[key] = counts.get(key, 0) + 1
        return tuple(Due(*key, numbers) for key, numbers in sorted(counts.items()))

    def numbers(self, day: str = "") -> list[StandingBlock]:
        """The due blocks in the order of their numbers; none that a batch under preparation
        names."""
        with self._store.read() as uow:
            return list(uow.standing.due(day or self._today()))

    def unblock(self, reason: str, test: bool) -> tuple[Batch, int]:
        """Prepare a batch that frees every number that is due, protected ones and those without a
        row in the plan too. Raises InputError (no reference, or nothing is due)."""

        def freed(block: StandingBlock, basis: str, _until: str) -> Entry:
            return Entry(block.number, UNBLOCK, "", "", reason, "", basis, "", block.route, 0)

        return self._prepare(reason, test, freed)

    def renew(
        self, reason: str, test: bool, tell: Callable[[Replanned], None] = lambda _: None
    ) -> tuple[Batch, int]:
        """Prepare a batch that blocks every due number again, with the next review date.

        `reason` is the reference of the decision that each was looked at. Each goes where the
        tables of today send it; `tell` hears how many moved, and how many were left out: these
        stay due, for an unblock. Raises InputError as `unblock`, Conflict (all left out).
        """

        def again(block: StandingBlock, basis: str, until: str) -> Entry:
            about = (block.category, block.channel, reason)
            return Entry(
                block.number, BLOCK, *about, block.evidence_date, basis, until, block.route, 0
            )

        return self._prepare(reason, test, again, tell)

    def _prepare(
        self,
        reason: str,
        test: bool,
        entry: Callable[[StandingBlock, str, str], Entry],
        tell: Callable[[Replanned], None] = lambda _: None,
    ) -> tuple[Batch, int]:
        reference(reason, "a review", "--reason ND-123/2026")
        at = self._clock.now()
        with self._store.write() as uow:
            rules = rulebook(uow, at)
            basis, until = clean_reference(rules.legal_basis()), rules.review_date()
            blocks = [b for b in uow.standing.due(self._today()) if b.test == test]
            if not blocks:
                kind = "test" if test else "real"
                raise InputError(f"no {kind} number is due for review", hint="palang batch due")
            asked = (entry(block, basis, until) for block in blocks)
            entries, done = replan(asked, rules.numbers, test)
            refuse_all_left_out(entries, done)
            tell(done)
            facts: JsonObject = {"reviewed": self._today(), "reference": reason}
            facts |= replan_facts(done, rules)
            return save_batch(uow, entries, test, Priority.ROUTINE, facts, at)

    def _today(self) -> str:
        return to_wib(self._clock.now()).date().isoformat()
