"""What stands in the way of an attempt: stopped batch, ended consent, old epoch (promise G).

One decision, asked before sealing, before each attempt and by the sweep.
"""

from dataclasses import dataclass

from gateway.domain.batch import Batch, BatchState
from gateway.domain.consent import ConsentRecord, live
from gateway.domain.delivery import Delivery, Event, Priority
from gateway.domain.manifest import read_manifest
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a delivery may not go, and what becomes of it.

    `successor`: the lane of a new delivery of the same batch that takes over what may still be
    sent, None where nothing may.
    """

    event: Event
    reason: str
    successor: Priority | None = None


STOPPED_BATCH = Obstacle(Event.STOP, "batch-stopped")
TEST_MISMATCH = Obstacle(Event.WITHHOLD, "test-mismatch")
NO_CONSENT = Obstacle(Event.WITHHOLD, "no-live-consent")
NOTHING = Obstacle(Event.WITHHOLD, "nothing-to-send")


def is_stopped(batch: Batch) -> bool:
    """Whether an officer stopped the batch."""
    return batch.stopped or batch.state is BatchState.STOPPED


def of_batch(batch: Batch, partner: Partner) -> Obstacle | None:
    """What the batch itself says."""
    if is_stopped(batch):
        return STOPPED_BATCH
    # test numbers never reach a live partner, nor real ones a test partner (design 8)
    return TEST_MISMATCH if batch.test != partner.test else None


def ruling_consent(uow: UnitOfWork, partner: Partner, at: Micros) -> ConsentRecord | None:
    """The live consent of an OTT; None for everybody else."""
    if partner.kind is not PartnerKind.OTT:
        return None
    return live(uow.registry.consents(partner.id), at)


def before_attempt(uow: UnitOfWork, delivery: Delivery, at: Micros) -> Obstacle | None:
    """Asked of a sealed delivery in the transaction that would begin the attempt."""
    partner = uow.registry.partner(delivery.partner)
    if found := of_batch(uow.lists.batch(delivery.batch), partner):
        return found
    if delivery.epoch != uow.registry.gateway().epoch:
        return Obstacle(Event.WITHHOLD, "old-epoch", successor=delivery.priority)
    if partner.kind is PartnerKind.OTT:
        return _of_consent(uow, delivery, ruling_consent(uow, partner, at))
    return None


def _of_consent(
    uow: UnitOfWork, delivery: Delivery, ruling: ConsentRecord | None
) -> Obstacle | None:
    """The slice was cut under the consent that its manifest names; only while that one rules may
    it go. The unblock of what was sent before goes whatever the consent says: it frees a person."""
    record = uow.deliveries.manifest(delivery.id)
    if record is None:
        return None
    manifest = read_manifest(record.body)
    if manifest.block == 0 or (ruling is not None and ruling.digest == manifest.consent):
        return None
    if ruling is not None:
        return Obstacle(Event.WITHHOLD, "consent-replaced", successor=delivery.priority)
    freed = Priority.UNBLOCK if manifest.unblock else None
    return Obstacle(Event.WITHHOLD, "consent-ended", successor=freed)
