"""A worker's sign of life: one row, overwritten when a tick has come to its end.

It is the tick that writes it, not a thread of its own: a worker that hangs must look as it is.
"""

from __future__ import annotations

import os
import socket
from importlib.metadata import version

from gateway.domain.health import Heartbeat
from gateway.domain.times import MINUTE, SECOND, Micros
from gateway.ports import Clock
from gateway.ports.health import Heartbeats

STALE: Micros = 10 * MINUTE
"""A place that was silent for so long is another worker's to take."""

RHYTHM: Micros = 10 * SECOND
"""A sign of life is written no more often than this."""


class Heart:
    """One worker's heartbeat."""

    def __init__(self, beats: Heartbeats, clock: Clock) -> None:
        self._beats = beats
        self._clock = clock
        self._last: Micros | None = None
        self._place = ""

    def beat(self) -> None:
        """Say that a tick has ended. Raises Conflict where the database is busy."""
        now = self._clock.now()
        if self._last is None or not 0 <= now - self._last < RHYTHM:
            host, pid = socket.gethostname(), os.getpid()
            self._place = self._own_place(host, pid, now)
            self._beats.keep(Heartbeat(self._place, host, pid, version("palang"), now))
            self._last = now

    def _own_place(self, host: str, pid: int, now: Micros) -> str:
        """`host#n`: ours, or the first of this host that nobody holds, so that rows do not pile up.

        Two that start together may write one row; the one that finds the other's there moves on.
        """
        taken = {
            beat.worker
            for beat in self._beats.all()
            if now - beat.at < STALE and beat.pid != pid and _alive(host, beat)
        }
        if self._place and self._place not in taken:
            return self._place
        return next(name for n in range(1, 10_000) if (name := f"{host}#{n}") not in taken)


def _alive(host: str, beat: Heartbeat) -> bool:
    """Whether the process of a beat still runs; on another host nobody here can tell."""
    if beat.host != host:
        return True
    try:
        os.kill(beat.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
