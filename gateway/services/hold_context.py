"""What the gateway knows of the numbers that a held row proposes: for the officer who decides."""

from dataclasses import dataclass

from gateway.domain.dispositions import INACTIVE, RECYCLED
from gateway.domain.numbers import Decision
from gateway.domain.times import DAY, Micros
from gateway.ports import Store
from gateway.services.context import QUARANTINE_DAYS


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A proposed number. `last` is the action of the last released batch that named it, "" for
    none; `recycled` and `inactive` are when a partner declared it so, 0 for never; `rests` is until
    when a number that ended has no new owner."""

    given: Decision
    last: str
    recycled: Micros
    inactive: Micros
    rests: Micros


@dataclass(frozen=True, slots=True)
class HoldContext:
    """Looks numbers up; `quarantine_days` is how long one rests after its end (PM 14/2018)."""

    store: Store
    quarantine_days: int = QUARANTINE_DAYS

    def of(self, proposed: tuple[Decision, ...]) -> tuple[NumberFacts, ...]:
        """What is known of each, in their order."""
        numbers = [one.number for one in proposed if one.number]
        if not numbers:
            return ()
        with self.store.read() as uow:
            before = uow.lists.released_before(numbers)
            ended = uow.standing.ended(numbers)
        return tuple(
            self._facts(one, before.get(one.number, ""), ended.get(one.number, {}))
            for one in proposed
            if one.number
        )

    def _facts(self, given: Decision, last: str, ended: dict[str, Micros]) -> NumberFacts:
        inactive = ended.get(INACTIVE, 0)
        rests = inactive + self.quarantine_days * DAY if inactive else 0
        return NumberFacts(given, last, ended.get(RECYCLED, 0), inactive, rests)
