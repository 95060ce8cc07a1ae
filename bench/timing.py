"""Medians of wall time, taken in turns so that a drifting machine slows all alike."""

import gc
import statistics
import time
from collections.abc import Callable

Measured = dict[str, float]
"""Median seconds by name."""


def in_turns(jobs: dict[str, Callable[[], object]], runs: int) -> Measured:
    """Run every job once in each of `runs` rounds, after one warm-up round; seconds by name."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(runs):
        for name, job in jobs.items():
            gc.collect()
            begin = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - begin)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def table(title: str, measured: Measured, floor: str, peer: str = "") -> list[str]:
    """Lines of a table: seconds, times the floor, times the peer where there is one."""
    lines = [title]
    for name, taken in measured.items():
        line = f"  {name:<44} {taken * 1000:10.1f} ms {taken / measured[floor]:8.1f} x floor"
        if peer in measured:
            line += f" {taken / measured[peer]:8.2f} x {peer.split(',')[0]}"
        lines.append(line)
    return lines
