"""`palang up`: the worker runs, is started again when it dies, and ends with its supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.acceptance.stage import ROOT, Stage

_PATIENCE = 60.0  # seconds until something that must come is given up


@contextmanager
def _up(stage: Stage) -> Iterator["subprocess.Popen[bytes]"]:
    log = (stage.base / "up.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway.main", "--home", str(stage.gateway), "up"],
        stderr=log,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=stage.base,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_PATIENCE)
        log.close()


def _started(stage: Stage, times: int) -> None:
    end = time.monotonic() + _PATIENCE
    while (stage.base / "up.log").read_text().count('"started"') < times:
        assert time.monotonic() < end, (stage.base / "up.log").read_text()
        time.sleep(0.1)


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def test_a_dead_worker_is_started_again_and_all_end_together(stage: Stage) -> None:
    with _up(stage) as up:
        _started(stage, 1)
        (worker,) = _children(up.pid)
        os.kill(worker, signal.SIGKILL)
        _started(stage, 2)
        (second,) = _children(up.pid)
        assert second != worker
    assert up.returncode == 0
    assert '"stopped"' in (stage.base / "up.log").read_text()
    assert not Path(f"/proc/{second}").exists()
