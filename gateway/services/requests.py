"""A partner asks for parcels again, from a sequence on (design 3).

What was sent and has no receipt goes back to the queue. What was acknowledged keeps its state for
good, yet a partner that lost its data must get the bytes again: it is owed one more send, marked by
`due_at`. Neither happens more often than once in `again`, so asking makes no loop.
"""

from dataclasses import replace

from gateway.domain.delivery import Delivery, Event, State, apply
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import InboundRecord
from gateway.domain.statements import Request
from gateway.domain.times import Micros
from gateway.ports import DeliveryFilter, UnitOfWork

MOST = 500  # parcels that one request can call for; the partner asks on from the next


def record_request(
    uow: UnitOfWork, kept: InboundRecord, request: Request, again: Micros, now: Micros
) -> str:
    """Queue what was asked for; a note, "nothing-to-send" where that is nothing.

    Raises NotVerified("old-epoch") for another epoch than the running one.
    """
    epoch = uow.registry.gateway().epoch
    if request.epoch != epoch:
        raise NotVerified("old-epoch", f"the running epoch is {epoch}")
    wanted = _wanted(uow, kept.partner, request)
    going = [d for d in wanted if _rested(uow, d, now - again)]
    facts = {
        "partner": kept.partner,
        "statement": kept.digest,
        "epoch": request.epoch,
        "from": request.since,
        "queued": len(going),
        "resting": len(wanted) - len(going),
    }
    uow.note(LedgerEvent(Tag.REQUEST_RECORD, now, facts))
    for delivery in going:
        _queue(uow, delivery, kept.digest, now)
    return "" if going else "nothing-to-send"


def _wanted(uow: UnitOfWork, partner: str, request: Request) -> list[Delivery]:
    states = (State.SENT, State.ACKNOWLEDGED)
    sent = uow.deliveries.deliveries(DeliveryFilter(partner=partner, states=states))
    asked = [d for d in sent if d.epoch == request.epoch and d.sequence >= request.since]
    if all(d.sequence != request.since for d in asked):
        # what is missing is not ours to give (failed, void, queued): the partner has the rest, and
        # sending all of that again each time it asks would be a storm
        asked = [d for d in asked if d.state is State.SENT]
    return sorted(asked, key=lambda d: d.sequence)[:MOST]


def _rested(uow: UnitOfWork, delivery: Delivery, before: Micros) -> bool:
    attempts = uow.deliveries.attempts(delivery.id)
    return not attempts or attempts[-1].began_at <= before


def _queue(uow: UnitOfWork, found: Delivery, statement: str, now: Micros) -> None:
    delivery = uow.deliveries.delivery(found.id)
    if delivery.state is State.ACKNOWLEDGED:
        after = replace(delivery, due_at=now)
    else:
        after = apply(delivery, Event.ASKED_AGAIN, now, "asked-again").delivery
    facts = {
        "delivery": delivery.id,
        "partner": delivery.partner,
        "statement": statement,
        "from": str(delivery.state),
        "state": str(after.state),
        "reason": "asked-again",
    }
    uow.save(after, LedgerEvent(Tag.DELIVERY_REQUEUE, now, facts))
