"""A checkpoint for the console, which has no key: it asks, the worker signs, both look at one row.

Rows of wants are few and stay; the largest rules (checkpoints.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from gateway.domain.errors import Conflict
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import SECOND, Micros
from gateway.ports import Clock, Store

LONGEST: Micros = 20 * SECOND
_STEP = 0.25  # seconds between looks


@dataclass(frozen=True, slots=True)
class WantedHeads:
    """Asks for signed heads. `rest` waits some seconds between two looks."""

    store: Store
    clock: Clock
    longest: Micros = LONGEST
    rest: Callable[[float], None] = sleep

    def covering(self, size: int) -> SignedCheckpoint:
        """A checkpoint over at least `size` leaves: the latest, or one that the worker makes now.

        Raises Conflict where none comes in time: then no worker runs.
        """
        if (found := self._found(size)) is not None:
            return found
        with self.store.write() as uow:
            uow.log.want_head(size, self.clock.now())
            # a crash before leaves nothing asked; after it the worker signs a head that the next
            # caller finds
            uow.commit("head.want")
        until = self.clock.now() + self.longest
        while self.clock.now() < until:
            if (found := self._found(size)) is not None:
                return found
            self.rest(_STEP)
        raise Conflict(
            f"no checkpoint over {size} entries of the ledger came within "
            f"{self.longest // SECOND} s: the worker is not running, or can't sign",
            hint="start it (palang worker, or palang up) and ask again; palang doctor says more",
        )

    def _found(self, size: int) -> SignedCheckpoint | None:
        with self.store.read() as uow:
            latest = uow.log.latest_checkpoint()
        return latest if latest is not None and latest.size >= size else None
