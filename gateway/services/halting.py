"""Taking a delivery out of the queue for good: its sequence becomes a declared void (promise E)."""

from dataclasses import replace

from gateway.domain.delivery import Delivery, Event, Priority, apply
from gateway.domain.epoch import first_delivery_number
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.records import Stream
from gateway.domain.times import Micros
from gateway.ports import DeliveryFilter, UnitOfWork
from gateway.services.obstacles import Obstacle

TAGS = {
    Event.WITHHOLD: Tag.DELIVERY_WITHHOLD,
    Event.STOP: Tag.DELIVERY_STOP,
    Event.GIVE_UP: Tag.DELIVERY_OUTCOME,
}


def halt(uow: UnitOfWork, delivery: Delivery, obstacle: Obstacle, at: Micros) -> Delivery:
    """Save the delivery as it is halted, its void and its successor; the caller commits.

    Raises Conflict where its state does not allow it.
    """
    step = apply(delivery, obstacle.event, at, obstacle.reason)
    event = LedgerEvent(
        TAGS[obstacle.event],
        at,
        {
            "delivery": delivery.id,
            "partner": delivery.partner,
            "from": str(delivery.state),
            "state": str(step.delivery.state),
            "reason": obstacle.reason,
        },
    )
    uow.save(step.delivery, event)
    if obstacle.event is not Event.GIVE_UP:
        declare_void(uow, step.delivery)
    if obstacle.successor is not None:
        succeed(uow, delivery, obstacle.successor, event)
    return step.delivery


def commit_halt(uow: UnitOfWork, obstacle: Obstacle) -> None:
    """Commit a halted delivery under the step's own name.

    A crash before leaves the delivery where it was, and the next round decides the same; after, it
    is decided for good: nobody has to clean up.
    """
    match obstacle.event:
        case Event.WITHHOLD:
            uow.commit("delivery.withhold")
        case Event.STOP:
            uow.commit("delivery.stop")
        case _:
            uow.commit("delivery.outcome")


def declare_void(uow: UnitOfWork, delivery: Delivery) -> None:
    """List a sealed sequence that will not be delivered for the partner's next manifest, and with
    it the voids that its own manifest declared: the partner never reads them there."""
    record = uow.deliveries.manifest(delivery.id)
    if record is None:
        return
    carried = tuple((v.sequence, v.digest) for v in read_manifest(record.body).voids)
    before = uow.deliveries.stream(delivery.partner, delivery.epoch)
    lost = {*before.voids, *carried, (record.sequence, record.digest)}
    uow.deliveries.advance(before, replace(before, voids=tuple(sorted(lost))))


def still_void(uow: UnitOfWork, stream: Stream) -> tuple[tuple[int, str], ...]:
    """The stream's voids without those whose receipt came after all."""
    return tuple(void for void in stream.voids if not _arrived(uow, stream, void[0]))


def _arrived(uow: UnitOfWork, stream: Stream, sequence: int) -> bool:
    found = uow.deliveries.delivery_of_sequence(stream.partner, stream.epoch, sequence)
    return found is not None and uow.deliveries.delivery(found).acknowledged_at is not None


def succeed(uow: UnitOfWork, delivery: Delivery, lane: Priority, event: LedgerEvent) -> Delivery:
    """WITHHELD never reopens, so what may still go gets a delivery of its own (design 4), numbered
    within the running epoch: what a lost time may have used is left out (ADR 0006)."""
    wanted = DeliveryFilter(batch=delivery.batch, partner=delivery.partner)
    last = max(DeliveryId.parse(d.id).n for d in uow.deliveries.deliveries(wanted))
    number = max(last + 1, first_delivery_number(uow.registry.gateway().epoch))
    follower = Delivery(
        id=str(DeliveryId(delivery.batch, delivery.partner, number)),
        batch=delivery.batch,
        partner=delivery.partner,
        priority=lane,
        queued_at=event.at,
        due_at=event.at,
    )
    uow.save(follower, event)
    return follower
