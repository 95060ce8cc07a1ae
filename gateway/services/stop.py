"""Stopping a batch: one officer, at once; what may have arrived is named (design 4)."""

from dataclasses import dataclass, replace

from gateway.domain.batch import Batch, BatchState
from gateway.domain.canonical import digest, encode
from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.ports import Clock, DeliveryFilter, Store, UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory, approval_event
from gateway.services.halting import halt
from gateway.services.obstacles import STOPPED_BATCH

_STOPPABLE = (State.QUEUED, State.FAILED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stopped batch: deliveries that go no further, and those that may have reached a partner,
    for which two officers release an unblock."""

    batch: Batch
    stopped: tuple[str, ...]
    may_have_arrived: tuple[str, ...]


class StopBatch:
    """One officer's brake."""

    def __init__(self, store: Store, approvals: Approvals, clock: Clock) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock

    def stop(self, batch: int, by: Signatory) -> Stopped:
        """Stop whatever is not yet sent. Raises NotFound, Conflict (stopped already), NotPermitted,
        NotVerified."""
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.lists.batch(batch)
            if found.state is BatchState.STOPPED:
                raise Conflict(f"batch {batch} is stopped already")
            asked = Asked(Act.BATCH_STOP, f"batch:{batch}", stop_digest(batch))
            word = self._approvals.sign(uow, by, asked, at)
            deliveries = uow.deliveries.deliveries(DeliveryFilter(batch=batch))
            stopped = tuple(d.id for d in deliveries if d.state in _STOPPABLE)
            arrived = tuple(d.id for d in deliveries if _may_have_arrived(uow, d))
            ended = replace(found, state=BatchState.STOPPED, stopped=True)
            facts = {"batch": batch, "stopped": list(stopped), "may_have_arrived": list(arrived)}
            event = approval_event(Tag.BATCH_STOP, word, facts)
            uow.save(ended, event)
            uow.save(word, event)
            for delivery in stopped:
                halt(uow, uow.deliveries.delivery(delivery), STOPPED_BATCH, at)
            # a crash here leaves the batch going: stop it again
            uow.commit("batch.stop")
        return Stopped(ended, stopped, arrived)


def stop_digest(batch: int) -> str:
    """Digest of what is signed when a batch is stopped; it may have no review yet."""
    return digest(encode({"v": 1, "typ": "batch-stop", "batch": batch}))


def _may_have_arrived(uow: UnitOfWork, delivery: Delivery) -> bool:
    """On its way or there, or an attempt whose outcome nobody knows."""
    if delivery.state in (State.SENDING, State.SENT, State.ACKNOWLEDGED):
        return True
    unsure = ("", "unknown", "sent")
    return any(attempt.outcome in unsure for attempt in uow.deliveries.attempts(delivery.id))
