"""One, two and four `palang worker` processes on one PostgreSQL, sending to kits over REST.

The deliveries lie sealed and fall due at once when all workers run; the clock runs from the first
attempt to the last receipt. PostgreSQL is that of the tests: without fsync, as nothing there
outlives the run. Workers, kits and server share this machine's cores, which bounds what more
workers can bring.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.channels import Rest
from bench.delivery import ENTRIES
from bench.processes import ROOT, cpu_of
from bench.report import Ratio, Report, Scale
from bench.world import World, world
from gateway.domain.delivery import State
from gateway.domain.times import HOUR, SECOND
from gateway.ports import DeliveryFilter
from tests.peers import postgres
from tools import peers

PATIENCE = 120.0  # seconds
LATER = 1 * HOUR  # due once every worker runs
_COUNTS = {
    Scale.TINY: ((1, 2), 2, 1, 1),
    Scale.QUICK: ((1, 2), 8, 2, 1),
    Scale.USUAL: ((1, 2, 4), 16, 6, 1),
    Scale.FULL: ((1, 2, 4), 16, 15, 3),
}
"""How many workers, partners, deliveries for each, runs."""


@dataclass(frozen=True, slots=True)
class Ran:
    """Deliveries a second, and milliseconds of the workers' CPU a delivery."""

    rate: float
    cpu: float


def run(scale: Scale) -> Iterator[Report]:
    """One report."""
    crews, partners, each, runs = _COUNTS[scale]
    title = f"workers on PostgreSQL: 10 kB to {partners} partners, {each} deliveries each"
    report = Report("workers", f"{title}, {os.cpu_count()} cores")
    if not peers.is_here("postgres"):
        report.lines.append("  left out, there is no PostgreSQL here")
        yield report
        return
    with _database() as url, world(Rest, partners, database=url) as made:
        rates = {}
        for crew in crews:
            ran = [_run(made, crew, each) for _ in range(runs)]
            rates[crew] = statistics.median(one.rate for one in ran)
            name = f"{crew} worker{'s' * (crew > 1)}"
            report.figure(f"{name}: deliveries", rates[crew], "/s")
            cpu = statistics.median(one.cpu for one in ran)
            report.figure(f"{name}: CPU of the workers a delivery", cpu, "ms")
            if crew > 1:
                report.ratios.append(
                    Ratio(f"{name}: deliveries", rates[crew] / rates[1], "1 worker")
                )
    yield report


@contextmanager
def _database() -> Iterator[str]:
    name = postgres.server().fresh()
    try:
        yield postgres.server().url(name)
    finally:
        postgres.server().drop(name)


def _run(made: World, crew: int, each: int) -> Ran:
    made.sealed(made.names, ENTRIES["10 kB"], each, wait=LATER)
    with _workers(made.house.home, crew) as pids:
        before = sum(map(cpu_of, pids))
        mine = made.house.fall_due()
        _until_acknowledged(made, len(mine))
        ended, cpu = made.house.clock.now(), sum(map(cpu_of, pids)) - before
    with made.house.store.read() as uow:
        begun = min(uow.deliveries.attempts(one)[0].began_at for one in mine)
    return Ran(len(mine) / ((ended - begun) / SECOND), cpu / len(mine) * 1000)


def _until_acknowledged(made: World, count: int) -> None:
    waiting = DeliveryFilter(states=(State.QUEUED, State.SENDING, State.SENT))

    def done() -> bool:
        with made.house.store.read() as uow:
            return not uow.deliveries.deliveries(waiting)

    _until(done, f"{count} deliveries acknowledged", PATIENCE + count / 10)


def _until(done: Callable[[], bool], what: str, patience: float) -> None:
    end = time.monotonic() + patience
    while not done():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: it took more than {patience:.0f} s")
        time.sleep(0.05)


@contextmanager
def _workers(home: Path, count: int) -> Iterator[list[int]]:
    """So many, each of which has said that it started; their process ids."""
    command = [sys.executable, "-m", "gateway.main", "--home", str(home), "worker"]
    logs = [home.parent / f"worker-{number}.log" for number in range(count)]
    hands = [_start(command, log) for log in logs]
    try:
        _until(
            lambda: all('"started"' in log.read_text() for log in logs),
            f"{count} workers started",
            PATIENCE,
        )
        yield [hand.pid for hand in hands]
    finally:
        for hand in hands:
            hand.terminate()
        codes = [hand.wait(PATIENCE) for hand in hands]
    if any(codes):
        raise RuntimeError(f"workers ended with {codes}: {logs[0].read_text()[-500:]}")


def _start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stderr=out)
