"""Exports evidence bundles: what was asked, who received it, what each declared, and when.

An export is itself an event of the ledger (audit.export): who took what, by the bundle's digest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain import bundle
from gateway.domain.canonical import digest
from gateway.domain.errors import Conflict, InputError
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import Micros
from gateway.ports import Clock, Store
from gateway.services import dossier_write, gathering
from gateway.services.dossier import Dossier
from gateway.services.gathering import Wanted

_TRIES = 5  # the log may grow between signing its head and reading under it


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle's bytes, with a file name that holds no number."""

    name: str
    data: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class EvidenceService:
    """Makes bundles from the store.

    `covering` gives a signed checkpoint over at least so many leaves
    (gateway/services/checkpoints.py).
    """

    store: Store
    clock: Clock
    covering: Callable[[int], SignedCheckpoint]

    def delivery(self, delivery: str, by: str, *, with_entries: bool = False) -> Exported:
        """A delivery's bundle; its numbers are only in it `with_entries`. `by` is who asks, as the
        operating system knows them.

        Raises NotFound, Conflict (never sealed), NotVerified (entries purged, no checkpoint key).
        """
        return self._export(Wanted(delivery, 0, with_entries), by)

    def entry(self, delivery: str, entry: int, by: str) -> Exported:
        """One entry's story: its line is the only number in the bundle.

        Raises as `delivery`, and InputError where the slice has no such entry.
        """
        if entry < 1:
            raise InputError("an entry is named by its number in the manifest, from 1")
        return self._export(Wanted(delivery, entry, with_entries=False), by)

    def find(self, number: int) -> tuple[tuple[str, int], ...]:
        """Delivery and entry of every sealed slice that holds this number (E.164 digits)."""
        with self.store.read() as uow:
            return uow.deliveries.deliveries_of_number(number)

    def _export(self, wanted: Wanted, by: str) -> Exported:
        dossier = self._gather(wanted)
        data = bundle.pack(dossier_write.members(dossier))
        name = f"palang-evidence-{wanted.delivery}"
        name += f"-entry-{wanted.entry}" if wanted.entry else ""
        exported = Exported(f"{name}.zip", data, digest(data))
        self._note(wanted, exported, by, dossier.head.exported)
        return exported

    def _gather(self, wanted: Wanted) -> Dossier:
        for _attempt in range(_TRIES):
            with self.store.read() as uow:
                size = uow.log.size()
            head = self.covering(size)
            with self.store.read() as uow:
                dossier = gathering.gather(uow, wanted, head, self.clock.now())
            if dossier is not None:
                return dossier
        raise Conflict(
            f"delivery {wanted.delivery}: its ledger entries grow faster than they can be signed",
            hint="try again in a minute",
        )

    def _note(self, wanted: Wanted, exported: Exported, by: str, now: Micros) -> None:
        facts = {
            "delivery": wanted.delivery,
            "entry": wanted.entry,
            "entries": wanted.with_entries,
            "login": by,
            "bundle": exported.digest,
        }
        with self.store.write() as uow:
            uow.note(LedgerEvent(Tag.AUDIT_EXPORT, now, facts))
            # a crash before leaves nothing, and nobody has the bundle; after, the ledger names a
            # bundle that was not handed out: export again
            uow.commit("audit.export")
