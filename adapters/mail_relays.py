"""Sessions with the relay that stay open between mails.

A mail costs a few milliseconds, a new session with its password file, TLS and login five times as
many; and relays limit how often one client may connect. A session is used by one call at a time.
"""

import time
import weakref
from collections import deque

from adapters.mail_relay import RelaySession

MOST_IDLE = 4  # sessions; as many as a worker has threads
IDLE = 20.0  # seconds that a session may wait for its next mail; Postfix ends it after 300
AGE = 120.0  # seconds until a changed password, authority or address takes effect for sure


class Relays:
    """Idle sessions of one relay, with the same login; closed when this object goes."""

    def __init__(self) -> None:
        self._idle: deque[tuple[float, RelaySession]] = deque()
        weakref.finalize(self, _close_all, self._idle)

    def take(self, total: float) -> RelaySession | None:
        """A session that still answers, with `total` seconds from now; None where there is none."""
        while True:
            try:
                since, session = self._idle.pop()
            except IndexError:
                return None
            now = time.monotonic()
            if now - since <= IDLE and now - session.born <= AGE and session.renew(total):
                return session
            session.close()

    def give(self, session: RelaySession) -> None:
        """Keep a session whose last mail was taken."""
        self._idle.append((time.monotonic(), session))
        while len(self._idle) > MOST_IDLE:
            self._idle.popleft()[1].close()

    def close(self) -> None:
        """End all that are idle now."""
        _close_all(self._idle)


def _close_all(idle: deque[tuple[float, RelaySession]]) -> None:
    while idle:
        idle.pop()[1].close()
