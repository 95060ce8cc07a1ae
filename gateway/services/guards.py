"""Blast-radius guards: figures of a batch that make an officer stop and look (domain.md 6.6)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.batch import Entry
from gateway.domain.entries import UNBLOCK

RUN_DIGITS = 7
"""Digits of E.164 that make a run: 62 and the first five of the national number."""

SMALL = 1_000
"""Entries below which a share or a jump says nothing: a normal month has 1,000 to 6,000."""

Figure = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Thresholds; a figure above one needs a second, reasoned word at release.

    entries: entries in a batch. run_percent: the largest share of one run of neighbouring numbers.
    jump_percent: entries in percent of the average of the last released batches.
    """

    entries: int
    run_percent: int
    jump_percent: int


def figures(
    entries: Sequence[Entry], recent: Sequence[int], limits: GuardLimits
) -> tuple[Figure, ...]:
    """Name, figure and threshold of each guard.

    `recent` is the number of entries of the last released batches. An unblock frees people, so only
    its size is guarded.
    """
    total = len(entries)
    size = ("entries", total, limits.entries)
    if any(entry.action == UNBLOCK for entry in entries):
        return (size,)
    return (
        size,
        ("run_percent", _run(entries), limits.run_percent),
        ("jump_percent", _jump(total, recent), limits.jump_percent),
    )


def _run(entries: Sequence[Entry]) -> int:
    if len(entries) < SMALL:
        return 0
    runs = Counter(str(entry.number)[:RUN_DIGITS] for entry in entries)
    return 100 * max(runs.values()) // len(entries)


def _jump(total: int, recent: Sequence[int]) -> int:
    if total < SMALL or not recent:
        return 0
    return 100 * total * len(recent) // max(sum(recent), 1)
