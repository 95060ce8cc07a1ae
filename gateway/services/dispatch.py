"""Dispatch: record the attempt, commit; send; record the outcome, commit (design 4).

One attempt a partner at a time, unblocks before blocks, one partner's trouble never another's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.delivery import HALTED, Delivery, Event, Priority, State
from gateway.domain.errors import Conflict, InputError, NotVerified, Taken
from gateway.domain.failpoints import reach
from gateway.domain.ids import DeliveryId, ParcelName
from gateway.domain.records import Sealing
from gateway.ports import (
    Channels,
    Clock,
    DeliveryFilter,
    HandOver,
    HighWater,
    Parcel,
    SendError,
    Store,
    UnitOfWork,
)
from gateway.services import outcomes
from gateway.services.attempts import AttemptBook, Begun, is_owed, settle_debt
from gateway.services.circuit import Hold
from gateway.services.halting import commit_halt, halt
from gateway.services.obstacles import Obstacle
from gateway.services.outcomes import Outcome
from gateway.services.renewal import Ready, RenewalService

GONE = frozenset({"sent", "published", "halted"})
"""Outcomes after which the next one goes at once."""

MOST_NEXT = 1_000  # of one partner; only unblocks that failed before can stand before the next one
FEW = 4  # of one partner, looked at first: the next one is nearly always among them
MOST_DUE = 10_000  # deliveries looked at in one go; lanes first, so an unblock is always among them


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one attempt.

    `outcome`: sent, published, unknown, not_sent, busy, refused; or halted (withheld or stopped),
    idle (nothing may begin), lost-lease. `alert`: a person must look.
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
        """Sealed deliveries that are due and may go, by partner, each in the order in which they
        go; partners with an unblock come first, then those with something urgent."""
        found: dict[str, list[str]] = {}
        with self.store.read() as uow:
            for one in self._ready(uow):
                found.setdefault(one.partner, []).append(one.id)
        return found

    def lanes(self) -> dict[str, Priority]:
        """The first lane in which each partner has something that may go."""
        found: dict[str, Priority] = {}
        with self.store.read() as uow:
            for one in self._ready(uow):
                found.setdefault(one.partner, one.priority)
        return found

    def next_due(self, partner: str) -> str | None:
        """The delivery that goes first now: unblocks, then urgent, then batch order; after those
        what was acknowledged and asked for again."""
        with self.store.read() as uow:
            for most in (FEW, MOST_NEXT):
                for one in self._ready(uow, partner, most):
                    return one.id
        return next(iter(self.owed(partner)), None)

    def _ready(
        self, uow: UnitOfWork, partner: str = "", most: int = MOST_DUE
    ) -> Iterator[Delivery]:
        """What is due, without what its partner's hold keeps back."""
        now, circuit = self.clock.now(), self.book.circuit
        holds: dict[str, Hold] = {}
        for one in uow.deliveries.due(now, most, partner):
            if one.sealed:
                if one.partner not in holds:
                    holds[one.partner] = circuit.hold(uow, one.partner, now)
                if not holds[one.partner].keeps(one, now):
                    yield one

    def held(self, partner: str) -> Hold | None:
        """Why and until when nothing begins for the partner, None where it may."""
        now = self.clock.now()
        with self.store.read() as uow:
            found = self.book.circuit.hold(uow, partner, now)
        return found if found.until > now else None

    def owed(self, partner: str) -> list[str]:
        """Acknowledged deliveries that the partner asked for again."""
        wanted = DeliveryFilter(partner=partner, states=(State.ACKNOWLEDGED,), due=True)
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
            if done[-1].outcome not in GONE:
                break  # the channel is down or busy; its turn comes again with the next round
        return done

    def attempt(self, delivery_id: str) -> Tried:
        """One attempt. Raises NotVerified("no-key") where the partner has no key to seal to."""
        ready = self._ready_to_go(delivery_id)
        if isinstance(ready, Tried):
            return ready
        # before the attempt: where the file can't be written, none is left in flight
        ready.mark.raise_in(self.highwater)
        begun = self.book.begin(delivery_id)
        if isinstance(begun, Delivery):
            halted = begun.state in HALTED
            return _tried(begun, "halted" if halted else "idle")
        sealing = self._sealing(begun, ready.sealing)
        if not self.book.holds(begun):
            return _tried(begun.delivery, "lost-lease")
        outcome = self._stale(sealing) or self._send(begun, self._parcel(begun, sealing))
        try:
            after = self.book.end(begun, outcome)
        except Taken as error:
            return _tried(begun.delivery, "lost-lease", str(error))
        return _tried(after, outcome.word, outcome.error, alert=outcome.alert)

    def _ready_to_go(self, delivery_id: str) -> Ready | Tried:
        try:
            return self.renewal.ready(delivery_id)
        except NotVerified as error:
            if error.reason == "no-key":
                raise
            return self._give_up(delivery_id, error)

    def _give_up(self, delivery_id: str, error: NotVerified) -> Tried:
        """What can't be sealed again is a dead letter; it must not hold up what comes after."""
        obstacle, now = Obstacle(Event.GIVE_UP, error.reason), self.clock.now()
        with self.store.write(DeliveryId.parse(delivery_id).partner) as uow:
            delivery = uow.deliveries.delivery(delivery_id)
            if is_owed(delivery):  # it was acknowledged: only the resend is given up
                delivery = settle_debt(uow, delivery, error.reason, now)
            else:
                delivery = halt(uow, delivery, obstacle, now)
                commit_halt(uow, obstacle)
        return _tried(delivery, "halted", str(error), alert=True)

    def _sealing(self, begun: Begun, sealing: Sealing | None = None) -> Sealing:
        """The one that was read before, unless another worker made a newer one since."""
        if sealing is not None and sealing.number == begun.attempt.sealing:
            return sealing
        with self.store.read() as uow:
            return uow.deliveries.sealing(begun.delivery.id, begun.attempt.sealing)

    def _parcel(self, begun: Begun, sealing: Sealing | None = None) -> Parcel:
        delivery, envelope = begun.delivery, begun.partner.envelope
        name = ParcelName(delivery.partner, delivery.epoch, delivery.sequence, envelope)
        sealed = self._sealing(begun, sealing)
        return Parcel(name, sealed.parcel, sealed.digest, sealed.number)

    def _stale(self, sealing: Sealing) -> Outcome | None:
        """Asked again right before sending: a key that was revoked since gets nothing more, and
        the next attempt seals anew; bytes that were changed since go to nobody."""
        if digest(sealing.parcel) != sealing.digest:  # the database is trusted for nothing (I2)
            return outcomes.of_error(_edited(sealing), self.clock.now())
        if self.renewal.still_counts(sealing):
            return None
        gone = SendError("a key that it was sealed with counts no more", "no")
        return outcomes.of_error(gone, self.clock.now())

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


def _edited(sealing: Sealing) -> SendError:
    return SendError(
        f"sealing {sealing.number} of delivery {sealing.delivery}: its stored bytes are not those"
        f" of its digest {sealing.digest}",
        "no",
        alert=True,
        hint="somebody wrote to the database: stop the worker, palang fsck, and restore",
    )


def _tried(delivery: Delivery, outcome: str, error: str = "", *, alert: bool = False) -> Tried:
    return Tried(delivery.id, delivery.partner, outcome, delivery.state, error, alert)
