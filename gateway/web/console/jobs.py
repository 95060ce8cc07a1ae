"""Long work of one account in a thread of the console, with its progress.

What a job stores, its service stores in one go at its end: a console that is killed leaves nothing
half-done, and the file is handed in again.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from gateway.domain.errors import Conflict, PalangError

T = TypeVar("T")

AT_ONCE = 2  # jobs that run; the others wait in line
_LINE = threading.BoundedSemaphore(AT_ONCE)


class Stopped(Conflict):
    """Whoever started it has stopped it."""


class Job(Generic[T]):
    """Work that tells how far it is. `work` is given the job, calls `told` and returns its result;
    a PalangError is what the page shows, any other error is raised where the page asks. `line` is
    where it waits for its turn."""

    def __init__(
        self, work: Callable[["Job[T]"], T], line: threading.BoundedSemaphore = _LINE
    ) -> None:
        self.rows = 0
        self.about: int | None = None
        self.problem: PalangError | None = None
        self._result: list[T] = []
        self._failure: Exception | None = None
        self._work = work
        self._line = line
        self._stop = False
        self._began = 0.0
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="job", daemon=True).start()

    def told(self, rows: int, about: int | None) -> None:
        """So many rows are done, of about so many. Raises Stopped where it was stopped."""
        self.rows, self.about = rows, about
        if self._stop:
            raise Stopped("stopped before its end: nothing was stored")

    def stop(self) -> None:
        """End it at the next rows."""
        self._stop = True

    def wait(self, seconds: float) -> bool:
        """Whether it has ended within that time."""
        return self._ended.wait(seconds)

    @property
    def ended(self) -> bool:
        """Whether it has a result or a problem."""
        return self._ended.is_set()

    @property
    def began(self) -> bool:
        """Whether its turn has come."""
        return self._began > 0

    @property
    def result(self) -> T | None:
        """What the work returned, None before its end or where it failed."""
        if self._failure is not None:
            raise self._failure
        return self._result[0] if self._result else None

    @property
    def rate(self) -> int:
        """Rows a second so far."""
        spent = time.monotonic() - self._began
        return round(self.rows / spent) if self.began and spent > 0 else 0

    @property
    def left(self) -> int | None:
        """Seconds until its end, about; None where that can't be told."""
        if self.about is None or not self.rate:
            return None
        return max(0, round((self.about - self.rows) / self.rate))

    def _run(self) -> None:
        with self._line:
            self._began = time.monotonic()
            try:
                self.told(0, None)
                self._result.append(self._work(self))
            except PalangError as problem:
                self.problem = problem
            except Exception as failure:  # noqa: BLE001  # raised again where the page asks
                self._failure = failure
            finally:
                self._ended.set()
