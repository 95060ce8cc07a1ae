"""Several `palang worker` processes on one gateway, and what each of them says it did."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.acceptance.crowd import PATIENCE, until
from tests.acceptance.stage import ROOT


class Hand:
    """One worker process. `log` is where its lines of JSON go."""

    def __init__(self, home: Path, log: Path) -> None:
        self.log = log
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        environment.pop("PALANG_FAILPOINT", None)
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway.main", "--home", str(home), "worker"],
                stderr=out,
                stdout=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                env=environment,
                cwd=home.parent,
            )

    def told(self, event: str) -> list[dict[str, Any]]:
        """What it told of one kind."""
        lines = self.log.read_text().splitlines()
        found = [json.loads(line) for line in lines if line.endswith("}")]
        return [line for line in found if line["event"] == event]

    def outcomes(self, word: str) -> int:
        """How many of its attempts ended so."""
        return sum(tried["outcome"] == word for tried in self.told("tried"))

    def stop(self) -> None:
        """SIGSTOP: it holds what it holds, and does nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """SIGTERM, and wait."""
        self.go_on()
        self.process.terminate()
        self.process.wait(PATIENCE)


@contextmanager
def crew(home: Path, count: int) -> Iterator[list[Hand]]:
    """So many workers, all of them at work; ended afterwards, and none of them by a fault."""
    before = len(list(home.parent.glob("worker-*.log")))
    logs = [home.parent / f"worker-{before + n}.log" for n in range(count)]
    hands = [Hand(home, log) for log in logs]
    try:
        # one that is still starting knows no SIGTERM yet, and holds no lease that could be tried
        until(lambda: all(hand.told("started") for hand in hands))
        yield hands
    finally:
        for hand in hands:
            hand.end()
    assert [hand.process.returncode for hand in hands] == [0] * count
