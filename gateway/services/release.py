"""Submit freezes a batch under one signature; release by another officer sends it (promise I)."""

from dataclasses import dataclass, replace

from gateway.domain.batch import Batch, BatchState, Review
from gateway.domain.delivery import Delivery
from gateway.domain.epoch import first_delivery_number
from gateway.domain.errors import InputError, NotPermitted
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Tag
from gateway.domain.times import Micros
from gateway.ports import Clock, Store
from gateway.services.approvals import Act, Approvals, Signatory, approval_event
from gateway.services.endorsement import refuse_unendorsed
from gateway.services.frozen import about, refuse_other, refuse_same, refuse_state, same_review
from gateway.services.guards import GuardLimits
from gateway.services.review import Shown, compute


@dataclass(frozen=True, slots=True)
class Released:
    """A released batch and the ids of its deliveries."""

    batch: Batch
    review: Review
    deliveries: tuple[str, ...]


class Release:
    """The four eyes over a batch."""

    def __init__(
        self, store: Store, approvals: Approvals, clock: Clock, limits: GuardLimits
    ) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock
        self._limits = limits

    def review(self, batch: int) -> Shown:
        """What would be signed now. Raises NotFound, NotPermitted, Conflict as `compute` does."""
        with self._store.read() as uow:
            return compute(uow, uow.lists.batch(batch), self._limits, self._clock.now())

    def submit(self, batch: int, by: Signatory, shown: str | None = None) -> Batch:
        """Freeze the review under the preparer's signature over its digest.

        `shown` is the digest of the review that the officer saw. Raises NotFound, Conflict (not
        PREPARED, or another review was shown), InputError (nobody may receive anything),
        NotPermitted, NotVerified.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.lists.batch(batch)
            refuse_state(found, BatchState.PREPARED)
            review = compute(uow, found, self._limits, at).review
            if not review.shares and not review.withheld:
                raise InputError(
                    f"batch {batch}: no live partner may receive any of its entries",
                    hint=f"palang batch review {batch} lists them; palang partner list shows who "
                    "is live",
                )
            frozen = replace(found, state=BatchState.SUBMITTED, review=review.to_bytes())
            refuse_other(frozen, shown)
            word = self._approvals.sign(uow, by, about(frozen, Act.BATCH_SUBMIT), at)
            event = approval_event(Tag.BATCH_SUBMIT, word, {"batch": batch})
            uow.save(frozen, event)
            uow.save(word, event)
            # a crash here leaves the batch PREPARED and unsigned: submit again
            uow.commit("batch.submit")
        return frozen

    def release(self, batch: int, by: Signatory, shown: str | None = None) -> Released:
        """Release what was submitted, under another officer's signature over the same digest.

        Where a guard is above its threshold this is the third officer: a second one has endorsed
        it. `shown` is the digest of the review that this officer saw.
        Raises NotFound, Conflict (not SUBMITTED, or the review changed), NotPermitted (same person
        or key, no endorsement), NotVerified.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.lists.batch(batch)
            refuse_state(found, BatchState.SUBMITTED)
            refuse_other(found, shown)
            submitted = refuse_same(uow, self._approvals, found, by, at)
            review = same_review(uow, found, self._limits, at)
            if review.over:
                refuse_unendorsed(uow, self._approvals, found, review, by, at)
            word = self._approvals.sign(uow, by, about(found, Act.BATCH_RELEASE), at)
            if word.kid == submitted.kid:
                raise NotPermitted(f"batch {batch}: one key can't both submit and release")
            released = replace(found, state=BatchState.RELEASED, released_at=at)
            number = first_delivery_number(uow.registry.gateway().epoch)
            made = _deliveries(released, review, at, number)
            facts = {"batch": batch, "deliveries": [d.id for d in made]}
            event = approval_event(Tag.BATCH_RELEASE, word, facts)
            uow.save(released, event)
            uow.save(word, event)
            for delivery in made:
                uow.save(delivery, event)
            # a crash here leaves the batch SUBMITTED and no delivery: release again
            uow.commit("batch.release")
        return Released(released, review, tuple(d.id for d in made))

    def reopen(self, batch: int, by: Signatory) -> Batch:
        """Open a submitted batch for change, under one officer's signature; the submit is void.

        Raises NotFound, Conflict (not SUBMITTED), NotPermitted, NotVerified.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.lists.batch(batch)
            refuse_state(found, BatchState.SUBMITTED)
            word = self._approvals.sign(uow, by, about(found, Act.BATCH_REOPEN), at)
            event = approval_event(Tag.BATCH_PREPARE, word, {"batch": batch})
            reopened = replace(found, state=BatchState.PREPARED, review=b"")
            uow.save(reopened, event)
            uow.save(word, event)
            # a crash here leaves the batch SUBMITTED: reopen again
            uow.commit("batch.prepare")
        return reopened


def _deliveries(batch: Batch, review: Review, at: Micros, number: int) -> list[Delivery]:
    """One for each share and one for each withheld OTT, so that no pair vanishes (promise A).

    `number` is the epoch's first: a restored batch may have been released before (ADR 0006).
    """
    partners = sorted({share.partner for share in review.shares} | set(review.withheld))
    return [
        Delivery(
            id=str(DeliveryId(batch.id, partner, number)),
            batch=batch.id,
            partner=partner,
            priority=batch.priority,
            queued_at=at,
            due_at=at,
        )
        for partner in partners
    ]
