"""F4 for the high-water file: each of its calls fails with ENOSPC, EIO, EDQUOT or EROFS, not done,
or done all the same (threats.md 2.4).

What must hold: the mark is the old one or the new one and never falls; whoever could not raise it
is told what to do; what was raised is on the disk before anything leaves the house, also where an
earlier try had failed halfway; no sequence is used twice.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict, InputError
from gateway.domain.records import Stream
from gateway.jobs import Trouble
from gateway.store.highwater import HighWaterFile
from tests.faults.rig import A, Site, prove, recorded_once

CODES = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS)
FAR = 10_000


class Disk:
    """The calls below the file, in order: those that were done are in `done`; the n-th fails, and
    where that is `lasting` every later one of its kind."""

    def __init__(
        self, number: int, code: int, *, yet_done: bool = False, lasting: bool = False
    ) -> None:
        self.left, self.code, self.yet_done, self.lasting = number, code, yet_done, lasting
        self.hit = ""
        self.done: list[str] = []

    def call(self, name: str, real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One call on this disk."""
        self.left -= 1
        if self.left > 0 or (self.left < 0 and not (self.lasting and name == self.hit)):
            made = real(*args, **kwargs)
            self.done.append(name)
            return made
        if self.yet_done:
            made = real(*args, **kwargs)  # where this raises, nothing was done that could be denied
            if name == "open":
                os.close(made)
        self.hit = name
        raise OSError(self.code, os.strerror(self.code))

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """The call, watched."""

        def watched(*args: Any, **kwargs: Any) -> Any:
            named = name
            if name == "fsync" and os.path.isdir(f"/proc/self/fd/{args[0]}"):
                named = "fsync of the folder"
            return self.call(named, real, *args, **kwargs)

        return watched

    @contextmanager
    def below(self) -> Iterator[None]:
        """Everything that the file does goes through it."""
        real = os.fdopen
        with pytest.MonkeyPatch.context() as patch:
            for module, name in (
                *((os, name) for name in ("open", "replace", "unlink", "fsync")),
                (fcntl, "flock"),
                (Path, "read_bytes"),
            ):
                patch.setattr(module, name, self.wrap(name, getattr(module, name)))
            patch.setattr(os, "fdopen", lambda *args: _File(real(*args), self))
            yield

    def is_durable(self) -> bool:
        """Whether the folder was synced after the last rename."""
        renamed = [at for at, name in enumerate(self.done) if name == "replace"]
        return not renamed or "fsync of the folder" in self.done[renamed[-1] :]


class _File:
    """An open file whose writes are the disk's."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self._file, self._disk = file, disk

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def fileno(self) -> int:
        return int(self._file.fileno())

    def write(self, data: bytes) -> None:
        self._disk.call("write", self._file.write, data)

    def flush(self) -> None:
        self._disk.call("flush", self._file.flush)


def at(sequence: int) -> list[Stream]:
    return [Stream(A, 1, sequence, "")]


def raised(file: HighWaterFile, disk: Disk, sequence: int) -> str:
    """What a raise under this disk says with its next step, "" where it is done."""
    try:
        with disk.below():
            file.raise_to(1, sequence * 4, at(sequence))
    except (Conflict, InputError) as error:
        assert error.hint, str(error)
        return str(error)
    return ""


def is_at(path: Path, sequence: int) -> bool:
    """Whether a database of that sequence would be let in: the mark is not beyond it."""
    try:
        HighWaterFile(path).check(1, sequence * 4, at(sequence))
    except Conflict:
        return False
    return True


@pytest.mark.parametrize("yet_done", [False, True], ids=["failed", "failed-but-done"])
@pytest.mark.parametrize("code", CODES, ids=lambda code: errno.errorcode[code])
def test_a_mark_that_can_not_be_raised_is_told_and_the_repeat_makes_it_durable(
    folder: Path, code: int, yet_done: bool
) -> None:
    hits = []
    for number in range(1, 100):
        path = folder / str(number) / "high-water.json"
        path.parent.mkdir()
        file = HighWaterFile(path)
        file.start(1)
        file.raise_to(1, 4, at(1))
        path.with_name(f"{path.name}.part").write_bytes(b"{")  # of a write that was killed
        disk = Disk(number, code, yet_done=yet_done)
        told = raised(file, disk, 2)
        if not disk.hit:
            assert told == "" and number > 8, "a raise is fewer calls than thought"
            break
        hits.append(disk.hit)
        assert told, f"{disk.hit} failed and nobody was told"
        assert is_at(path, 2), disk.hit  # never beyond what the database has
        assert not is_at(path, 1) or disk.hit != "fsync of the folder"
        for one in (file, HighWaterFile(path)):  # the same process goes on, or another begins
            again = Disk(FAR, code)
            assert raised(one, again, 2) == "", disk.hit
            assert again.is_durable() and not is_at(path, 1), disk.hit
            if "replace" in disk.done or disk.hit == "replace":
                assert "fsync of the folder" in again.done, f"after {disk.hit} nothing was synced"
        assert {one.name for one in path.parent.iterdir()} == {path.name, f"{path.name}.lock"}
    assert {"open", "write", "flush", "fsync", "replace", "fsync of the folder"} <= set(hits)
    assert {"flock", "read_bytes"} <= set(hits)


def outage(folder: Path, number: int, code: int, yet_done: bool) -> str:
    """A call below the file fails, and each of its kind, for three rounds."""
    site = Site(folder)
    seed = f"F4 high-water, call {number}, {errno.errorcode[code]}, done {yet_done}"
    try:
        for _ in range(2):
            site.release_one()
        hit = ""
        for _ in range(3):
            disk = Disk(number, code, yet_done=yet_done, lasting=True)
            with disk.below():
                site.round()
            hit = hit or disk.hit
            site.pass_time(20 * 60 * 1_000_000)
        if hit:
            assert [one for one in site.happened(Trouble) if one.hint], seed
        for peer in (site.a, site.b):
            for parcel in peer.arrivals:  # whatever left is in the file
                assert not is_at(site.folder / "high-water.json", parcel.name.sequence - 1), seed
        site.settle()
        assert {one.state for one in site.deliveries()} == {State.ACKNOWLEDGED}, seed
        for peer in (site.a, site.b):
            recorded_once(site, peer, seed)
            assert sorted(peer.opened) == [1, 2], seed
        prove(site, seed)
        return hit
    finally:
        site.close()


def test_a_worker_whose_high_water_file_fails_sends_nothing_and_goes_on(folder: Path) -> None:
    assert outage(folder / "gateway", 2, errno.ENOSPC, yet_done=False) == "flock"


@pytest.mark.long
@pytest.mark.parametrize("yet_done", [False, True], ids=["failed", "failed-but-done"])
@pytest.mark.parametrize("code", CODES, ids=lambda code: errno.errorcode[code])
def test_a_worker_goes_on_whichever_call_of_the_file_fails(
    folder: Path, code: int, yet_done: bool
) -> None:
    print(f"F4 high-water: {errno.errorcode[code]}, done {yet_done}, calls 1 to 16")
    hits = [outage(folder / str(n), n, code, yet_done) for n in range(1, 17)]
    assert {"open", "flock", "write", "fsync", "replace", "fsync of the folder"} <= set(hits)
