"""The two transactions around a send: record the attempt, record its outcome (design 4)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.errors import Taken
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import Partner, Standing
from gateway.domain.records import Attempt, InboundRecord
from gateway.domain.times import MINUTE, Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services import outcomes
from gateway.services.circuit import Circuit, failures_of
from gateway.services.halting import commit_halt, halt
from gateway.services.obstacles import before_attempt, ruling_consent
from gateway.services.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that is recorded: what goes out now, under which fence."""

    delivery: Delivery
    partner: Partner
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class AttemptBook:
    """Keeps attempts. `lease` outlasts the longest send that an adapter allows, in microseconds.

    `jitter` gives a number in [0, 1) (random.random).
    """

    store: Store
    clock: Clock
    circuit: Circuit
    jitter: Callable[[], float]
    lease: Micros = 15 * MINUTE

    def begin(self, delivery_id: str) -> Begun | Delivery:
        """Record an attempt and take the lease; the delivery alone where none may begin now
        (halted, not due any more, its partner is left alone now, or another attempt of this partner
        is in flight)."""
        now = self.clock.now()
        with self.store.write(DeliveryId.parse(delivery_id).partner) as uow:
            delivery = uow.deliveries.delivery(delivery_id)
            partner = uow.registry.partner(delivery.partner)
            if not self._may_begin(uow, delivery, partner, now):
                return delivery
            if obstacle := before_attempt(uow, delivery, now):
                if delivery.state is not State.QUEUED:
                    return settle_debt(uow, delivery, "not-allowed", now)
                halted = halt(uow, delivery, obstacle, now)
                commit_halt(uow, obstacle)
                return halted
            begun = self._record(uow, delivery, partner, now)
            # a crash before leaves no trace of an attempt; after, an attempt in flight that nobody
            # makes: its lease lapses and the sweep takes it for an unknown outcome
            uow.commit("delivery.attempt")
        return begun

    def _may_begin(
        self, uow: UnitOfWork, delivery: Delivery, partner: Partner, now: Micros
    ) -> bool:
        due = delivery.state is State.QUEUED and delivery.due_at <= now
        if not (due or is_owed(delivery)) or not delivery.sealed:
            return False
        # held until this unit ends: two workers with two deliveries of one partner take turns here
        uow.deliveries.stream(partner.id, delivery.epoch)
        return (
            partner.standing is Standing.LIVE
            and uow.deliveries.in_flight(partner.id) == 0
            and not self.circuit.hold(uow, partner.id, now).keeps(delivery, now)
        )

    def _record(self, uow: UnitOfWork, delivery: Delivery, partner: Partner, now: Micros) -> Begun:
        consent = ruling_consent(uow, partner, now)
        claimed = uow.deliveries.claim(delivery, now + self.lease)
        if claimed.state is State.QUEUED:
            claimed = apply(claimed, Event.BEGIN, now).delivery
        else:  # asked for again after its receipt: sent without a change of state
            claimed = replace(claimed, attempts=claimed.attempts + 1)
        attempt = Attempt(
            claimed.id,
            claimed.attempts,
            claimed.sealing,
            now,
            consent.digest if consent else "",
        )
        event = _attempt_event(claimed, attempt)
        uow.save(claimed, event)
        uow.save(attempt, event)
        return Begun(claimed, partner, attempt)

    def end(self, begun: Begun, outcome: Outcome) -> Delivery:
        """Record the outcome, with the reply that came along, in one commit.

        Raises Taken where the lease was lost meanwhile: the outcome is not ours to record.
        """
        now = self.clock.now()
        with self.store.write(begun.partner.id) as uow:
            delivery = uow.deliveries.delivery(begun.delivery.id)
            if delivery.fence != begun.delivery.fence:
                raise Taken(
                    f"delivery {delivery.id}: attempt {begun.attempt.number} lost its lease, "
                    f"its outcome ({outcome.word}) is not recorded",
                    hint="the sweep took it for unknown and the same bytes go again",
                )
            after = self._close(uow, delivery, begun.attempt, outcome, now)
            if outcome.reply:
                _keep_reply(uow, delivery.partner, outcome.reply, now)
            # a crash before leaves an attempt in flight: the partner may have the parcel, and gets
            # the same bytes again once the lease lapsed. After, the reply waits to be judged
            uow.commit("delivery.outcome")
        return after

    def _close(
        self,
        uow: UnitOfWork,
        delivery: Delivery,
        attempt: Attempt,
        outcome: Outcome,
        now: Micros,
    ) -> Delivery:
        again = self._due_again(uow, delivery, outcome, now)
        after = outcomes.settle(delivery, outcome, self.circuit.policy, again, now)
        event = outcomes.outcome_event(delivery, after, attempt, outcome, now)
        uow.save(after, event)
        uow.save(outcomes.close(attempt, outcome, now), event)
        return after

    def _due_again(
        self, uow: UnitOfWork, delivery: Delivery, outcome: Outcome, now: Micros
    ) -> Micros:
        """An unknown outcome is this delivery's own trouble; what surely was not taken is the
        channel's, and then the partner waits."""
        if outcome.event is not Event.NOT_SENT:
            return now + self.circuit.policy.delay(delivery.tries, self.jitter())
        failures = len(failures_of(self.circuit.recent(uow, delivery.partner, now))) + 1
        return self.circuit.due_again(delivery.partner, failures, outcome.wait, now)

    def holds(self, begun: Begun) -> bool:
        """Whether the lease still runs; asked right before sending (design 6)."""
        with self.store.read() as uow:
            delivery = begun.delivery
            return uow.deliveries.holds(delivery.id, delivery.fence, self.clock.now())

    def recover(self) -> list[str]:
        """Close attempts whose lease lapsed, as unknown; the ids of their deliveries."""
        with self.store.read() as uow:
            lapsed = uow.deliveries.lapsed(self.clock.now())
        return [delivery.id for delivery in lapsed if self._recover(delivery.id)]

    def _recover(self, delivery_id: str) -> bool:
        try:
            return self._close_lapsed(delivery_id)
        except Taken:
            return False  # another worker recovers it right now

    def _close_lapsed(self, delivery_id: str) -> bool:
        now = self.clock.now()
        with self.store.write(DeliveryId.parse(delivery_id).partner) as uow:
            delivery = uow.deliveries.delivery(delivery_id)
            open_ones = [a for a in uow.deliveries.attempts(delivery_id) if not a.outcome]
            if delivery.lease_until > now or not open_ones:
                return False
            # a new fence first: the old worker, should it still live, can record nothing any more
            fenced = uow.deliveries.claim(delivery, now)
            for attempt in open_ones:
                fenced = self._close(uow, fenced, attempt, outcomes.of_lapse(now), now)
            # a crash before leaves the lapsed lease for the next sweep
            uow.commit("delivery.outcome")
        return True


