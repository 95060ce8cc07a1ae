"""Blast-radius guards: figures of a batch that make an officer stop and look (domain.md 6.6)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.domain.batch import Entry, Review
from gateway.domain.entries import UNBLOCK

PREFIX_DIGITS = 5
"""Digits of E.164 that make a prefix: 62 and the NDC."""

RUN_DIGITS = 7
"""Digits of E.164 that make a run: 62 and the first five of the national number."""

SMALL = 1_000
"""Entries below which a share or a jump says nothing: a normal month has 1,000 to 6,000."""

Figure = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Thresholds; a figure above one needs a second officer's reasons and a third's release.

    entries: entries in a batch. prefix_percent, run_percent: the largest share of one prefix, of
    one run of neighbouring numbers. partner_points: how many percentage points the share of a
    partner lies above its normal. jump_percent: entries in percent of the average batch. Normal
    and average are those of the batches released in the six months before.
    """

    entries: int
    prefix_percent: int
    run_percent: int
    partner_points: int
    jump_percent: int


def figures(
    entries: Sequence[Entry],
    shares: Mapping[str, int],
    recent: Sequence[Review],
    limits: GuardLimits,
) -> tuple[Figure, ...]:
    """Name, figure and threshold of each guard.

    `shares` are the blocks of each partner, `recent` the reviews of the last six months. An unblock
    frees people, so only its size is guarded.
    """
    total = len(entries)
    size = ("entries", total, limits.entries)
    if any(entry.action == UNBLOCK for entry in entries):
        return (size,)
    before = [review for review in recent if review.block]
    return (
        size,
        ("prefix_percent", _concentration(entries, PREFIX_DIGITS), limits.prefix_percent),
        ("run_percent", _concentration(entries, RUN_DIGITS), limits.run_percent),
        ("partner_points", _shift(total, shares, before), limits.partner_points),
        ("jump_percent", _jump(total, before), limits.jump_percent),
    )


def _concentration(entries: Sequence[Entry], digits: int) -> int:
    """Percent of the entries whose numbers begin with the same digits."""
    if len(entries) < SMALL:
        return 0
    heads = Counter(str(entry.number)[:digits] for entry in entries)
    return 100 * max(heads.values()) // len(entries)


def _shift(total: int, shares: Mapping[str, int], before: Sequence[Review]) -> int:
    """Percentage points by which the most grown partner lies above its share of the past."""
    if total < SMALL or not before:
        return 0
    past: Counter[str] = Counter()
    for review in before:
        past.update({share.partner: share.block for share in review.shares})
    whole = sum(review.block for review in before)
    grown = (
        100 * blocks // total - 100 * past[partner] // whole for partner, blocks in shares.items()
    )
    return max(grown, default=0)


def _jump(total: int, before: Sequence[Review]) -> int:
    if total < SMALL or not before:
        return 0
    return 100 * total * len(before) // sum(review.block for review in before)
