"""Time-stamps over the ledger's heads: asked for on a rhythm, and for the head of an export.

An authority that is down stops nothing: evidence then rests on the gateway's own word, as before.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import HOUR, MINUTE, Micros
from gateway.ports import Clock, SendError, Store
from gateway.ports.timestamps import Authority

PATIENCE: Micros = 10 * MINUTE
"""How long an authority that gave no token is left alone: asking holds the worker's round up."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A head that an authority stamped."""

    head: SignedCheckpoint
    token: bytes


class KeptStamps:
    """What a process reads of time-stamps that neither asks an authority nor writes: the console.
    `holds` says whether a head's signature still counts."""

    def __init__(self, store: Store, holds: Callable[[SignedCheckpoint], bool]) -> None:
        self._store = store
        self._holds = holds

    def covering(self, size: int) -> Stamped | None:
        """The first stamped head over at least so many leaves, whose signature counts: the
        earlier the stamp, the more it says."""
        with self._store.read() as uow:
            for found in uow.log.stamped(size):
                if self._holds(found):
                    return Stamped(found, uow.log.timestamp(found.size))
        return None

    def over(self, head: SignedCheckpoint) -> bytes:
        """The token over this head that was kept, empty where there is none."""
        with self._store.read() as uow:
            return uow.log.timestamp(head.size)


class TimestampService:
    """Asks for tokens and keeps them. `rhythm` is the longest wait, in microseconds, after which a
    new head is stamped; `holds` as of KeptStamps."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        authority: Authority,
        holds: Callable[[SignedCheckpoint], bool],
        rhythm: Micros = 1 * HOUR,
    ) -> None:
        self._store = store
        self._kept = KeptStamps(store, holds)
        self._clock = clock
        self._authority = authority
        self._rhythm = rhythm
        self._failed: Micros | None = None

    def due(self) -> Stamped | None:
        """Stamp the latest head, if it has no token and the last one is older than the rhythm.

        Raises SendError where the authority gives none: it is asked again after PATIENCE.
        """
        now = self._clock.now()
        if self._failed is not None and now - self._failed < PATIENCE:
            return None
        with self._store.read() as uow:
            head, last = uow.log.latest_checkpoint(), uow.log.stamped_at()
            known = head is not None and bool(uow.log.timestamp(head.size))
        if head is None or known or (last is not None and now - last < self._rhythm):
            return None
        return self._stamp(head)

    def covering(self, size: int) -> Stamped | None:
        """As KeptStamps."""
        return self._kept.covering(size)

    def over(self, head: SignedCheckpoint) -> bytes:
        """A token over this head, kept or asked for now; empty where none can be had."""
        token = self._kept.over(head)
        if token:
            return token
        try:
            return self._stamp(head).token
        except SendError:
            return b""  # the worker asks on its rhythm and tells of it; the bundle goes without

    def _stamp(self, head: SignedCheckpoint) -> Stamped:
        try:
            token = self._authority.stamp(head.note.encode())
        except SendError:
            self._failed = self._clock.now()
            raise
        self._failed = None
        with self._store.write() as uow:
            uow.log.put_timestamp(head.size, token, self._clock.now())
            # a crash before leaves a head without a token: it is asked for again; after, it is kept
            uow.commit("timestamp.keep")
        return Stamped(head, token)
