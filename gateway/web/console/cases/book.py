"""Which number a case is, kept in this process's memory: no address, log or page title holds one.

A case belongs to the account that opened it, and is forgotten after some hours or a restart; then
the number is typed again.
"""

import secrets
import threading
from dataclasses import dataclass, field

from gateway.domain.errors import NotFound
from gateway.domain.times import HOUR, Micros

LIFE: Micros = 4 * HOUR
MOST = 2_000
"""Cases that are kept at once; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A number, who opened it, when, and why."""

    number: int
    account: str
    at: Micros
    reason: str


@dataclass(slots=True)
class CaseBook:
    """Open cases by their random id; used by several threads."""

    _cases: dict[str, Opened] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, case: Opened) -> str:
        """Keep it; returns its id."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._cases[name] = case
            while len(self._cases) > MOST:
                del self._cases[next(iter(self._cases))]
        return name

    def find(self, name: str, account: str, now: Micros) -> Opened:
        """The case of this account. Raises NotFound, for another's too."""
        with self._lock:
            found = self._cases.get(name)
        if found is None or found.account != account or now - found.at > LIFE:
            raise NotFound(
                "this case is not open any more",
                hint="look the number up again; no address holds a number",
            )
        return found
