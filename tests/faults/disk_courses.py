"""Run by test_f4_f5_disk.py in a process of its own, which forks: a gateway on a failing disk.

Each course is a fork with a gateway of its own that sends two batches and releases a third, while
its parent fails calls of the disk below it. Prints one JSON line of figures; a complaint ends it.
"""

from __future__ import annotations

import errno
import json
import mmap
import os
import random
import shutil
import sqlite3
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.domain import failpoints
from gateway.domain.canonical import digest
from gateway.domain.delivery import State
from gateway.domain.errors import PalangError
from gateway.domain.times import MINUTE
from gateway.jobs import Trouble
from gateway.store.highwater import HighWaterFile
from gateway.store.store import open_store
from tests.faults.rig import Outbox, Site, prove, recorded_once
from tests.faults.syscalls import UNABLE, Call, Verdict, in_child
from tests.services.back.test_crash import Killed

FILES = ("palang.sqlite", "palang.sqlite-wal", "high-water.json")
FEWEST = 250  # calls that every course makes before its disk is good again
STRUCK, FREED, TOLD = 0, 1, 2  # bytes of the memory that both share


def template(folder: Path) -> Site:
    """Two operators and two released batches; nothing is sealed yet."""
    site = Site(folder)
    for peer in (site.a, site.b):
        peer.outbox = Outbox()
    site.release_one()
    site.release_one()
    site.rounds.close()
    site.store.close()
    with closing(sqlite3.connect(folder / "palang.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return site


def opened(site: Site, source: Path, folder: Path) -> Site:
    """The gateway goes over to a copy of its files, as a process finds them that starts there."""
    folder.mkdir()
    for name in FILES:
        if (source / name).exists():
            shutil.copy(source / name, folder)
    site.folder, site.url = folder, f"sqlite:///{folder / 'palang.sqlite'}"
    site.highwater = HighWaterFile(folder / "high-water.json")
    # the officers' services hold this object: they go over to the copy with it
    vars(site.store).update(vars(open_store(site.url, site.clock)))
    site.start_worker()
    return site


def _held(database: Path) -> list[set[str]]:
    """What a copied database holds: parcels, deliveries tried, words said, items kept."""
    wanted = (
        "SELECT digest FROM sealings",
        "SELECT delivery FROM attempts",
        "SELECT digest FROM outgoing",
        "SELECT digest FROM inbound",
    )
    with closing(sqlite3.connect(database)) as disk:
        return [{row[0] for row in disk.execute(sql)} for sql in wanted]


@dataclass
class Course:
    """What one fork does. `shared` is memory of both: whether the fault struck, and ended."""

    site: Site
    folder: Path
    seed: str
    shared: mmap.mmap
    refused: list[PalangError | OSError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.free: Callable[[], object] = lambda: self.shared.__setitem__(FREED, 1)

    def work(self) -> None:
        """Rounds, and a release in the middle; what fails is told or refused, never thrown."""
        for turn in range(4):
            self.site.round()
            self.site.pass_time(2 * MINUTE)
            if turn == 1:
                self.release()

    def release(self) -> None:
        """By officers, who repeat it later where it was refused."""
        try:
            self.site.release_one()
        except PalangError as error:
            assert error.hint, (self.seed, str(error))
            self.refused.append(error)
        except OSError as error:  # the officer's own sheet does not fit there either
            self.refused.append(error)

    def on_disk(self) -> None:
        """Whatever a partner has, and whatever was taken from its channel, is on this disk."""
        with TemporaryDirectory() as elsewhere:  # this disk may be full
            for name in FILES[:2]:
                if (self.site.folder / name).exists():
                    shutil.copy(self.site.folder / name, elsewhere)
            sealed, tried, said, kept = _held(Path(elsewhere) / FILES[0])
        marks = json.loads((self.site.folder / FILES[2]).read_bytes())["streams"]
        for peer in (self.site.a, self.site.b):
            assert {parcel.digest for parcel in peer.arrivals} <= sealed, self.seed
            reached = max((parcel.name.sequence for parcel in peer.arrivals), default=0)
            assert reached <= marks.get(peer.id, 0), self.seed
            assert {str(o.manifest.delivery) for o in peer.opened.values()} <= tried, self.seed
            assert {message.digest for message in peer.told} <= said, self.seed
            assert isinstance(peer.outbox, Outbox)
            taken = {digest(body) for body in peer.outbox.ever} - {
                digest(body) for body in peer.outbox.values()
            }
            assert taken <= kept, self.seed

    def settle(self) -> None:
        """The disk is good again: everything that was released arrives, and the books balance."""
        for _error in self.refused:
            self.site.release_one()
        self.site.settle(span=20 * MINUTE, most=20)
        states = {one.id: one.state for one in self.site.deliveries()}
        assert set(states.values()) == {State.ACKNOWLEDGED}, (self.seed, states)
        assert len(states) >= 6, (self.seed, states)
        self.shared[FREED] = 1  # what proves it is not what is tried
        for peer in (self.site.a, self.site.b):
            recorded_once(self.site, peer, self.seed)
            assert sorted(peer.opened) == list(range(1, len(peer.opened) + 1)), self.seed
        prove(self.site, self.seed)

    def troubles(self) -> list[Trouble]:
        """What the worker told of the disk."""
        return self.site.happened(Trouble)


def goes_on(course: Course) -> None:
    """The fault is one call; the same process goes on."""
    course.work()
    course.on_disk()
    course.shared[TOLD] = bool(course.troubles() or course.refused)
    for told in course.troubles():
        assert told.hint, (course.seed, told)
    course.settle()


def killed_there(course: Course) -> None:
    """The process ends where the fault was told to it, before its next step; another one starts on
    what the disk holds, which may be what was said to have failed."""

    def hook(_point: str) -> None:
        if course.shared[STRUCK]:
            raise Killed

    failpoints.arm(hook)
    try:
        course.work()
    except Killed:
        course.shared[TOLD] = 1
    failpoints.arm(None)
    course.on_disk()
    # nothing of the old process is closed: it is gone, and wrote nothing more
    course.site = opened(course.site, course.site.folder, course.folder / "again")
    course.release()
    course.settle()


def full(course: Course) -> None:
    """Ten minutes and more without room, then there is room."""
    course.work()
    course.on_disk()
    arrived = [len(peer.arrivals) for peer in (course.site.a, course.site.b)]
    for _ in range(5):
        course.site.round()
        course.site.pass_time(2 * MINUTE)
        course.release()
    course.on_disk()
    if course.shared[STRUCK]:
        # no attempt can be recorded, so none is made
        assert [len(peer.arrivals) for peer in (course.site.a, course.site.b)] == arrived
        told = course.troubles()
        assert told, course.seed
        assert all("full" in one.hint or "disk" in one.hint for one in told), (course.seed, told)
        assert len(course.refused) >= 5, course.seed
    course.free()
    course.settle()


Act = Callable[[Course], None]


@dataclass
class Bench:
    """Where courses run, one after the other; `told` counts what became of the faults."""

    base: Site
    work: Path
    told: Counter[str] = field(default_factory=Counter)

    def run(self, seed: str, act: Act, judge: Callable[[Call], Verdict | None]) -> int:
        """One course in a fork; how many calls of the disk it made. Raises AssertionError."""
        folder = self.work / "course"
        folder.mkdir()

        def begin() -> Callable[[], None]:
            site = opened(self.base, self.base.folder, folder / "gateway")
            course = Course(site, folder, seed, self.shared)
            return lambda: self._live(act, course)

        seen, status = in_child(begin, folder / "gateway", judge)
        if status == UNABLE:
            print("this kernel hands no calls over")
            raise SystemExit(UNABLE)
        if status != 0:
            raise AssertionError(f"{seed}: ended with {status}; its own words stand above")
        shutil.rmtree(folder)
        return seen

    @staticmethod
    def _live(act: Act, course: Course) -> None:
        try:
            act(course)
        except BaseException:
            traceback.print_exc()  # to the error output, for the disk may be full
            raise

    def fail_one(self, number: int, seed: str, act: Act, verdict: Verdict) -> bool:
        """One call fails; whether there were so many."""
        self.shared = mmap.mmap(-1, 4)
        kinds: list[str] = []

        def judge(call: Call) -> Verdict | None:
            if call.number != number or self.shared[FREED]:
                return None
            kinds.append(f"{call.kind} {call.file}")
            self.shared[STRUCK] = 1
            return verdict

        self.run(seed, act, judge)
        self.told.update(kinds)
        self.told["faults"] += bool(kinds)
        if kinds and not self.shared[TOLD]:
            self.told[f"not told: {seed}, {kinds[0]}"] += 1
        return bool(kinds)

    def crowd(self, left: int, seed: str) -> None:
        """All but so many bytes of a real disk are taken, until they are freed."""
        self.shared = mmap.mmap(-1, 4)
        ballast = self.work / "ballast"

        def crowded(course: Course) -> None:
            course.free = ballast.unlink
            disk = os.statvfs(self.work)
            with ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - left)
            self.shared[STRUCK] = 1
            full(course)

        self.run(seed, crowded, lambda _call: None)
        self.told["full"] += 1

    def fill(self, number: int, seed: str) -> None:
        """From a call on there is no room, until it is freed."""
        self.shared = mmap.mmap(-1, 4)

        def judge(call: Call) -> Verdict | None:
            if call.number < number or call.kind == "sync" or self.shared[FREED]:
                return None
            self.shared[STRUCK] = 1
            return Verdict(errno.ENOSPC)

        self.run(seed, full, judge)
        self.told["full"] += self.shared[STRUCK]


def one_by_one(bench: Bench, first: int, step: int, last: int) -> None:
    """F4: the n-th call fails, each n of a range, until a course has no n-th call."""
    for number in range(first, last, step):
        chance = random.Random(f"F4 {number}")
        code = chance.choice((errno.EIO, errno.ENOSPC))
        verdict = Verdict(code, done=chance.random() < 0.5)
        act = chance.choice((goes_on, killed_there))
        seed = f"F4 call {number}, {verdict}, {act.__name__}"
        if not bench.fail_one(number, seed, act, verdict):
            bench.told["calls of a course"] = number  # about: the last one of this stride
            return


def filled(bench: Bench, first: int, last: int) -> None:
    """F5: no room from a call that a seed draws, for ten minutes and more."""
    for seed in range(first, last):
        number = random.Random(f"F5 {seed}").randrange(1, FEWEST)
        bench.fill(number, f"F5 seed {seed}, full from call {number}")


def sample(bench: Bench, seed: int) -> None:
    """Of each a little: a write that is done although it failed, in a process that ends there; and
    a disk that fills."""
    number = random.Random(f"F4 sample {seed}").randrange(1, FEWEST)
    verdict = Verdict(errno.ENOSPC, done=True)
    assert bench.fail_one(number, f"F4 sample {seed}, call {number}", killed_there, verdict)
    filled(bench, seed, seed + 1)


def crowded(bench: Bench, first: int, last: int) -> None:
    """F5 on a small disk: another file takes what room there is but for a little."""
    for seed in range(first, last):
        left = random.Random(f"F5 small disk {seed}").randrange(0, 200_000)
        bench.crowd(left, f"F5 small disk, seed {seed}, {left} bytes left")


SUITES: dict[str, Callable[..., None]] = {
    "F4": one_by_one,
    "F5": filled,
    "sample": sample,
    "small disk": crowded,
}


def main(suite: str, work: Path, *numbers: int) -> None:
    """One suite; its figures as a line of JSON."""
    bench = Bench(template(work / "template"), work)
    SUITES[suite](bench, *numbers)
    print(json.dumps(dict(sorted(bench.told.items()))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
