"""SIGTERM and SIGINT as a request to end; here because both sides' processes need it right.

A signal handler runs inside whatever the main thread is doing. Setting an Event there deadlocks
where the main thread is just entering that Event's wait, so the handler only puts into a
SimpleQueue, whose put() is reentrant, and a thread of its own acts on it. And a signal that comes
just before the main thread falls asleep is handled only when it wakes: `until` never sleeps long.
"""

import signal
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import FrameType


def when_told(act: Callable[[], None]) -> None:
    """Call `act` once, in a thread, after the first SIGTERM or SIGINT. For the main thread only."""
    told: SimpleQueue[int] = SimpleQueue()

    def tell(number: int, _frame: FrameType | None) -> None:
        told.put(number)

    def wait() -> None:
        told.get()
        act()

    threading.Thread(target=wait, name="ending", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)


def until(stop: threading.Event) -> None:
    """Wait for the event in the main thread, waking every second so that a signal is noticed."""
    while not stop.wait(1.0):
        pass
