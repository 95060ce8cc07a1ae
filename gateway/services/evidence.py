"""Exports evidence bundles: what was asked, who received it, what each declared, and when.

An export is itself an event of the ledger (audit.export): who took what, by the bundle's digest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.domain import bundle
from gateway.domain.canonical import JsonObject, digest
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.periods import PeriodKind, read_period
from gateway.domain.records import SignedCheckpoint
from gateway.ports import Clock, Store
from gateway.services import dossier_write, evidence_month, evidence_number
from gateway.services.cover.page import Cover, html
from gateway.services.cover.values import of_delivery
from gateway.services.dossier import COVER
from gateway.services.evidence_heads import NO_STAMPS, Heads, Stamps
from gateway.services.gathering import Wanted, gather


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle's bytes, with a file name that holds no number, and what its cover page says."""

    name: str
    data: bytes
    digest: str
    cover: Cover


@dataclass(frozen=True, slots=True)
class EvidenceService:
    """Makes bundles from the store.

    `covering` gives a signed checkpoint over at least so many leaves
    (gateway/services/checkpoints.py); it alone needs a key of the gateway, or somebody who has one.
    `stamps` are the time-stamps over such heads, where there is an authority. `by` of each export
    is who asks, as the operating system or the console knows them.
    """

    store: Store
    clock: Clock
    covering: Callable[[int], SignedCheckpoint]
    stamps: Stamps = NO_STAMPS

    def delivery(self, delivery: str, by: str, *, with_entries: bool = False) -> Exported:
        """A delivery's bundle; its numbers are only in it `with_entries`.

        Raises NotFound, Conflict (never sealed), NotVerified (entries purged, no checkpoint key).
        """
        return self._one(Wanted(delivery, 0, with_entries), by)

    def entry(self, delivery: str, entry: int, by: str) -> Exported:
        """One entry's story: its line is the only number in the bundle.

        Raises as `delivery`, and InputError where the slice has no such entry.
        """
        if entry < 1:
            raise InputError("an entry is named by its number in the manifest, from 1")
        return self._one(Wanted(delivery, entry, with_entries=False), by)

    def find(self, number: int) -> tuple[tuple[str, int], ...]:
        """Delivery and entry of every sealed slice that holds this number (E.164 digits)."""
        with self.store.read() as uow:
            return uow.deliveries.deliveries_of_number(number)

    def number(self, number: int, by: str) -> Exported:
        """One number's whole story over all batches and partners; it is the only number in it.

        Raises NotFound where it stands in no sealed slice, and as `delivery`.
        """
        places = tuple(sorted(self.find(number)))
        if not places:
            raise NotFound(
                "this number stands in no sealed slice",
                hint="a number that was held or rejected never left: palang intake list",
            )
        made = evidence_number.make(self._heads, places)
        named = [f"{delivery}/{entry}" for delivery, entry in places]
        name = f"palang-evidence-number-{digest(made.data).removeprefix('sha256:')[:12]}"
        exported = _exported(name, made.data, made.cover)
        self._note(exported, by, {"kind": "number", "places": [*named]})
        return exported

    def month(self, month: str, by: str, cutoff: int = 0) -> Iterator[Exported]:
        """Every delivery whose batch was released in `month` (2026-11, in Jakarta), without its
        numbers: one file, or several where they would be too large. `cutoff` is the size of a
        checkpoint, to have its figures again; 0 is now.

        Raises InputError (no month), NotFound (no such checkpoint), and as `delivery`.
        """
        wanted = read_period(PeriodKind.MONTH, month)
        for made in evidence_month.parts(self._heads, wanted, cutoff):
            name = f"palang-evidence-{month}" + (f"-part-{made.part}" if made.several else "")
            exported = _exported(name, made.data, made.cover)
            facts: JsonObject = {"kind": "month", "month": month, "part": made.part}
            self._note(exported, by, facts | {"cutoff": made.cutoff})
            yield exported

    @property
    def _heads(self) -> Heads:
        return Heads(self.store, self.clock, self.covering, self.stamps)

    def _one(self, wanted: Wanted, by: str) -> Exported:
        with self.store.read() as uow:
            uow.deliveries.delivery(wanted.delivery)  # no head is signed for what is not there
        (dossier,) = self._heads.under(
            lambda uow, view: (gather(uow, wanted, view),), f"delivery {wanted.delivery}"
        )
        cover = of_delivery(dossier, read_manifest(dossier.manifest), dossier.summary)
        data = bundle.pack({**dossier_write.members(dossier), COVER: html(cover)})
        name = f"palang-evidence-{wanted.delivery}"
        name += f"-entry-{wanted.entry}" if wanted.entry else ""
        exported = _exported(name, data, cover)
        self._note(exported, by, _facts(wanted))
        return exported

    def _note(self, exported: Exported, by: str, facts: JsonObject) -> None:
        facts |= {"login": by, "bundle": exported.digest}
        with self.store.write() as uow:
            uow.note(LedgerEvent(Tag.AUDIT_EXPORT, self.clock.now(), facts))
            # a crash before leaves nothing, and nobody has the bundle; after, the ledger names a
            # bundle that was not handed out: export again
            uow.commit("audit.export")


def _facts(wanted: Wanted) -> JsonObject:
    return {
        "delivery": wanted.delivery,
        "entry": wanted.entry,
        "entries": wanted.with_entries,
    }


def _exported(name: str, data: bytes, cover: Cover) -> Exported:
    if len(data) > bundle.MAX_BUNDLE:
        raise Conflict(
            f"{name}: the bundle would have {len(data)} bytes, verifiers read {bundle.MAX_BUNDLE}",
            hint="export one entry at a time: palang audit export --entry DELIVERY/ENTRY",
        )
    return Exported(f"{name}.zip", data, digest(data), cover)
