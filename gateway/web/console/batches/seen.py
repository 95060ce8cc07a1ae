"""A batch as its page shows it: the frozen review, how things stand now, what may be done."""

from dataclasses import dataclass, replace

from gateway.domain.accounts import Account, Right
from gateway.domain.batch import Batch, BatchState, Review
from gateway.domain.errors import PalangError
from gateway.domain.records import ApprovalRecord
from gateway.services.approvals import Act
from gateway.services.review import Shown, differences, read_review
from gateway.web.console.batches.parts import BatchParts
from gateway.web.console.words import say

SMALL = 3_000  # entries; the review of a larger batch comes after its page is there


@dataclass(frozen=True, slots=True)
class Seen:
    """`review` is the frozen one, or what would be signed now; `now` is computed as things stand,
    None where that comes later or `problem` says why there is none. `changed` names what a frozen
    review no longer has right."""

    batch: Batch
    words: tuple[ApprovalRecord, ...]
    review: Review | None
    now: Shown | None = None
    problem: PalangError | None = None
    changed: tuple[str, ...] = ()
    later: bool = False

    @property
    def digest(self) -> str:
        """What is signed about it now: the digest of the review that is shown."""
        return self.review.digest() if self.review is not None else ""

    def signed(self, act: Act) -> list[str]:
        """The officers who signed this about the frozen review."""
        return [w.officer for w in self.words if w.act == act and w.digest == self.batch.digest]

    @property
    def submitter(self) -> str:
        """Who submitted what is frozen, "" for nobody."""
        return next(reversed(self.signed(Act.BATCH_SUBMIT)), "")

    @property
    def endorsers(self) -> list[str]:
        """Who endorsed it above its guards."""
        return self.signed(Act.BATCH_ENDORSE)


def see(parts: BatchParts, batch: int, whole: bool = False) -> Seen:
    """The batch; with `whole` its review is computed however long that takes. Raises NotFound."""
    found = parts.batches.show(batch)
    frozen = read_review(found.review) if found.review else None
    seen = Seen(found, parts.batches.signatures(batch), frozen)
    if found.state not in (BatchState.PREPARED, BatchState.SUBMITTED):
        return seen
    if not whole and parts.pages.count(batch, SMALL + 1) > SMALL:
        return replace(seen, later=True)
    try:
        now = parts.releases.review(batch)
    except PalangError as problem:
        return replace(seen, problem=problem)
    if frozen is None:
        return replace(seen, review=now.review, now=now)
    return replace(seen, now=now, changed=tuple(differences(frozen, now.review)))


def possible(seen: Seen, account: Account) -> frozenset[str]:
    """Which acts the page offers to this account; each service refuses what is not allowed."""
    state, found = seen.batch.state, set()
    if state is BatchState.STOPPED or not account.officer:
        return frozenset()
    if account.may(Right.RELEASE):
        found.add("stop")
    elif account.may(Right.PREPARE) and seen.batch.released_at is None:
        found.add("withdraw")
    if state is BatchState.PREPARED and seen.now and account.may(Right.PREPARE):
        found.add("submit")
    if state is not BatchState.SUBMITTED or seen.review is None:
        return frozenset(found)
    if account.may(Right.PREPARE):
        found.add("reopen")
    if account.may(Right.RELEASE) and account.officer != seen.submitter:
        over, others = seen.review.over, set(seen.endorsers) - {account.officer}
        if over and not others and account.officer not in seen.endorsers:
            found.add("endorse")
        if not over or others:
            found.add("release")
    return frozenset(found)


def why_not(seen: Seen, account: Account) -> str:
    """Why this account can't release a submitted batch, "" where it can."""
    if seen.batch.state is not BatchState.SUBMITTED or seen.review is None:
        return ""
    if account.officer and account.officer == seen.submitter:
        return say(
            "You submitted this batch, so you cannot release it too: two different officers look "
            "at every list before it leaves, each with their own key. Ask a colleague who may "
            "release."
        )
    if not account.may(Right.RELEASE):
        return say("An approver releases this batch; your role does not.")
    if not account.officer:
        return say(
            "Your account has no officer's key, so it signs nothing. An officer with an own key "
            "releases this batch."
        )
    if seen.review.over and account.officer in seen.endorsers:
        return say("You endorsed this batch above its guards; a third officer releases it.")
    if seen.review.over and not seen.endorsers:
        return say(
            "A guard lies above its threshold, so three officers sign: one submitted it, a second "
            "endorses it with a reason, a third releases it."
        )
    return ""
