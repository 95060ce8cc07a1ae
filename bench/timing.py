"""Medians of wall time, taken in turns so that a drifting machine slows all alike."""

import gc
import statistics
import time
from collections.abc import Callable

from bench.report import Ratio, Report

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


def compared(bench: str, title: str, measured: Measured, floor: str, peer: str = "") -> Report:
    """Milliseconds, times the floor, times the peer where there is one."""
    report = Report(bench, title)
    for name, taken in measured.items():
        report.figure(name, taken * 1000, "ms")
    for name, taken in measured.items():
        for other in (floor, peer):
            if other in measured and name != other:
                report.ratios.append(Ratio(name, taken / measured[other], other))
    return report
