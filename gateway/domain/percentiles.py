"""Percentiles over a histogram: how long it took, each entry weighing the same."""

from collections.abc import Mapping, Sequence


def nearest_rank(counts: Mapping[int, int], percents: Sequence[int]) -> tuple[int, ...]:
    """For each percent, the smallest value that at least so many percent of all do not exceed.

    `counts` says how often each value came; empty gives an empty answer. No value is made up
    between two that came, so half of the entries did answer within the p50 that is shown.
    """
    total = sum(counts.values())
    if not total:
        return ()
    needed = [-(-percent * total // 100) for percent in percents]
    values = sorted(counts)
    return tuple(_at(values, counts, rank) for rank in needed)


def _at(values: Sequence[int], counts: Mapping[int, int], rank: int) -> int:
    seen = 0
    for value in values:
        seen += counts[value]
        if seen >= rank:
            return value
    return values[-1]
