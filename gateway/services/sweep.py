"""What time alone brings about, asked anew on every tick (design 4): each a decision and a commit.

Late ticks lose nothing: the sweep looks at what is, not at what was due.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.errors import Conflict
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.schedule import RetryPolicy
from gateway.domain.times import Micros
from gateway.ports import Clock, DeliveryFilter, Store, UnitOfWork
from gateway.services import obstacles
from gateway.services.halting import commit_halt, halt
from gateway.services.obstacles import Obstacle


@dataclass(frozen=True, slots=True)
class Swept:
    """One delivery that time moved, and why."""

    delivery: str
    partner: str
    state: State
    reason: str


USED_UP = Obstacle(Event.GIVE_UP, "budget-used-up")
NEVER_FETCHED = Obstacle(Event.GIVE_UP, "never-fetched")


@dataclass(frozen=True, slots=True)
class SweepService:
    """Overdue receipts, used-up budgets, stopped batches, ended consents."""

    store: Store
    clock: Clock
    policy: RetryPolicy

    def run(self) -> list[Swept]:
        """One sweep. A delivery that another worker is moving right now is left to the next."""
        swept: list[Swept] = []
        for state, step in ((State.SENT, self._overdue), (State.QUEUED, self._queued)):
            with self.store.read() as uow:
                found = uow.deliveries.deliveries(DeliveryFilter(states=(state,)))
            for delivery in found:
                if moved := self._one(delivery, state, step):
                    swept.append(moved)
        return swept

    def _one(self, seen: Delivery, state: State, step: "Step") -> Swept | None:
        now = self.clock.now()
        with self.store.read() as uow:
            if step(uow, seen, now) is None:
                return None
        try:
            with self.store.write(seen.partner) as uow:
                delivery = uow.deliveries.delivery(seen.id)
                decision = step(uow, delivery, now) if delivery.state is state else None
                if decision is None:
                    return None
                if decision.event is Event.OVERDUE:
                    after = _requeue(uow, delivery, decision, now)
                    # a crash before leaves it SENT and overdue, and the next sweep decides the same
                    uow.commit("delivery.requeue")
                else:
                    after = halt(uow, delivery, decision, now)
                    commit_halt(uow, decision)
        except Conflict:
            return None  # another worker holds it; what it leaves, the next sweep sees
        return Swept(after.id, after.partner, after.state, decision.reason)

    def _overdue(self, uow: UnitOfWork, delivery: Delivery, now: Micros) -> Obstacle | None:
        """No receipt came in time: the same bytes go again, until the budget is used up."""
        if delivery.handed_over_at is None:
            return self._unfetched(uow, delivery, now)
        if delivery.due_at > now:
            return None
        if self.policy.used_up(delivery, now):
            return USED_UP
        return Obstacle(Event.OVERDUE, "receipt-overdue")

    def _unfetched(self, uow: UnitOfWork, delivery: Delivery, now: Micros) -> Obstacle | None:
        """It lies ready and the partner has not taken it: no receipt is overdue, and sending it
        again would change nothing. Only the days count, from when it first lay there."""
        attempts = uow.deliveries.attempts(delivery.id)
        since = max(delivery.queued_at, attempts[0].began_at) if attempts else delivery.queued_at
        return NEVER_FETCHED if self.policy.too_old(since, now) else None

    def _queued(self, uow: UnitOfWork, delivery: Delivery, now: Micros) -> Obstacle | None:
        if delivery.sealed:
            if found := obstacles.before_attempt(uow, delivery, now):
                return found
        elif obstacles.is_stopped(uow.lists.batch(delivery.batch)):
            return obstacles.STOPPED_BATCH
        return USED_UP if self.policy.used_up(delivery, now) else None


Step = Callable[[UnitOfWork, Delivery, Micros], Obstacle | None]


def _requeue(uow: UnitOfWork, delivery: Delivery, decision: Obstacle, now: Micros) -> Delivery:
    after = replace(apply(delivery, decision.event, now, decision.reason).delivery, due_at=now)
    facts = {
        "delivery": delivery.id,
        "partner": delivery.partner,
        "from": str(delivery.state),
        "state": str(after.state),
        "reason": decision.reason,
    }
    uow.save(after, LedgerEvent(Tag.DELIVERY_REQUEUE, now, facts))
    return after
