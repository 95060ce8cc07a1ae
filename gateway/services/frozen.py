"""A frozen review between its signatures: it must stay what each officer was shown (promise I)."""

from gateway.domain.batch import Batch, BatchState, Review
from gateway.domain.errors import Conflict, NotPermitted
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.approvals import Act, Approvals, Asked, Signatory
from gateway.services.guards import GuardLimits
from gateway.services.release_check import latest_submit
from gateway.services.review import compute, differences, read_review


def about(batch: Batch, act: Act) -> Asked:
    """An act on a batch, over the digest of its frozen review."""
    return Asked(act, f"batch:{batch.id}", batch.digest)


def refuse_other(batch: Batch, shown: str | None) -> None:
    """Raises Conflict where the officer saw another review than the frozen one."""
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


def refuse_same(
    uow: UnitOfWork, approvals: Approvals, batch: Batch, by: Signatory, at: Micros
) -> ApprovalRecord:
    """The submit's record, if it holds and is another officer's under another key.

    Raises NotPermitted, NotVerified("signature-missing").
    """
    submitted = latest_submit(uow, batch)
    if submitted.officer == by.officer or submitted.kid == by.signer.kid:
        raise NotPermitted(
            f"batch {batch.id} was submitted by officer {submitted.officer}, who can't release "
            "it too",
            hint=f"another live officer releases it: palang batch release {batch.id} "
            "--officer ID --key FILE",
        )
    if not approvals.holds(uow, submitted, at):
        raise NotPermitted(
            f"batch {batch.id}: the signature of officer {submitted.officer} counts no more",
            hint=f"palang batch reopen {batch.id}, then submit it again",
        )
    return submitted


def same_review(uow: UnitOfWork, batch: Batch, limits: GuardLimits, at: Micros) -> Review:
    """The review as frozen, if it is still what an officer would be shown now, else Conflict."""
    frozen = read_review(batch.review)
    now = compute(uow, batch, limits, at).review
    if now.to_bytes() != batch.review:
        changed = ", ".join(differences(frozen, now)) or "its bytes"
        raise Conflict(
            f"batch {batch.id}: what was submitted is no longer what would go out; changed: "
            f"{changed}",
            hint=f"palang batch reopen {batch.id}, review and submit it again",
        )
    return frozen
