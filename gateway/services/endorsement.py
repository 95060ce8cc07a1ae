"""A batch above a guard's threshold: a second officer endorses it with reasons, a third releases.

The blast-radius guards (domain.md 6.6) stop nobody by themselves; they take one more pair of eyes,
and the reference of the decision to go on stands in the ledger.
"""

from collections.abc import Mapping

from gateway.domain.batch import Batch, BatchState, Review
from gateway.domain.errors import InputError, NotPermitted
from gateway.domain.ledger import Tag
from gateway.domain.references import reference
from gateway.domain.times import Micros
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import Act, Approvals, Signatory, approval_event
from gateway.services.frozen import about, refuse_other, refuse_same, refuse_state, same_review
from gateway.services.guards import GuardLimits
from gateway.services.release_check import endorsements


class Endorsement:
    """The second of three officers over a batch whose guards are above their thresholds."""

    def __init__(
        self, store: Store, approvals: Approvals, clock: Clock, limits: GuardLimits
    ) -> None:
        self._store = store
        self._approvals = approvals
        self._clock = clock
        self._limits = limits

    def endorse(
        self, batch: int, by: Signatory, accept: Mapping[str, str], shown: str | None = None
    ) -> tuple[Batch, Review]:
        """Sign that the batch may go on above its guards, for the reason that `accept` gives each.

        A reason is the reference of a decision. `shown` is the digest of the review that this
        officer saw. Raises NotFound, Conflict (not SUBMITTED, or the review changed), InputError (a
        reason is no reference, or no guard needs it), NotPermitted (same person, a guard without
        reason), NotVerified.
        """
        at = self._clock.now()
        with self._store.write() as uow:
            found = uow.lists.batch(batch)
            refuse_state(found, BatchState.SUBMITTED)
            refuse_other(found, shown)
            submitted = refuse_same(uow, self._approvals, found, by, at)
            review = same_review(uow, found, self._limits, at)
            _check_accepted(review, accept)
            word = self._approvals.sign(uow, by, about(found, Act.BATCH_ENDORSE), at)
            if word.kid == submitted.kid:
                raise NotPermitted(f"batch {batch}: one key can't both submit and endorse")
            facts = {"batch": batch, "accepted": dict(accept)}
            uow.save(word, approval_event(Tag.BATCH_ENDORSE, word, facts))
            # a crash here leaves the batch SUBMITTED and not endorsed: endorse it again
            uow.commit("batch.endorse")
        return found, review


def refuse_unendorsed(
    uow: UnitOfWork,
    approvals: Approvals,
    batch: Batch,
    review: Review,
    by: Signatory,
    at: Micros,
) -> None:
    """Raises NotPermitted unless an officer other than `by`, under another key, endorsed it.

    That the endorser did not submit it either was seen when it was endorsed.
    """
    words = endorsements(uow, approvals, batch, at)
    if any(word.officer != by.officer and word.kid != by.signer.kid for word in words):
        return
    figures = _above(review)
    if words:
        raise NotPermitted(
            f"batch {batch.id}: {figures}; officer {by.officer} endorsed it, a third releases it",
            hint=f"another live officer: palang batch release {batch.id} --officer ID --key FILE",
        )
    raise NotPermitted(
        f"batch {batch.id}: {figures}; a second officer endorses it, then a third releases it",
        hint=f"palang batch endorse {batch.id} --accept-guard NAME=REFERENCE --officer ID "
        "--key FILE",
    )


def _above(review: Review) -> str:
    return "; ".join(
        f"{name} is {figure}, threshold {most}"
        for name, figure, most in review.guards
        if figure > most
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
    for name, given in accept.items():
        reference(given, f"guard {name}", f"--accept-guard {name}=ND-114/KOMDIGI/2026")
    missing = [name for name in review.over if name not in accept]
    if missing:
        raise NotPermitted(
            f"batch {review.batch}: {_above(review)}; no reason for {', '.join(missing)}",
            hint=f"look again, then add --accept-guard {missing[0]}=REFERENCE",
        )
