"""Running the real commands and processes, with bounded waits and their words kept in logs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds; the longest single wait on two slow cores is a fifth of that
_GRACE = 10.0  # seconds for a process to end after it was told to
_LOOK = 0.05  # seconds between looks at a log

Facts = dict[str, Any]


class DemoFailed(Exception):
    """Something did not come or came otherwise; the text says what."""


def environment() -> dict[str, str]:
    """What the processes get: our code, and no settings of the caller's own installations."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PALANG")}
    path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, path)), "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True)
class Command:
    """`palang` or `palang-partner` on one folder."""

    module: str
    home: Path

    def line(self, *arguments: str) -> list[str]:
        """The command as the system runs it; `palang init` names the folder itself."""
        home = [] if "--home" in arguments else ["--home", str(self.home)]
        return [sys.executable, "-m", self.module, *home, *arguments]

    def run(self, *arguments: str, code: int = 0, given: str = "") -> "Ended":
        """Run it to its end. Raises DemoFailed for another exit code than `code`."""
        try:
            ended = subprocess.run(
                self.line(*arguments),
                input=given,
                capture_output=True,
                text=True,
                env=environment(),
                timeout=PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DemoFailed(f"{self._named(arguments)} took over {PATIENCE:.0f} s") from None
        if ended.returncode != code:
            said = (ended.stderr.strip() or ended.stdout.strip())[-600:]
            raise DemoFailed(
                f"{self._named(arguments)} ended with {ended.returncode}, expected {code}: {said}"
            )
        return Ended(ended.stdout, ended.stderr)

    def json(self, *arguments: str, code: int = 0, given: str = "") -> Facts:
        """Run it with --json and read its one object."""
        said = self.run(*arguments, "--json", code=code, given=given).out
        found = json.loads(said)
        if not isinstance(found, dict):
            raise DemoFailed(f"{self._named(arguments)} did not answer with one JSON object")
        return found

    def _named(self, arguments: Sequence[str]) -> str:
        program = {"gateway.main": "palang", "partner.main": "palang-partner"}[self.module]
        return " ".join([program, *arguments[:3]])


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command printed."""

    out: str
    err: str

    def refusal(self) -> str:
        """Its error in one line, without the word Error."""
        return next(
            line for line in self.err.splitlines() if line.startswith("Error")
        ).removeprefix("Error: ")


@dataclass
class Service:
    """A long-running process that tells what happens as JSON lines in its log."""

    name: str
    command: list[str]
    log: Path
    _read: int = 0
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            # a session of its own: Ctrl-C reaches us alone, and we end everything in order
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def happenings(self, missing: Callable[[], str]) -> Iterator[Facts]:
        """What it tells from here on, until nothing is `missing` any more.

        Raises DemoFailed, naming what is missing, where that takes too long or the process ends.
        """
        until = time.monotonic() + PATIENCE
        while missing():
            found = self._new()
            if not found:
                self._check(missing(), until)
                time.sleep(_LOOK)
            yield from found

    def wait(self, wanted: Callable[[Facts], bool], what: str) -> Facts:
        """The first happening from here on that is wanted."""
        found: list[Facts] = []
        for one in self.happenings(lambda: "" if found else what):
            if not found and wanted(one):
                found.append(one)
        return found[0]

    def told(self) -> list[Facts]:
        """Everything that it has told so far."""
        return [fact for line in self._lines(0)[0] if (fact := _object(line))]

    def _new(self) -> list[Facts]:
        lines, self._read = self._lines(self._read)
        return [fact for line in lines if (fact := _object(line))]

    def _lines(self, begin: int) -> tuple[list[bytes], int]:
        """Whole lines from a position on, and where they end."""
        with self.log.open("rb") as file:
            file.seek(begin)
            data = file.read()
        end = data.rfind(b"\n") + 1
        return data[:end].splitlines(), begin + end

    def _check(self, missing: str, until: float) -> None:
        ended = self._process.poll() if self._process else 0
        if ended is not None:
            raise DemoFailed(f"{self.name} ended with {ended}; still missing: {missing}")
        if time.monotonic() > until:
            raise DemoFailed(f"{self.name}: {missing} did not come within {PATIENCE:.0f} s")


def _object(line: bytes) -> Facts | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None  # a traceback or a library's own words; they stay in the log
    return found if isinstance(found, dict) else None
