"""A real program of the gateway or of a partner that a test starts, kills and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.stage import ROOT

PATIENCE = 180.0  # seconds until something that must come is given up


@dataclass
class Dweller:
    """A program of the street, started and ended any number of times; `log` keeps what it says."""

    module: str
    home: Path
    arguments: tuple[str, ...]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _said: int = 0  # bytes in its log when it was started

    def start(self, failpoint: str = "") -> None:
        """Start it, to die at a fail-point where one is named."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment.pop("PALANG_FAILPOINT", None)
        if failpoint:
            environment["PALANG_FAILPOINT"] = failpoint
        with self.log.open("ab") as out:
            self._said = out.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, "--home", str(self.home), *self.arguments],
                env=environment,
                cwd=self.home.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def await_up(self) -> None:
        """Wait for its first word: each says one when it begins its work."""
        end = time.monotonic() + PATIENCE
        while not self.log.stat().st_size > self._said:
            assert not self.died(), f"{self.log.stem} died while it started"
            assert time.monotonic() < end, f"{self.log.stem} says nothing"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL; it must not have ended by itself before."""
        assert self.process is not None
        self.process.kill()
        self._ended(-signal.SIGKILL)

    def end(self) -> None:
        """SIGTERM; it ends in order."""
        assert self.process is not None
        self.process.terminate()
        self._ended(0)

    def _ended(self, wanted: int) -> None:
        assert self.process is not None
        code = self.process.wait(30)
        assert code == wanted, f"{self.log.stem} ended with {code}: {self.tail()}"

    def died(self) -> bool:
        """Whether SIGKILL ended it; one that ended otherwise fails the test."""
        assert self.process is not None
        code = self.process.poll()
        assert code in (None, -signal.SIGKILL), f"{self.log.stem} ended: {self.tail()}"
        return code is not None

    def tail(self) -> str:
        """Its last words."""
        return self.log.read_text(errors="replace")[-1500:]
