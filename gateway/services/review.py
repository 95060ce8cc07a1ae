"""The review of a batch: what an officer is shown, and whose digest is signed (promise I)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from gateway.domain.batch import Batch, Entry, Review, Share, entries_digest
from gateway.domain.canonical import decode
from gateway.domain.delivery import Priority
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.errors import Conflict, NotPermitted
from gateway.domain.times import DAY, Micros, to_wib
from gateway.ports import UnitOfWork
from gateway.services.batch_rows import merged_counts
from gateway.services.corrections import refuse_corrected
from gateway.services.guard_day import same_day
from gateway.services.guards import GuardLimits, Surroundings, figures
from gateway.services.rulebook import Rulebook, rulebook
from gateway.services.shares import divide

_RECENT = 183 * DAY
"""Six months: what a batch is measured against."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A review with what is shown beside it: entries nobody may receive, and how it compares.

    `merged` counts the numbers that several rows ask for, `differing` those of them whose rows name
    different categories.
    """

    review: Review
    nobody: tuple[Entry, ...]
    released_before: int
    versus: tuple[tuple[str, int], ...]
    merged: int
    differing: int


def compute(uow: UnitOfWork, batch: Batch, limits: GuardLimits, at: Micros) -> Shown:
    """The review of a batch as things stand at `at`.

    Raises NotPermitted where an entry is protected now, Conflict where the plan routes one anew,
    a sender corrected one of its rows, or a number was freed since the batch was prepared.
    """
    refuse_corrected(uow, batch)
    entries = uow.lists.entries(batch.id)
    _refuse_freed_since(uow, batch, entries)
    rules = rulebook(uow, at)
    check_entries(batch.id, entries, rules)
    division = divide(uow, batch, entries, at)
    nobody = division.nobody(entries)
    blocks = {partner: _count(share, BLOCK) for partner, share in division.shares.items()}
    before = uow.lists.released_before([entry.number for entry in entries])
    review = Review(
        gateway=uow.registry.gateway().name,
        batch=batch.id,
        test=batch.test,
        priority=batch.priority,
        plan=rules.plan,
        block=_count(entries, BLOCK),
        unblock=_count(entries, UNBLOCK),
        entries=entries_digest(batch.salt, entries),
        shares=tuple(
            Share(partner, blocks[partner], _count(share, UNBLOCK))
            for partner, share in sorted(division.shares.items())
        ),
        withheld=division.withheld,
        nobody=len(nobody),
        guards=figures(entries, blocks, _beside(uow, batch, at), limits),
    )
    versus = _versus(uow, batch, entries)
    return Shown(review, tuple(nobody), len(before), versus, *merged_counts(uow, batch.id))


def _refuse_freed_since(uow: UnitOfWork, batch: Batch, entries: Sequence[Entry]) -> None:
    """A block that waits does not undo an unblock that was released after it was prepared: with the
    higher number it would win. What was freed earlier was seen when it was prepared."""
    if batch.released_at is not None:
        return  # sealing leaves out what was freed meanwhile
    blocks = [entry.number for entry in entries if entry.action == BLOCK]
    freed = uow.standing.freed_at(blocks) if blocks else {}
    since = [number for number, at in freed.items() if at > batch.created_at]
    if since:
        raise Conflict(
            f"batch {batch.id}: {len(since)} of its numbers were unblocked after it was prepared",
            hint=f"palang batch stop {batch.id}, then prepare it anew: palang batch new ... "
            "--without-freed, or palang batch renew-due",
        )


def check_entries(batch: int, entries: Sequence[Entry], rules: Rulebook) -> None:
    """Refuse blocks of protected numbers (promise F) and routes that are no longer the plan's.

    Unblocks pass: they free a person whatever the tables say now.
    """
    for position, entry in enumerate(entries, 1):
        if entry.action != BLOCK:
            continue
        digits = str(entry.number)
        if rules.numbers.is_protected(digits):
            raise NotPermitted(
                f"batch {batch}: entry {position} is a protected number "
                f"(protected_numbers {rules.tables['protected_numbers'].version})",
                hint=f"stop this batch and prepare it anew without it: palang batch stop {batch}",
            )
        row = rules.numbers.plan_row(digits)
        if digits.startswith("62") and (row is None or row.partner != entry.route):
            raise Conflict(
                f"batch {batch}: entry {position} was routed to {entry.route}, the numbering plan "
                f"{rules.tables['numbering_plan'].version} says otherwise",
                hint=f"stop this batch and prepare it anew: palang batch stop {batch}",
            )


def read_review(data: bytes) -> Review:
    """A frozen review read back. Raises NotVerified("malformed") where it is not one."""
    document = decode(data, what="a review")
    counts = document["counts"]
    return Review(
        gateway=document["gateway"],
        batch=document["batch"],
        test=document["test"],
        priority=Priority(document["priority"]),
        plan=document["plan"],
        block=counts["block"],
        unblock=counts["unblock"],
        entries=document["entries"],
        shares=tuple(Share(*share) for share in document["shares"]),
        withheld=tuple(document["withheld"]),
        nobody=document["nobody"],
        guards=tuple((name, figure, most) for name, figure, most in document["guards"]),
    )


def differences(frozen: Review, now: Review) -> list[str]:
    """The names of what changed, for a person; [] where nothing did."""
    return [f.name for f in fields(Review) if getattr(frozen, f.name) != getattr(now, f.name)]


def _count(entries: Sequence[Entry], action: str) -> int:
    return sum(entry.action == action for entry in entries)


def _earlier(uow: UnitOfWork, batch: Batch) -> list[Batch]:
    """Batches released before this one was made, newest first: the comparison stays the same
    between submit and release."""
    released = [
        other
        for other in uow.lists.batches()
        if other.id != batch.id
        and other.released_at is not None
        and other.released_at <= batch.created_at
    ]
    return sorted(released, key=lambda other: -other.id)


def _beside(uow: UnitOfWork, batch: Batch, at: Micros) -> Surroundings:
    """The batches of the same day, and those released in the six months before it."""
    today = same_day(uow, batch, at)
    since, known = batch.created_at - _RECENT, {other.id for other in today}
    numbers = {number for other in today for number in _numbers(uow, other)}
    before = [
        (to_wib(other.released_at).date(), read_review(other.review))
        for other in _earlier(uow, batch)
        if other.test == batch.test
        and other.id not in known
        and other.released_at is not None
        and other.released_at >= since
    ]
    return Surroundings(numbers, [read_review(other.review) for other in today], before)


def _versus(uow: UnitOfWork, batch: Batch, entries: Sequence[Entry]) -> tuple[tuple[str, int], ...]:
    """Numbers that are new, in both, or gone against the batch released last."""
    earlier = _earlier(uow, batch)
    if not earlier:
        return ()
    mine = {entry.number for entry in entries}
    last = set(_numbers(uow, earlier[0]))
    return (
        ("batch", earlier[0].id),
        ("new", len(mine - last)),
        ("in_both", len(mine & last)),
        ("only_before", len(last - mine)),
    )


def _numbers(uow: UnitOfWork, batch: Batch) -> Iterator[int]:
    return (entry.number for block in uow.lists.blocks(batch.id) for entry in block)
