"""What the worker asks before it seals: did two officers release exactly these entries?

Nothing that stands in the database is believed for this: the signatures are verified against the
pinned keys, and the entries against the digest that was signed (promises F and I).
"""

from itertools import chain

from gateway.domain.batch import Batch, BatchState, Review, entries_digest
from gateway.domain.errors import NotVerified
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import Clock, UnitOfWork
from gateway.services.approvals import Act, Approvals
from gateway.services.review import read_review


class ReleaseCheck:
    """`verify_release` as the worker calls it: before each sealing, in the transaction that reads
    what is sealed."""

    def __init__(self, approvals: Approvals, clock: Clock) -> None:
        self._approvals = approvals
        self._clock = clock

    def __call__(self, uow: UnitOfWork, batch: int) -> None:
        """Raises NotFound, and NotVerified as `verify_release` does."""
        verify_release(uow, self._approvals, uow.lists.batch(batch), self._clock.now())


def verify_release(uow: UnitOfWork, approvals: Approvals, batch: Batch, at: Micros) -> None:
    """Return only if all of this holds:

    1. the batch is released and not stopped;
    2. the last submit and a release name the digest of the frozen review, each by a valid
       signature of an officer who is live and whose key is not revoked now;
    3. the two officers and the two keys differ;
    4. the frozen review is of this batch of this gateway, with its test mark and lane;
    5. the stored entries have the digest that the review names;
    6. where a guard of the review is above its threshold, a third officer endorsed it so.

    Raises NotVerified("not-released" | "signature-missing" | "one-officer" | "other-review" |
    "entries-changed" | "not-endorsed").
    """
    if batch.state is not BatchState.RELEASED or batch.stopped:
        raise _refused(batch, "not-released", f"it is {batch.state}")
    submitted = latest_submit(uow, batch)
    release = _holding_release(uow, approvals, batch, at)
    if not approvals.holds(uow, submitted, at):
        raise _refused(batch, "signature-missing", "no submit counts")
    if submitted.officer == release.officer or submitted.kid == release.kid:
        raise _refused(batch, "one-officer", f"officer {release.officer} signed both")
    review = read_review(batch.review)
    _check_review(uow, batch, review)
    if review.over and not _third(endorsements(uow, approvals, batch, at), submitted, release):
        raise _refused(batch, "not-endorsed", "it is above a guard, and two officers signed it")
    stored = chain.from_iterable(uow.lists.blocks(batch.id))
    if entries_digest(batch.salt, stored) != review.entries:
        raise _refused(batch, "entries-changed", "the stored entries are not the reviewed ones")


def latest_submit(uow: UnitOfWork, batch: Batch) -> ApprovalRecord:
    """The last submit of a batch, which must name its frozen digest; a reopen voids earlier ones.

    Raises NotVerified("signature-missing").
    """
    words = [w for w in uow.registry.approvals(f"batch:{batch.id}") if w.act == Act.BATCH_SUBMIT]
    if not batch.review or not words or words[-1].digest != batch.digest:
        raise _refused(batch, "signature-missing", "no submit names its frozen review")
    return words[-1]


def _holding_release(
    uow: UnitOfWork, approvals: Approvals, batch: Batch, at: Micros
) -> ApprovalRecord:
    for word in reversed(uow.registry.approvals(f"batch:{batch.id}")):
        named = word.act == Act.BATCH_RELEASE and word.digest == batch.digest
        if named and approvals.holds(uow, word, at):
            return word
    raise _refused(batch, "signature-missing", "no release counts")


def endorsements(
    uow: UnitOfWork, approvals: Approvals, batch: Batch, at: Micros
) -> list[ApprovalRecord]:
    """The endorsements of the frozen review that count now."""
    return [
        word
        for word in uow.registry.approvals(f"batch:{batch.id}")
        if word.act == Act.BATCH_ENDORSE
        and word.digest == batch.digest
        and approvals.holds(uow, word, at)
    ]


def _third(words: list[ApprovalRecord], *others: ApprovalRecord) -> bool:
    officers, keys = {word.officer for word in others}, {word.kid for word in others}
    return any(word.officer not in officers and word.kid not in keys for word in words)


def _check_review(uow: UnitOfWork, batch: Batch, review: Review) -> None:
    expected = (uow.registry.gateway().name, batch.id, batch.test, batch.priority)
    if (review.gateway, review.batch, review.test, review.priority) != expected:
        raise _refused(batch, "other-review", "the frozen review is of another batch")


def _refused(batch: Batch, reason: str, what: str) -> NotVerified:
    return NotVerified(
        reason,
        f"batch {batch.id} is not sealed: {what}",
        hint=f"palang batch show {batch.id}; a batch whose signatures count no more is stopped and "
        "prepared anew",
    )
