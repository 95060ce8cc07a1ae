"""Under which signed head of the ledger evidence is read, and who stamped that head."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.errors import Conflict
from gateway.domain.records import SignedCheckpoint
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.dossier import Dossier
from gateway.services.gathering import View
from gateway.services.timestamps import Stamped

_TRIES = 5  # the log may grow between signing its head and reading under it

Gather = Callable[[UnitOfWork, View], tuple[Dossier | None, ...]]


class Stamps(Protocol):
    """The time-stamps over heads (gateway/services/timestamps.py)."""

    def covering(self, size: int) -> Stamped | None:
        """The first stamped head over at least so many leaves."""
        ...

    def over(self, head: SignedCheckpoint) -> bytes:
        """A token over this head; empty where none can be had."""
        ...


class NoStamps:
    """A house without a time-stamping authority."""

    def covering(self, _size: int) -> Stamped | None:
        """None."""
        return None

    def over(self, _head: SignedCheckpoint) -> bytes:
        """Empty."""
        return b""


NO_STAMPS = NoStamps()


@dataclass(frozen=True, slots=True)
class Heads:
    """Finds the head for what is exported."""

    store: Store
    clock: Clock
    covering: Callable[[int], SignedCheckpoint]
    stamps: Stamps

    def under(self, gather: Gather, what: str) -> tuple[Dossier, ...]:
        """What `gather` reads under one head that covers all of it: an earlier one that was
        stamped, or a new one.

        Raises Conflict where its leaves grow faster than they can be signed.
        """
        for _attempt in range(_TRIES):
            view = self.newest()
            found = self._read(gather, view)
            if found:
                return self._stamped(gather, view, found)
        raise Conflict(
            f"{what}: its ledger entries grow faster than they can be signed",
            hint="try again in a minute",
        )

    def newest(self) -> View:
        """A head over all that is committed now."""
        with self.store.read() as uow:
            size = uow.log.size()
        return View(self.covering(size), self.clock.now())

    def _read(self, gather: Gather, view: View) -> tuple[Dossier, ...]:
        """Empty where a leaf of it is newer than the head."""
        with self.store.read() as uow:
            gathered = gather(uow, view)
        found = tuple(dossier for dossier in gathered if dossier is not None)
        return found if len(found) == len(gathered) else ()

    def _stamped(
        self, gather: Gather, view: View, found: tuple[Dossier, ...]
    ) -> tuple[Dossier, ...]:
        last = max(leaf.index for dossier in found for leaf in dossier.leaves)
        early = self.stamps.covering(last + 1)
        token = early.token if early else self.stamps.over(view.head)
        if not token:
            return found
        head = early.head if early else view.head
        # a leaf may have come meanwhile: then the view without a stamp holds
        return self._read(gather, View(head, view.exported, token)) or found
