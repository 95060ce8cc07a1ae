"""Time-stamps over the ledger's heads: asked for on a rhythm, and for the head of an export.

An authority that is down stops nothing: evidence then rests on the gateway's own word, as before.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import HOUR, Micros
from gateway.ports import Clock, SendError, Store
from gateway.ports.timestamps import Authority


@dataclass(frozen=True, slots=True)
class Stamped:
    """A head that an authority stamped; what the worker tells."""

    head: SignedCheckpoint
    token: bytes


@dataclass(frozen=True, slots=True)
class TimestampService:
    """Keeps tokens. `rhythm` is the longest wait, in microseconds, after which a new head is
    stamped; `holds` says whether a head's signature still counts."""

    store: Store
    clock: Clock
    authority: Authority
    holds: Callable[[SignedCheckpoint], bool]
    rhythm: Micros = 1 * HOUR

    def due(self) -> Stamped | None:
        """Stamp the latest head, if it has no token and the last one is older than the rhythm.

        Raises SendError where the authority gives none: the next round asks again.
        """
        with self.store.read() as uow:
            head, last = uow.log.latest_checkpoint(), uow.log.stamped_at()
            known = head is not None and bool(uow.log.timestamp(head.size))
        if head is None or known or (last is not None and self.clock.now() - last < self.rhythm):
            return None
        return self._stamp(head)

    def covering(self, size: int) -> Stamped | None:
        """The first stamped head over at least so many leaves, whose signature counts: the
        earlier the stamp, the more it says."""
        with self.store.read() as uow:
            for found in uow.log.stamped(size):
                if self.holds(found):
                    return Stamped(found, uow.log.timestamp(found.size))
        return None

    def over(self, head: SignedCheckpoint) -> bytes:
        """A token over this head, kept or asked for now; empty where none can be had."""
        with self.store.read() as uow:
            token = uow.log.timestamp(head.size)
        if token:
            return token
        try:
            return self._stamp(head).token
        except SendError:
            return b""  # the worker asks on its rhythm and tells of it; the bundle goes without

    def _stamp(self, head: SignedCheckpoint) -> Stamped:
        token = self.authority.stamp(head.note.encode())
        with self.store.write() as uow:
            uow.log.put_timestamp(head.size, token, self.clock.now())
            # a crash before leaves a head without a token: it is asked for again; after, it is kept
            uow.commit("timestamp.keep")
        return Stamped(head, token)
