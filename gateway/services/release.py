"""Submit freezes a batch under one signature; release by another officer sends it (promise I)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.domain.batch import Batch, BatchState, Review
from gateway.domain.delivery import Delivery
from gateway.domain.epoch import first_delivery_number
from gateway.domain.errors import Conflict, InputError, NotPermitted
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Tag
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory, approval_event
from gateway.services.guards import GuardLimits
from gateway.services.release_check import latest_submit
from gateway.services.review import Shown, compute, differences, read_review

_REFERENCE = re.compile(r"[A-Za-z][A-Za-z0-9_./:-]{2,63}")
_LONG_RUN = re.compile(r"\d{7}")


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
            _refuse_other(frozen, shown)
            word = self._approvals.sign(uow, by, about(frozen, Act.BATCH_SUBMIT), at)
            event = approval_event(Tag.BATCH_SUBMIT, word, {"batch": batch})
            uow.save(frozen, event)
            uow.save(word, event)
            # a crash here leaves the batch PREPARED and unsigned: submit again
            uow.commit("batch.submit")
        return frozen

    def release(
        self, batch: int, by: Signatory, accept: Mapping[str, str], shown: str | None = None
    ) -> Released:
        """Release what was submitted, under another officer's signature over the same digest.

        `accept` gives, for each guard above its threshold, the reference of the decision to go on;
        `shown` is the digest of the review that this officer saw.
        Raises NotFound, Conflict (not SUBMITTED, or the review changed), NotPermitted (same person
        or key, a guard), InputError, NotVerified.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.lists.batch(batch)
            refuse_state(found, BatchState.SUBMITTED)
            _refuse_other(found, shown)
            submitted = self._refuse_same(uow, found, by, at)
            review = self._same_review(uow, found, at)
            _check_accepted(review, accept)
            word = self._approvals.sign(uow, by, about(found, Act.BATCH_RELEASE), at)
            if word.kid == submitted.kid:
                raise NotPermitted(f"batch {batch}: one key can't both submit and release")
            released = replace(found, state=BatchState.RELEASED, released_at=at)
            number = first_delivery_number(uow.registry.gateway().epoch)
            made = _deliveries(released, review, at, number)
            facts = {"batch": batch, "accepted": dict(accept), "deliveries": [d.id for d in made]}
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

    def _refuse_same(
        self, uow: UnitOfWork, batch: Batch, by: Signatory, at: Micros
    ) -> ApprovalRecord:
        """The submit's record, if it holds and is another officer's."""
        submitted = latest_submit(uow, batch)
        if submitted.officer == by.officer or submitted.kid == by.signer.kid:
            raise NotPermitted(
                f"batch {batch.id} was submitted by officer {submitted.officer}, who can't release "
                "it too",
                hint=f"another live officer releases it: palang batch release {batch.id} "
                "--officer ID --key FILE",
            )
        if not self._approvals.holds(uow, submitted, at):
            raise NotPermitted(
                f"batch {batch.id}: the signature of officer {submitted.officer} counts no more",
                hint=f"palang batch reopen {batch.id}, then submit it again",
            )
        return submitted

    def _same_review(self, uow: UnitOfWork, batch: Batch, at: Micros) -> Review:
        """The review as frozen, if it is still what an officer would be shown now."""
        frozen = read_review(batch.review)
        now = compute(uow, batch, self._limits, at).review
        if now.to_bytes() != batch.review:
            changed = ", ".join(differences(frozen, now)) or "its bytes"
            raise Conflict(
                f"batch {batch.id}: what was submitted is no longer what would go out; changed: "
                f"{changed}",
                hint=f"palang batch reopen {batch.id}, review and submit it again",
            )
        return frozen


def about(batch: Batch, act: Act) -> Asked:
    """An act on a batch, over the digest of its frozen review."""
    return Asked(act, f"batch:{batch.id}", batch.digest)


def _refuse_other(batch: Batch, shown: str | None) -> None:
    if shown is not None and shown != batch.digest:
        raise Conflict(
            f"batch {batch.id}: its review changed after it was shown",
            hint=f"look again: palang batch review {batch.id}",
        )


def refuse_state(batch: Batch, expected: BatchState) -> None:
    """Raises Conflict, with the next step, where the batch is in another state."""
    if batch.state is expected:
        return
    steps = {
        BatchState.PREPARED: f"palang batch submit {batch.id}",
        BatchState.SUBMITTED: f"palang batch release {batch.id}, by another officer",
        BatchState.RELEASED: f"it is on its way: palang delivery list --batch {batch.id}",
        BatchState.STOPPED: "prepare a new one: palang batch new",
    }
    raise Conflict(
        f"batch {batch.id} is {batch.state}, expected {expected}", hint=steps[batch.state]
    )


def _check_accepted(review: Review, accept: Mapping[str, str]) -> None:
    """Each guard above its threshold needs a reason; a reason is a reference, never free text: it
    stands in the ledger (design 8)."""
    strange = sorted(set(accept) - set(review.over))
    if strange:
        raise InputError(
            f"batch {review.batch}: no guard {', '.join(strange)} is above its threshold",
            hint=f"palang batch review {review.batch} shows the guards",
        )
    for name, reference in accept.items():
        if not _REFERENCE.fullmatch(reference) or _LONG_RUN.search(reference):
            raise InputError(
                f"guard {name}: the reason is the reference of a decision, 3 to 64 characters of "
                "A-Z a-z 0-9 _ . / : - and no long run of digits",
                hint=f"for example --accept-guard {name}=ND-114/KOMDIGI/2026",
            )
    missing = [name for name in review.over if name not in accept]
    if missing:
        shown = "; ".join(
            f"{name} is {figure}, threshold {most}"
            for name, figure, most in review.guards
            if name in missing
        )
        raise NotPermitted(
            f"batch {review.batch}: {shown}",
            hint=f"look again, then add --accept-guard {missing[0]}=REFERENCE",
        )


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
