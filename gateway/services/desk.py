"""What an officer does with one delivery: resume a dead letter, stop what is not sent (design 4).

One officer suffices, by signature over what was shown; both acts are recorded with it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.canonical import digest, encode
from gateway.domain.delivery import Delivery, Event, apply
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.halting import declare_void

Word = Callable[[UnitOfWork, str, str, str, Micros], ApprovalRecord]
"""An officer's verified approval of (act, subject, digest) at a moment, made or checked inside the
unit. Raises NotVerified, NotPermitted (not live), NotFound."""

RESUME = "delivery.resume"
STOP = "delivery.stop"


def shown(delivery: Delivery) -> bytes:
    """The exact bytes whose digest the officer signs: the delivery as it stands."""
    return encode(
        {
            "v": 1,
            "typ": "delivery",
            "delivery": delivery.id,
            "state": str(delivery.state),
            "reason": delivery.reason,
            "attempts": delivery.attempts,
            "manifest": delivery.manifest,
            "sealing": delivery.sealing,
        }
    )


@dataclass(frozen=True, slots=True)
class DeliveryDesk:
    """An officer's acts on one delivery."""

    store: Store
    clock: Clock

    def show(self, delivery: str) -> Delivery:
        """The delivery as it stands. Raises NotFound."""
        with self.store.read() as uow:
            return uow.deliveries.delivery(delivery)

    def resume(self, delivery: str, word: Word) -> Delivery:
        """FAILED or REJECTED back to the queue, with a fresh budget.

        Raises NotFound, Conflict (another state), and what `word` raises.
        """
        return self._act(delivery, Event.RESUME, RESUME, Tag.DELIVERY_RESUME, word)

    def stop(self, delivery: str, word: Word) -> Delivery:
        """End a delivery that is not on its way: queued, failed, or rejected for good. Its sequence
        is declared void in the partner's next manifest.

        Raises NotFound, Conflict (sent or settled), and what `word` raises.
        """
        return self._act(delivery, Event.STOP, STOP, Tag.DELIVERY_STOP, word)

    def _act(self, delivery_id: str, event: Event, act: str, tag: Tag, word: Word) -> Delivery:
        now = self.clock.now()
        with self.store.write() as uow:
            delivery = uow.deliveries.delivery(delivery_id)
            step = apply(delivery, event, now, act)
            if not step.changed:
                return delivery
            record = word(uow, act, f"delivery:{delivery.id}", digest(shown(delivery)), now)
            leaf = _event(tag, delivery, step.delivery, record)
            uow.save(record, leaf)
            uow.save(step.delivery, leaf)
            # a crash before either commit leaves the delivery as it was shown: sign again
            if event is Event.STOP:
                declare_void(uow, step.delivery)
                uow.commit("delivery.stop")
            else:
                uow.commit("delivery.resume")
        return step.delivery


def _event(tag: Tag, before: Delivery, after: Delivery, record: ApprovalRecord) -> LedgerEvent:
    facts = {
        "delivery": before.id,
        "partner": before.partner,
        "from": str(before.state),
        "state": str(after.state),
        "officer": record.officer,
        "kid": record.kid,
        "digest": record.digest,
        "statement": digest(record.jws),
    }
    return LedgerEvent(tag, record.at, facts)
