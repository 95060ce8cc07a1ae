"""Dispatch: record the attempt, commit; send; record the outcome, commit (design 4).

One attempt a partner at a time, unblocks before blocks, one partner's trouble never another's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.delivery import Delivery, Event, State
from gateway.domain.errors import Conflict, InputError, NotVerified
from gateway.domain.failpoints import reach
from gateway.domain.ids import DeliveryId, ParcelName
from gateway.ports import (
    Channels,
    Clock,
    DeliveryFilter,
    HandOver,
    HighWater,
    Parcel,
    SendError,
    Store,
)
from gateway.services import outcomes
from gateway.services.attempts import AttemptBook, Begun, is_owed
from gateway.services.halting import commit_halt, halt
from gateway.services.obstacles import Obstacle
from gateway.services.outcomes import Outcome
from gateway.services.renewal import RenewalService, raise_highwater

MOST_DUE = 10_000  # deliveries looked at in one go; lanes first, so an unblock is always among them


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one attempt.

    `outcome`: sent, unknown, not_sent, refused; or halted (withheld or stopped), idle (nothing may
    begin), lost-lease. `alert`: a person must look.
    """

    delivery: str
    partner: str
    outcome: str
    state: State
    error: str = ""
    alert: bool = False


@dataclass(frozen=True, slots=True)
class DispatchService:
    """Sends what is due."""

    store: Store
    clock: Clock
    channels: Channels
    highwater: HighWater
    renewal: RenewalService
    book: AttemptBook

    def due(self) -> dict[str, list[str]]:
        """Sealed deliveries that are due, by partner, each in the order in which they go."""
        found: dict[str, list[str]] = {}
        with self.store.read() as uow:
            for delivery in uow.deliveries.due(self.clock.now(), MOST_DUE):
                if delivery.sealed:
                    found.setdefault(delivery.partner, []).append(delivery.id)
        return found

    def next_due(self, partner: str) -> str | None:
        """The delivery that goes first now: unblocks, then urgent, then batch order; after those
        what was acknowledged and asked for again."""
        with self.store.read() as uow:
            for delivery in uow.deliveries.due(self.clock.now(), MOST_DUE):
                if delivery.partner == partner and delivery.sealed:
                    return delivery.id
        return next(iter(self.owed(partner)), None)

    def owed(self, partner: str) -> list[str]:
        """Acknowledged deliveries that the partner asked for again."""
        wanted = DeliveryFilter(partner=partner, states=(State.ACKNOWLEDGED,))
        with self.store.read() as uow:
            return [d.id for d in uow.deliveries.deliveries(wanted) if is_owed(d)]

    def run_partner(
        self, partner: str, tell: Callable[[Tried], None] = lambda _tried: None, most: int = 100
    ) -> list[Tried]:
        """Send what is due for a partner, one after the other, until one does not get through.

        `tell` hears of each at once. The queue is read again each time: an unblock that was
        released meanwhile goes first.
        """
        done: list[Tried] = []
        while len(done) < most and (delivery := self.next_due(partner)) is not None:
            done.append(self.attempt(delivery))
            tell(done[-1])
            if done[-1].outcome not in ("sent", "halted"):
                break  # the channel is down or busy; its turn comes again with the next round
        return done

    def attempt(self, delivery_id: str) -> Tried:
        """One attempt. Raises NotVerified("no-key") where the partner has no key to seal to."""
        if failed := self._renew(delivery_id):
            return failed
        # before the attempt: where the file can't be written, none is left in flight
        raise_highwater(self.store, self.highwater, DeliveryId.parse(delivery_id).partner)
        begun = self.book.begin(delivery_id)
        if isinstance(begun, Delivery):
            halted = begun.state in (State.WITHHELD, State.STOPPED)
            return _tried(begun, "halted" if halted else "idle")
        parcel = self._parcel(begun)
        if not self.book.holds(begun):
            return _tried(begun.delivery, "lost-lease")
        outcome = self._send(begun, parcel)
        try:
            after = self.book.end(begun, outcome)
        except Conflict as error:
            return _tried(begun.delivery, "lost-lease", str(error))
        return _tried(after, outcome.word, outcome.error, alert=outcome.alert)

    def _renew(self, delivery_id: str) -> Tried | None:
        try:
            self.renewal.renew(delivery_id)
        except NotVerified as error:
            if error.reason == "no-key":
                raise
            return self._give_up(delivery_id, error)
        return None

    def _give_up(self, delivery_id: str, error: NotVerified) -> Tried:
        """What can't be sealed again is a dead letter; it must not hold up what comes after."""
        obstacle = Obstacle(Event.GIVE_UP, error.reason)
        with self.store.write() as uow:
            delivery = halt(uow, uow.deliveries.delivery(delivery_id), obstacle, self.clock.now())
            commit_halt(uow, obstacle)
        return _tried(delivery, "halted", str(error), alert=True)

    def _parcel(self, begun: Begun) -> Parcel:
        delivery = begun.delivery
        with self.store.read() as uow:
            sealing = uow.deliveries.sealing(delivery.id, begun.attempt.sealing)
        envelope = begun.partner.envelope
        name = ParcelName(delivery.partner, delivery.epoch, delivery.sequence, envelope)
        return Parcel(name, sealing.parcel, sealing.digest)

    def _send(self, begun: Begun, parcel: Parcel) -> Outcome:
        handed: HandOver | None = None
        try:
            with self.channels.open(begun.partner) as adapter:
                reach("before:send")
                handed = adapter.send(begun.delivery.id, parcel)
                # a crash here: the partner has it and we do not know; the lease lapses, the same
                # bytes go again, and its digest rule records them once (promise B)
                reach("after:send")
        except SendError as error:
            if handed is None:  # else it was handed over, and only the farewell went wrong
                return outcomes.of_error(error, self.clock.now())
        except InputError as error:
            return outcomes.of_error(
                SendError(str(error), "no", alert=True, hint=error.hint), self.clock.now()
            )
        if handed is None:
            raise Conflict(f"delivery {begun.delivery.id}: the channel said nothing")
        return outcomes.of_hand_over(handed)


def _tried(delivery: Delivery, outcome: str, error: str = "", *, alert: bool = False) -> Tried:
    return Tried(delivery.id, delivery.partner, outcome, delivery.state, error, alert)
