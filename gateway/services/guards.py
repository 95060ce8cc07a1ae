"""Blast-radius guards: figures of a batch that make an officer stop and look (domain.md 6.6)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from gateway.domain.batch import Entry, Review
from gateway.domain.entries import UNBLOCK

PREFIX_DIGITS = 5
"""Digits of E.164 that make a prefix: 62 and the NDC."""

RUN_DIGITS = 7
"""Digits of E.164 that make a run: 62 and the first five of the national number."""

SMALL = 1_000
"""Numbers of a day below which shares and jumps say nothing: a month has 1,000 to 6,000."""

Figure = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Thresholds; a figure above one needs a second officer's reasons and a third's release.

    entries: entries in a batch. entries_day: numbers in the batches of a day, this one included.
    The others look at these numbers too. prefix_percent, run_percent: the largest share of one
    prefix, of one run of neighbouring numbers. partner_points: how many percentage points the share
    of a partner lies above its normal. jump_percent: the numbers of the day in percent of an
    average day on which something was released. Normal and average are those of the six months
    before that day.
    """

    entries: int
    prefix_percent: int
    run_percent: int
    partner_points: int
    jump_percent: int
    entries_day: int = 20_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a batch is looked at with: the numbers and the reviews of the other batches of its day,
    and the reviews of the six months before, each with the day of its release."""

    numbers: AbstractSet[int]
    today: Sequence[Review]
    before: Sequence[tuple[date, Review]]


def figures(
    entries: Sequence[Entry],
    shares: Mapping[str, int],
    beside: Surroundings,
    limits: GuardLimits,
) -> tuple[Figure, ...]:
    """Name, figure and threshold of each guard.

    `shares` are the blocks of each partner. An unblock frees people, so only the size is guarded.
    """
    numbers = beside.numbers | {entry.number for entry in entries}
    size = (
        ("entries", len(entries), limits.entries),
        ("entries_day", len(numbers), limits.entries_day),
    )
    if any(entry.action == UNBLOCK for entry in entries):
        return size
    if len(numbers) < SMALL:
        shown = (0, 0, 0, 0)
    else:
        shown = (
            _concentration(numbers, PREFIX_DIGITS),
            _concentration(numbers, RUN_DIGITS),
            _shift(len(entries), shares, beside),
            _jump(len(numbers), beside),
        )
    names = ("prefix_percent", "run_percent", "partner_points", "jump_percent")
    most = (getattr(limits, name) for name in names)
    return (*size, *zip(names, shown, most, strict=True))


def _concentration(numbers: AbstractSet[int], digits: int) -> int:
    """Percent of the numbers that begin with the same digits."""
    heads = Counter(str(number)[:digits] for number in numbers)
    return 100 * max(heads.values()) // len(numbers)


def _shift(total: int, shares: Mapping[str, int], beside: Surroundings) -> int:
    """Percentage points by which the most grown partner lies above its share of the past."""
    whole = sum(review.block for _day, review in beside.before)
    if not whole:
        return 0
    past = _blocks(review for _day, review in beside.before)
    now = _blocks(beside.today)
    now.update(shares)
    total += sum(review.block for review in beside.today)
    return max((100 * now[one] // total - 100 * past[one] // whole for one in now), default=0)


def _blocks(reviews: Iterable[Review]) -> Counter[str]:
    blocks: Counter[str] = Counter()
    for review in reviews:
        blocks.update({share.partner: share.block for share in review.shares})
    return blocks


def _jump(total: int, beside: Surroundings) -> int:
    blocks = sum(review.block for _day, review in beside.before)
    days = len({day for day, review in beside.before if review.block})
    return 100 * total * days // blocks if blocks else 0
