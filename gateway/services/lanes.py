"""Turns of partners in a few slots, so that a slow one delays nobody (issue 3, fairness).

A turn is short: a few parcels, then the next partner's. A turn that takes longer than `patience`
has a slow partner on the other side; it goes on, and its slot is lent to the next. So any number of
hanging partners hold up only themselves, each with one thread.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

PATIENCE = 2.0
"""Seconds after which a turn no longer counts against the slots."""


@dataclass
class Lanes:
    """Gives turns. `turn` serves one partner and says whether more waits for it; it never raises.

    Safe to use from several threads.
    """

    turn: Callable[[str], bool]
    slots: int = 4
    patience: float = PATIENCE
    _waiting: list[str] = field(init=False, default_factory=list)
    _running: dict[str, float] = field(init=False, default_factory=dict)
    _served: dict[str, float] = field(init=False, default_factory=dict)
    _closed: bool = field(init=False, default=False)
    _fatal: BaseException | None = field(init=False, default=None)
    _changed: threading.Condition = field(init=False, default_factory=threading.Condition)

    def offer(self, partners: Iterable[tuple[int, str]]) -> None:
        """Partners that want a turn, each with its lane: the lower lane first, within a lane who
        was served longest ago. Those that have one, or wait for one, keep it."""
        with self._changed:
            if self._closed:
                return
            lanes = {partner: lane for lane, partner in partners}
            new = [p for p in lanes if p not in self._running and p not in self._waiting]
            self._waiting += new
            # an unblock that came meanwhile goes before who waited already
            self._waiting.sort(key=lambda p: (lanes.get(p, 99), self._served.get(p, 0.0)))
            self._start()

    def wait(self) -> None:
        """Until nobody waits and no turn runs. Raises what ended a turn beyond its own handling."""
        with self._changed:
            while self._waiting or self._running:
                self._changed.wait(self.patience / 4)
                self._start()  # a turn may have become a slow one
            fatal, self._fatal = self._fatal, None
        if fatal is not None:
            raise fatal

    def is_idle(self, partner: str) -> bool:
        """Whether the partner neither waits for a turn nor has one."""
        with self._changed:
            return partner not in self._running and partner not in self._waiting

    def close(self) -> None:
        """No new turn begins; returns when those that run have come to their end."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
        self.wait()

    def _start(self) -> None:
        """Fill the free slots; the lock is held."""
        while self._waiting and not self._closed and self._prompt() < self.slots:
            partner = self._waiting.pop(0)
            self._running[partner] = time.monotonic()
            name = f"partner {partner}"
            threading.Thread(target=self._serve, args=(partner,), name=name).start()

    def _prompt(self) -> int:
        late = time.monotonic() - self.patience
        return sum(began > late for began in self._running.values())

    def _serve(self, partner: str) -> None:
        more, fatal = False, None
        try:
            more = self.turn(partner)
        except BaseException as error:  # noqa: BLE001  # told by wait(); after it nothing begins
            fatal = error
        with self._changed:
            del self._running[partner]
            self._served[partner] = time.monotonic()
            if fatal is not None:
                self._fatal, self._closed = fatal, True
                self._waiting.clear()
            if more and not self._closed:
                self._waiting.append(partner)
            self._start()
            self._changed.notify_all()
