"""Helper processes of a benchmark, and what CPU time a process has used."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
_PATIENCE = 120.0  # seconds until a helper must have ended
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used, all of its threads and its ended children together.

    Linux only: the process's own clock (clock_getcpuclockid(3) makes its number so), and utime and
    stime of its children in /proc/PID/stat, which are whole hundredths.
    """
    own = time.clock_gettime(~pid << 3 | 2)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) / _TICKS


def peak_of(act: Callable[[], object]) -> tuple[int, int]:
    """Bytes of memory that this process has before an act, and at its peak.

    Linux only: VmRSS and VmHWM of /proc/self/status.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten (proc(5))
    start = _status("VmRSS")
    act()
    return start, _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if ":" in line)
    return int(found[name].split()[0]) * 1024


class Helper:
    """`python -m MODULE ARGUMENTS`, which says one JSON object when it is ready and ends with its
    standard input. A context manager."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [sys.executable, "-m", module, *arguments]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._end()
            raise RuntimeError(f"{self._command[2]} did not start")
        self.told: dict[str, Any] = json.loads(line)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()
        if self._process.returncode:
            raise RuntimeError(f"{self._command[2]} ended with {self._process.returncode}")

    def cpu(self) -> float:
        """Seconds of CPU until now."""
        return cpu_of(self._process.pid)

    def _end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE)
        self._process.stdout.close()
