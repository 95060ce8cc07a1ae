"""Run by test_directory_faults.py in a process of its own: kill -9 before every step of the disk.

A fork does one act and kills itself before its n-th call of the operating system; what is left is
then looked at. Prints one JSON line: how many kills there were, and every complaint.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.domain.fetched import read
from gateway.ports import Inbound, Message, Parcel
from tests.adapters.directory_rigs import DirectoryRig
from tests.adapters.rigs import DELIVERY, Keeper, parcel

CALLS = ("open", "write", "fsync", "fchmod", "link", "rename", "unlink")
NAME = str(parcel().name)
LATER = 2_000_000_000 * 1_000_000  # when everything that was left is old

Act = Callable[[DirectoryRig], object]


@contextmanager
def watched(before: Callable[[str], None]) -> Iterator[None]:
    """`before` runs before each call of the operating system that changes something."""
    real = {name: getattr(os, name) for name in CALLS}

    def wrapped(name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            before(name)
            return real[name](*args, **kwargs)

        return call

    for name in CALLS:
        setattr(os, name, wrapped(name))
    try:
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)


def killed_at(rig: DirectoryRig, act: Act, step: int) -> bool:
    """Do it in a fork that dies before its step; False where it ended before that."""
    child = os.fork()
    if child == 0:
        left = [step]

        def count(_name: str) -> None:
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        with watched(count):
            act(rig)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def send(what: Parcel) -> Act:
    def act(rig: DirectoryRig) -> object:
        with rig.open() as adapter:
            return adapter.send(DELIVERY, what)

    return act


def say(rig: DirectoryRig) -> object:
    with rig.open() as adapter:
        return adapter.say(
            Message("palang-opr-uji-a-head.jws", b"head" * 100, "sha256:" + "0" * 64)
        )


def fetches(rig: DirectoryRig) -> list[str]:
    """What a collection says was fetched."""
    keeper = Keeper()
    with rig.open() as adapter:
        adapter.collect(keeper)
    return [read(item.data).parcel for item in keeper.kept if item.kind == "fetched"]


def complaints(rig: DirectoryRig, old: Parcel | None, new: Parcel) -> Iterator[str]:
    """What is wrong after a crash and a repeat."""
    seen, allowed = rig.received(), [new.data, *([old.data] if old else [])]
    if any(name != NAME or data not in allowed for name, data in seen.items()):
        yield "something half was visible"
    if old and not seen:
        yield "the older sealing was gone before the newer was there"
    if fetches(rig):
        yield "something counted as fetched that nobody took"
    send(new)(rig)
    if rig.received() != {NAME: new.data} or fetches(rig):
        yield "the repeat did not make it good"
    line = (rig.pickup / f"{NAME}.sha256").read_text()
    if line.partition(" ")[0] != new.digest.removeprefix("sha256:"):
        yield "the checksum is another parcel's"
    (rig.pickup / NAME).unlink()
    if fetches(rig) != [new.digest] or fetches(rig):
        yield "the fetch was not told once"
    rig.at(LATER)
    if fetches(rig) or any(rig.pickup.iterdir()) or any(rig.published.iterdir()):
        yield "something stayed for ever"


def each_step(work: Path, old: Parcel | None, new: Parcel) -> tuple[int, list[str]]:
    """Kill a send before each of its steps; how many there were, and what was wrong."""
    wrong: list[str] = []
    for step in range(1000):
        rig = DirectoryRig(work / f"{'new' if old else 'first'}{step}")
        if old:
            send(old)(rig)
        if not killed_at(rig, send(new), step):
            return step, wrong
        wrong += [f"step {step}: {text}" for text in complaints(rig, old, new)]
    raise AssertionError("a send has no end")


def each_step_taken_at_once(work: Path) -> tuple[int, list[str]]:
    """Kill a send before each of its steps; the partner takes what it sees before anybody looks."""
    wrong: list[str] = []
    for step in range(1000):
        rig, what = DirectoryRig(work / f"taken{step}"), parcel(b"sealed" * 1000)
        if not killed_at(rig, send(what), step):
            return step, wrong
        taken = [what.digest for _ in rig.received()]
        for path in rig.pickup.glob("*.jwe"):
            path.unlink()
        if fetches(rig) != taken:
            wrong.append(f"step {step}: {len(taken)} were taken, but that was not told")
    raise AssertionError("a send has no end")


def each_step_of_saying(work: Path) -> tuple[int, list[str]]:
    """Kill a say before each of its steps."""
    wrong: list[str] = []
    for step in range(1000):
        rig = DirectoryRig(work / f"say{step}")
        if not killed_at(rig, say, step):
            return step, wrong
        seen = [path.read_bytes() for path in rig.pickup.glob("*.jws")]
        if seen not in ([], [b"head" * 100]):
            wrong.append(f"say {step}: something half was visible")
        say(rig)
        rig.at(LATER)
        if fetches(rig) or len(list(rig.pickup.iterdir())) != 1:
            wrong.append(f"say {step}: something stayed for ever, or counted as fetched")
    raise AssertionError("a say has no end")


def each_step_of_collecting(work: Path) -> tuple[int, list[str]]:
    """Kill a collection before each of its steps: what is not told is told by the next one."""
    wrong: list[str] = []
    for step in range(1000):
        rig = DirectoryRig(work / f"collect{step}")
        send(parcel())(rig)
        (rig.pickup / NAME).unlink()
        rig.put("a.jws", b"statement")
        told = work / f"told{step}"

        def keep(item: Inbound, told: Path = told) -> None:
            with told.open("a") as file:
                file.write(f"{item.kind}\n")

        def collect(rig: DirectoryRig, keep: Callable[[Inbound], None] = keep) -> None:
            with rig.open() as adapter:
                adapter.collect(keep)

        killed = killed_at(rig, collect, step)
        collect(rig)
        kinds = told.read_text().split()
        if set(kinds) != {"statement", "fetched"} or len(kinds) > 4 or list(rig.reply.iterdir()):
            wrong.append(f"collect {step}: told {kinds}")
        if not killed:
            return step, wrong
    raise AssertionError("a collection has no end")


def main(work: Path) -> None:
    """All of them."""
    first, one = each_step(work, None, parcel(b"sealed" * 1000))
    again, two = each_step(work, parcel(b"old"), parcel(b"new" * 1000))
    _same, five = each_step_taken_at_once(work)
    said, three = each_step_of_saying(work)
    collected, four = each_step_of_collecting(work)
    kills = {"first": first, "again": again, "say": said, "collect": collected}
    print(json.dumps({"kills": kills, "wrong": one + two + three + four + five}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
