"""A worker's sign of life: one row, overwritten when a tick has come to its end.

It is the tick that writes it, not a thread of its own: a worker that hangs must look as it is.
"""

from __future__ import annotations

import os
import socket
from functools import cached_property
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

    def beat(self) -> None:
        """Say that a tick has ended. Raises Conflict where the database is busy."""
        now = self._clock.now()
        if self._last is None or not 0 <= now - self._last < RHYTHM:
            host, pid = socket.gethostname(), os.getpid()
            self._beats.keep(Heartbeat(self._place, host, pid, version("palang"), now))
            self._last = now

    @cached_property
    def _place(self) -> str:
        """`host#n`: the first of this host that nobody holds, so that rows do not pile up."""
        host, now = socket.gethostname(), self._clock.now()
        taken = {
            beat.worker
            for beat in self._beats.all()
            if now - beat.at < STALE and beat.pid != os.getpid() and _alive(host, beat)
        }
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
