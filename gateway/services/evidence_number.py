"""The bundle of one number: an entry's bundle for every delivery where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain import bundle
from gateway.domain.ids import DeliveryId
from gateway.domain.manifest import read_manifest
from gateway.ports import UnitOfWork
from gateway.services import dossier_write, gathered_leaves, whole
from gateway.services.checks_whole import inner_of
from gateway.services.cover.page import Cover, html
from gateway.services.cover.values import of_number
from gateway.services.dossier import COVER, Dossier
from gateway.services.evidence_heads import Heads
from gateway.services.gathering import View, Wanted, gather
from gateway.services.whole import WholeHead

Places = Sequence[tuple[str, int]]
"""Delivery and entry."""


@dataclass(frozen=True, slots=True)
class Made:
    """The bundle's bytes and what its page says."""

    data: bytes
    cover: Cover


def make(heads: Heads, places: Places) -> Made:
    """Raises as EvidenceService.delivery does."""
    found = heads.under(lambda uow, view: _gather(uow, view, places), "this number")
    head = WholeHead("number", found[0].head.gateway, found[0].head.exported)
    inners = [inner_of(d.head.delivery, d, read_manifest(d.manifest)) for d in found]
    cover = of_number(head, inners)
    bundles = {d.head.delivery: bundle.pack(dossier_write.members(d)) for d in found}
    return Made(bundle.pack({**whole.members(head, bundles, {}), COVER: html(cover)}), cover)


def _gather(uow: UnitOfWork, view: View, places: Places) -> tuple[Dossier | None, ...]:
    batches = {DeliveryId.parse(delivery).batch for delivery, _entry in places}
    firsts = (gathered_leaves.first_leaf(uow, uow.lists.batch(b).digest) for b in batches)
    names = [delivery for delivery, _entry in places]
    own = gathered_leaves.own_leaves(uow, names, min(firsts), uow.log.size())
    return tuple(
        gather(uow, Wanted(delivery, entry, with_entries=False), view, own[delivery])
        for delivery, entry in places
    )
