"""The batches of a day: what a guard looks at together, so that splitting a list hides nothing."""

from gateway.domain.batch import Batch, BatchState
from gateway.domain.delivery import Priority
from gateway.domain.times import DAY, Micros
from gateway.ports import UnitOfWork
from gateway.services.approvals import Act


def same_day(uow: UnitOfWork, batch: Batch, at: Micros) -> list[Batch]:
    """Other batches of the same kind (test or real, blocks or unblocks) that were submitted or
    released in the 24 hours before this one is submitted; before `at` while it is not.

    What is submitted after it counts when that one is looked at, so a submitted batch's figures
    stay as they were signed. A batch that was stopped before its release counts nowhere.
    """
    until = _submitted(uow, batch, at)
    return [
        other
        for other in uow.lists.batches()
        if other.id != batch.id
        and other.test == batch.test
        and _unblocks(other) == _unblocks(batch)
        and _within(uow, other, until - DAY, until)
    ]


def _unblocks(batch: Batch) -> bool:
    return batch.priority is Priority.UNBLOCK


def _submitted(uow: UnitOfWork, batch: Batch, at: Micros) -> Micros:
    if batch.state is BatchState.PREPARED:
        return at
    return max(_submits(uow, batch), default=at)


def _submits(uow: UnitOfWork, batch: Batch) -> list[Micros]:
    words = uow.registry.approvals(f"batch:{batch.id}")
    return [word.at for word in words if word.act == Act.BATCH_SUBMIT]


def _within(uow: UnitOfWork, other: Batch, since: Micros, until: Micros) -> bool:
    released = other.released_at
    if released is None and other.state is not BatchState.SUBMITTED:
        return False
    if released is not None and released < until:
        return released >= since
    return any(since <= at < until for at in _submits(uow, other))
