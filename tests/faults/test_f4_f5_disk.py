"""F4: the n-th write or sync of the database or the high-water file fails; F5: the disk is full for
ten minutes, then there is room (threats.md 2.4).

SQLite's own calls fail, by the kernel (syscalls.py); and, where root may mount one, on a small disk
that is really full. What must hold: whatever a partner has or gave is on the disk; no sequence is
used twice; the worker says what failed and what to do, and goes on when the fault ends; fsck is
clean. In half of the courses the process ends at the fault, and another one starts on what is left,
which may be what was said to have failed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.directory_rigs import AS_ROOT
from tests.faults.syscalls import UNABLE

ROOT = Path(__file__).parents[2]
COURSES = [sys.executable, "-m", "tests.faults.disk_courses"]
SHARDS = 40
F5_SEEDS = 20


def courses(*words: object, within: list[str] | None = None) -> dict[str, int]:
    """The figures that a run of courses prints."""
    command = [*(within or []), *COURSES, *map(str, words)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1700)
    if ran.returncode == UNABLE:
        pytest.skip(ran.stdout.strip())
    assert ran.returncode == 0, ran.stderr[-4000:]
    told = json.loads(ran.stdout)
    assert isinstance(told, dict)
    print(words[0], words[2:], told)
    return told


def test_a_disk_that_fails_once_or_is_full_loses_nothing(folder: Path) -> None:
    told = courses("sample", folder, 1)
    assert told["faults"] == told["full"] == 1


@pytest.mark.long
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_call_of_the_disk_that_fails_loses_nothing(folder: Path, shard: int) -> None:
    told = courses("F4", folder, 1 + shard, SHARDS, 100_000)
    assert told["faults"] >= 20
    assert told["calls of a course"] >= 200


@pytest.mark.long
def test_a_full_disk_loses_nothing_whenever_it_fills(folder: Path) -> None:
    assert courses("F5", folder, 0, F5_SEEDS)["full"] == F5_SEEDS


@pytest.mark.long
@pytest.mark.skipif(not AS_ROOT, reason="only root mounts a small disk")
def test_a_disk_that_is_really_full_loses_nothing(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=16m none {tmp_path} && exec "$@"'
    tried = subprocess.run(["unshare", "-m", "sh", "-c", mount, "sh", "true"], capture_output=True)
    if tried.returncode:
        pytest.skip("this container mounts no disk")
    within = ["unshare", "-m", "sh", "-c", mount, "sh"]
    told = courses("small disk", tmp_path, 0, F5_SEEDS, within=within)
    assert told["full"] == F5_SEEDS