def is_owed(delivery: Delivery) -> bool:
    """Whether an acknowledged parcel was asked for again and has not gone yet."""
    return delivery.state is State.ACKNOWLEDGED and delivery.due_at > 0


def settle_debt(uow: UnitOfWork, delivery: Delivery, reason: str, now: Micros) -> Delivery:
    """A parcel that was asked for again but can't go any more is no longer owed; commits."""
    settled = replace(delivery, due_at=0)
    uow.save(settled, _plain_event(Tag.DELIVERY_REQUEUE, settled, now, reason))
    # a crash before leaves the debt, and the next round settles it again
    uow.commit("delivery.requeue")
    return settled


def _keep_reply(uow: UnitOfWork, partner: str, reply: bytes, now: Micros) -> None:
    record = InboundRecord(0, partner, "statement", digest(reply), reply, now)
    uow.inbox.keep(record, keep_event(record))


def keep_event(record: InboundRecord) -> LedgerEvent:
    """The leaf of received bytes: whose channel, which digest; from here on keys are judged as of
    this moment (promise C)."""
    return LedgerEvent(
        Tag.INBOUND_KEEP,
        record.received_at,
        {"partner": record.partner, "kind": record.kind, "statement": record.digest},
    )


def _attempt_event(delivery: Delivery, attempt: Attempt) -> LedgerEvent:
    facts = {
        "delivery": delivery.id,
        "partner": delivery.partner,
        "attempt": attempt.number,
        "sealing": attempt.sealing,
        "manifest": delivery.manifest,
        "fence": delivery.fence,
    }
    if attempt.consent:
        facts["consent"] = attempt.consent
    return LedgerEvent(Tag.DELIVERY_ATTEMPT, attempt.began_at, facts)


def _plain_event(tag: Tag, delivery: Delivery, at: Micros, reason: str) -> LedgerEvent:
    facts = {
        "delivery": delivery.id,
        "partner": delivery.partner,
        "state": str(delivery.state),
        "reason": reason,
    }
    return LedgerEvent(tag, at, facts)
