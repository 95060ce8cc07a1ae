"""What a policy would let go, and what keeps the rest: worked out in one view, nothing is changed.

Unblocking must stay possible (design 3: an unblock goes to every partner that ever had the number).
So a number is needed as long as it stands blocked, or is named in a batch that is not through:
under preparation, or with a delivery that is not final. A delivery or batch that holds a needed
number keeps its proofs and numbers whole. A batch also keeps them while an older batch keeps one of
its numbers: else that older word would rule again.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.domain.batch import BatchState
from gateway.domain.dispositions import is_final as final_word
from gateway.domain.period_keys import month_of
from gateway.domain.retention import (
    BATCH,
    INTAKE,
    NUMBER,
    NUMBERS,
    PARCELS,
    PARTNER,
    PROOFS,
    ROWS,
    BatchFacts,
    DeliveryFacts,
    IntakeFacts,
    Policy,
    due_at,
    is_final,
)
from gateway.domain.times import Micros, to_wib
from gateway.ports import UnitOfWork

NOT_FINAL, STANDS, HELD, NEEDED = "not final", "stands blocked", "under hold", "still needed"


class Item(NamedTuple):
    """One thing that a policy is about. `what` is of domain.retention.WHAT; `name` a delivery, a
    batch or an intake; `begun` when its term began, `due` when it ends, None where the policy does
    not name it; `kept` says why it stays whatever the policy says; `amount` and `size` are parcels,
    proofs, numbers or rows, and bytes."""

    what: str
    name: str
    digest: str
    begun: Micros
    due: Micros | None
    kept: str
    amount: int
    size: int = 0

    @property
    def month(self) -> str:
        """The month in which its term began."""
        return month_of(self.begun)

    def goes(self, at: Micros) -> bool:
        """Whether a purge takes it at this moment."""
        return not self.kept and self.due is not None and self.due <= at


@dataclass(slots=True)
class _Held:
    """What open holds reach, by kind."""

    batches: set[int] = field(default_factory=set)
    partners: set[str] = field(default_factory=set)
    intakes: set[int] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)


class Plan:
    """All items under a policy at a moment, in an order in which a purge may take them."""

    def __init__(self, uow: UnitOfWork, policy: Policy, at: Micros) -> None:
        self._uow, self._policy, self._at = uow, policy, at
        self._today = to_wib(at).date().isoformat()
        self._held = _held(uow)
        self._of_batch: dict[int, list[DeliveryFacts]] = defaultdict(list)
        for facts in uow.retention.deliveries():
            self._of_batch[facts.batch].append(facts)
        self._final = {
            facts.id: is_final(facts, self._answered(facts), self._today)
            for group in self._of_batch.values()
            for facts in group
        }
        self._batches = tuple(uow.retention.batches())
        self._intakes = tuple(uow.retention.intakes())
        self._taken = {one.id: uow.retention.batches_of(one.id) for one in self._intakes}
        self._spread()
        self._stands = {block.number for block in uow.standing.blocked()}
        self._live = {
            number
            for batch in self._batches
            if not self._is_through(batch)
            for number in uow.retention.numbers(batch.id)
        }
        self._staying: set[int] = set()

    def items(self) -> Iterator[Item]:
        """Every parcel, proof, batch and intake that is there."""
        for batch in self._batches:
            going = True
            for facts in self._of_batch[batch.id]:
                made = tuple(self._delivery(facts))
                going &= all(item.goes(self._at) for item in made if item.what == PROOFS)
                yield from made
            if batch.numbers:
                yield self._batch(batch, going)
        yield from (self._intake(facts) for facts in self._intakes)

    def _spread(self) -> None:
        """A hold on an intake reaches its batches; one on a batch, the intakes that it took from;
        one on a number, all that has it."""
        for batch in self._batches:
            if self._held.numbers and self._held.numbers & set(
                self._uow.retention.numbers(batch.id)
            ):
                self._held.batches.add(batch.id)
        for intake in self._intakes:
            if self._reaches(intake):
                self._held.intakes.add(intake.id)
        for intake in self._intakes:
            if intake.id in self._held.intakes:
                self._held.batches |= self._taken[intake.id]

    def _reaches(self, intake: IntakeFacts) -> bool:
        if intake.source in self._held.partners or self._taken[intake.id] & self._held.batches:
            return True
        return any(self._uow.retention.holds_number(intake.id, n) for n in self._held.numbers)

    def _answered(self, facts: DeliveryFacts) -> int:
        counts = self._uow.inbox.outcome_counts(facts.id) if facts.entries else ()
        return sum(c.entries for c in counts if final_word(c.disposition, c.scope))

    def _is_through(self, batch: BatchFacts) -> bool:
        if batch.state in (BatchState.PREPARED, BatchState.SUBMITTED):
            return False
        return all(self._final[facts.id] for facts in self._of_batch[batch.id])

    def _delivery(self, facts: DeliveryFacts) -> Iterator[Item]:
        kept = "" if self._final[facts.id] else NOT_FINAL
        if facts.partner in self._held.partners or facts.batch in self._held.batches:
            kept = HELD
        if facts.parcels:
            yield self._item(
                PARCELS, facts.id, facts.manifest, facts.last_at, kept, facts.parcels, facts.size
            )
        if facts.proofs:
            numbers = {entry.number for entry in self._uow.deliveries.slice(facts.id)}
            kept = kept or self._why(numbers)
            yield self._item(PROOFS, facts.id, facts.manifest, facts.last_at, kept, facts.proofs)

    def _why(self, numbers: set[int]) -> str:
        if not numbers.isdisjoint(self._stands):
            return STANDS
        return NEEDED if not numbers.isdisjoint(self._live) else ""

    def _batch(self, batch: BatchFacts, going: bool) -> Item:
        numbers = set(self._uow.retention.numbers(batch.id))
        kept = "" if self._is_through(batch) else NOT_FINAL
        if batch.id in self._held.batches or self._partner_held(batch):
            kept = HELD
        kept = kept or self._why(numbers)
        if not kept and not (going and numbers.isdisjoint(self._staying)):
            kept = NEEDED
        item = self._item(NUMBERS, str(batch.id), batch.review, batch.at, kept, batch.numbers)
        if not item.goes(self._at):
            self._staying |= numbers
        return item

    def _partner_held(self, batch: BatchFacts) -> bool:
        return any(facts.partner in self._held.partners for facts in self._of_batch[batch.id])

    def _intake(self, facts: IntakeFacts) -> Item:
        kept = HELD if facts.id in self._held.intakes else ""
        if not kept and not self._is_done(facts):
            kept = NOT_FINAL
        return self._item(ROWS, str(facts.id), facts.digest, facts.at, kept, facts.rows)

    def _is_done(self, facts: IntakeFacts) -> bool:
        """No row waits for an officer, what was accepted is in batches, and those are through."""
        if facts.held and self._waiting(facts):
            return False
        taken = self._taken[facts.id]
        if facts.accepted and not taken:
            return False
        return all(self._is_through(batch) for batch in self._batches if batch.id in taken)

    def _waiting(self, facts: IntakeFacts) -> bool:
        decided = {one.position for one in self._uow.lists.resolutions.of(facts.id)}
        return len(decided) < facts.held

    def _item(
        self,
        what: str,
        name: str,
        digest: str,
        begun: Micros,
        kept: str,
        amount: int,
        size: int = 0,
    ) -> Item:
        months = self._policy.months.get(what)
        due = due_at(begun, months) if months is not None else None
        return Item(what, name, digest, begun, due, kept, amount, size)


def _held(uow: UnitOfWork) -> _Held:
    held = _Held()
    for hold in uow.retention.holds():
        if hold.lifted_at is not None:
            continue
        match hold.kind:
            case str(kind) if kind == BATCH:
                held.batches.add(int(hold.subject))
            case str(kind) if kind == PARTNER:
                held.partners.add(hold.subject)
            case str(kind) if kind == INTAKE:
                held.intakes.add(int(hold.subject))
            case str(kind) if kind == NUMBER:
                held.numbers.add(hold.number)
    return held
