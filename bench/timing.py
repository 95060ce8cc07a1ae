"""Medians of time, taken in turns so that a drifting machine slows all alike."""

import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Both:
    """Median seconds by the wall, and of CPU: this process and the children that it waited for."""

    wall: float
    cpu: float


def both_in_turns(
    jobs: Mapping[str, Callable[[], object]],
    runs: int,
    beside: Mapping[str, Callable[[], float]] = {},
) -> dict[str, Both]:
    """As in_turns. `beside` gives the CPU clock of a helper that works for a job and is no child
    (gpg's agent)."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for job in jobs.values():
        job()
    for _ in range(runs):
        for name, job in jobs.items():
            gc.collect()
            clock = beside.get(name, float)
            begin, cpu = time.perf_counter(), _cpu() + clock()
            job()
            taken[name].append((time.perf_counter() - begin, _cpu() + clock() - cpu))
    return {
        name: Both(*(statistics.median(column) for column in zip(*one, strict=True)))
        for name, one in taken.items()
    }


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


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
