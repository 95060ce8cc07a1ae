"""What waits between two pages of one account: kept in memory under a random name, for a while.

The console has no other memory between requests, so nothing of a half-done act is in the database.
A restart empties it: the account begins again.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gateway.domain.errors import NotFound
from gateway.domain.times import HOUR, Micros
from gateway.ports import Clock

T = TypeVar("T")

SPAN = 1 * HOUR


@dataclass(frozen=True, slots=True)
class _Kept(Generic[T]):
    account: str
    until: Micros
    thing: T


def _nothing(_thing: object) -> None:
    """What most things need when they go."""


@dataclass(slots=True)
class Shelf(Generic[T]):
    """Things by random name, each only for the account that put it here.

    `gone` is told of each that goes, whatever the reason; `busy` keeps one beyond its time; of more
    than `most` things of one account the oldest goes.
    """

    clock: Clock
    gone: Callable[[T], None] = _nothing
    busy: Callable[[T], bool] = lambda _thing: False
    most: int = 50
    _kept: dict[str, _Kept[T]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, account: str, thing: T) -> str:
        """Keep a thing; returns its name, 128 random bits."""
        name = secrets.token_urlsafe(16)
        self.sweep()
        with self._lock:
            self._kept[name] = _Kept(account, self.clock.now() + SPAN, thing)
            mine = [one for one, kept in self._kept.items() if kept.account == account]
        for surplus in mine[: -self.most]:
            self.drop(surplus)
        return name

    def get(self, account: str, name: str) -> T:
        """Raises NotFound: gone, never there, or another account's; nobody learns which."""
        self.sweep()
        kept = self._kept.get(name)
        if kept is None or kept.account != account:
            raise NotFound(
                "this step is not here any more: it waits for an hour, and a restart ends it",
                hint="nothing was stored; begin again from the list",
            )
        return kept.thing

    def drop(self, name: str) -> None:
        """Let a thing go."""
        with self._lock:
            kept = self._kept.pop(name, None)
        if kept is not None:
            self.gone(kept.thing)

    def sweep(self) -> None:
        """Let go what waited too long."""
        now = self.clock.now()
        over = [n for n, k in list(self._kept.items()) if k.until <= now and not self.busy(k.thing)]
        for name in over:
            self.drop(name)
