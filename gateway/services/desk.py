"""What an officer does with one delivery: resume a dead letter, send again, stop (design 4).

Each takes one officer, by signature over what was shown, and is recorded with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest, encode
from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.errors import Conflict
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.halting import declare_void

Word = Callable[[UnitOfWork, str, str, str, Micros], ApprovalRecord]
"""An officer's verified approval of (act, subject, digest) at a moment, made or checked inside the
unit. Raises NotVerified, NotPermitted (not live), NotFound."""

RESUME = "delivery.resume"
RESEND = "delivery.resend"
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

    def resend(self, delivery: str, word: Word) -> Delivery:
        """Send the same bytes again now, without waiting for the receipt to be overdue; a partner
        records a delivery once, however often it comes (promise B).

        Raises NotFound, Conflict (not sent, or settled), and what `word` raises.
        """
        found = self.show(delivery)
        if found.state is not State.SENT or found.handed_over_at is None:
            raise Conflict(
                f"delivery {delivery} is {found.state}: only what was handed over and has no "
                "receipt yet is sent again",
                hint=f"palang delivery show {delivery} tells what it waits for",
            )
        return self._act(delivery, Event.OVERDUE, RESEND, Tag.DELIVERY_REQUEUE, word)

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
            after = replace(step.delivery, due_at=now) if act == RESEND else step.delivery
            leaf = _event(tag, delivery, after, record)
            uow.save(record, leaf)
            uow.save(after, leaf)
            _commit(uow, event, after)
        return after


def _commit(uow: UnitOfWork, event: Event, after: Delivery) -> None:
    """Under the act's own name. A crash before any of them leaves the delivery as it was shown:
    sign again."""
    match event:
        case Event.STOP:
            declare_void(uow, after)
            uow.commit("delivery.stop")
        case Event.RESUME:
            uow.commit("delivery.resume")
        case _:
            uow.commit("delivery.resend")


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
    if tag is Tag.DELIVERY_REQUEUE:
        facts["reason"] = after.reason
    return LedgerEvent(tag, record.at, facts)
