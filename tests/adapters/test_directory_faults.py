"""The directory channel under faults (threats.md 2.4, F2 and F4): kill -9 before every step, every
disk error as "failed" and as "failed but done", and a disk that is really full."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.ports import SendError
from tests.adapters.directory_crashes import CALLS, LATER, NAME, fetches, send
from tests.adapters.directory_rigs import AS_ROOT, DirectoryRig
from tests.adapters.rigs import parcel

ROOT = Path(__file__).parents[2]
DATA = b"sealed" * 1000


@pytest.fixture
def rig(tmp_path: Path) -> DirectoryRig:
    """A partner's folders."""
    return DirectoryRig(tmp_path / "root")


def test_no_kill_at_any_step_leaves_half_a_parcel_or_an_untrue_fetch(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.adapters.directory_crashes", str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["wrong"] == []
    assert told["kills"]["first"] >= 20 and told["kills"]["again"] >= 22
    assert told["kills"]["say"] >= 12 and told["kills"]["collect"] >= 8


class Fault:
    """The n-th changing call of the operating system fails: before it is done, or after."""

    def __init__(self, number: int, code: int, done: bool) -> None:
        self.left, self.code, self.done = number, code, done
        self.hit = ""

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left != -1:
                return real(*args, **kwargs)
            self.hit = name
            if self.done:
                made = real(*args, **kwargs)
                if name == "open":
                    os.close(made)
            raise OSError(self.code, os.strerror(self.code))

        return call


@pytest.mark.parametrize("done", [False, True], ids=["failed", "failed-but-done"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_at_any_step_is_told_and_made_good_by_the_repeat(
    tmp_path: Path, code: int, done: bool
) -> None:
    what = parcel(DATA)
    outcomes = set()
    for number in range(1000):
        rig = DirectoryRig(tmp_path / f"root{number}")
        fault = Fault(number, code, done)
        with pytest.MonkeyPatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, fault.wrap(name, getattr(os, name)))
            try:
                send(what)(rig)
            except SendError as error:
                outcomes.add((error.handed_over, error.busy, error.alert))
                visible = rig.received()
                assert visible in ({}, {NAME: DATA}), fault.hit
                assert error.handed_over == "unknown" or visible == {}, fault.hit
        if not fault.hit:
            break
        assert fetches(rig) == [], fault.hit
        send(what)(rig)
        assert rig.received() == {NAME: DATA} and fetches(rig) == [], fault.hit
        (rig.pickup / NAME).unlink()
        assert fetches(rig) == [what.digest], fault.hit
        rig.at(LATER)
        assert fetches(rig) == [] and list(rig.published.iterdir()) == [], fault.hit
    else:
        raise AssertionError("a send has no end")
    full = code != errno.EIO
    assert ("no", full, not full) in outcomes and ("unknown", False, not full) in outcomes


def test_a_file_size_limit_leaves_nothing(rig: DirectoryRig) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(SendError) as caught:
            send(parcel(DATA))(rig)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert list(rig.pickup.iterdir()) == list(rig.published.iterdir()) == []
    send(parcel(DATA))(rig)
    assert rig.received() == {NAME: DATA}


_FULL = """
import sys
from pathlib import Path
from gateway.ports import SendError
from tests.adapters.directory_crashes import send
from tests.adapters.directory_rigs import DirectoryRig
from tests.adapters.rigs import parcel
rig = DirectoryRig(Path(sys.argv[1]) / "root")
send(parcel(bytes(600_000)))(rig)
for sequence in (2, 3):
    try:
        send(parcel(bytes(600_000), sequence))(rig)
    except SendError as error:
        print(error.handed_over, error.busy, len(rig.received()), len(list(rig.pickup.iterdir())))
next(rig.pickup.glob("*.jwe")).unlink()
from tests.adapters.directory_crashes import fetches
print(len(fetches(rig)))
send(parcel(bytes(600_000), 2))(rig)
print(len(rig.received()))
"""


@pytest.mark.skipif(not AS_ROOT, reason="only root mounts a small disk")
def test_a_disk_that_is_really_full_is_busy_and_room_makes_it_good(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=1m none {tmp_path} && exec "$@"'
    command = ["unshare", "-m", "sh", "-c", mount, "sh", sys.executable, "-c", _FULL, str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if "unshare" in ran.stderr or "mount" in ran.stderr:
        pytest.skip("this container mounts no disk")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["no True 1 2", "no True 1 2", "1", "1"]
