"""The bundle of a month: every delivery whose batch was released in it, as of a cut-off.

It is made one delivery after the other, in files of at most 64 MiB, so that a big month needs no
more memory than one file.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.domain import bundle
from gateway.domain.canonical import JsonObject
from gateway.domain.errors import NotFound
from gateway.domain.ledger import Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.periods import Period
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import from_wire
from gateway.ports import DeliveryFilter, UnitOfWork
from gateway.services import dossier_write, figures, gathered_leaves, whole
from gateway.services.cover.page import Cover, html
from gateway.services.cover.values import of_month
from gateway.services.dossier import COVER, Dossier
from gateway.services.evidence_heads import Heads
from gateway.services.gathered_leaves import Own
from gateway.services.gathering import View, Wanted, gather
from gateway.services.whole import Cutoff, WholeHead

PART = 64 * 1024 * 1024
"""Bytes after which another file begins."""

_RELEASE = f'"event":"{Tag.BATCH_RELEASE}"'.encode()


@dataclass(frozen=True, slots=True)
class Made:
    """One file; `several`: the month has more than this one."""

    data: bytes
    cover: Cover
    part: int
    several: bool
    cutoff: int


@dataclass
class _Part:
    """A file in the making."""

    number: int
    bundles: dict[str, bytes]
    rows: list[JsonObject]
    size: int = 0

    def add(self, name: str, data: bytes, row: JsonObject) -> None:
        self.bundles[name] = data
        self.rows.append(row)
        self.size += len(data)


def parts(heads: Heads, month: Period, cutoff: int) -> Iterator[Made]:
    """The files of the month, one after the other.

    Raises NotFound (no such checkpoint), and as EvidenceService.delivery does.
    """
    view = _view(heads, cutoff)
    with heads.store.read() as uow:
        gateway = uow.registry.gateway().name
        wanted = _deliveries(uow, month, view.head.size)
    size = Cutoff(view.head.size, view.head.at)
    head = WholeHead("month", gateway, view.exported, month.name, 1, size)
    part, unsealed = _Part(1, {}, []), list[JsonObject]()
    for name in sorted(wanted, key=whole.delivery_name):
        found = _bundle(heads, view, name, wanted[name])
        if isinstance(found, dict):
            unsealed.append(found)
            continue
        data, row = found
        if part.bundles and part.size + len(data) > PART:
            yield _made(head, part, [], more=True)
            part = _Part(part.number + 1, {}, [])
        part.add(name, data, row)
    yield _made(head, part, unsealed, more=False)


def _view(heads: Heads, cutoff: int) -> View:
    view = heads.newest()
    if cutoff:
        view = replace(view, head=_checkpoint(heads, cutoff))
    return replace(view, timestamp=heads.stamps.over(view.head), cut=True)


def _checkpoint(heads: Heads, size: int) -> SignedCheckpoint:
    with heads.store.read() as uow:
        found = [head for head in uow.log.checkpoints() if head.size == size]
    if not found:
        raise NotFound(
            f"no checkpoint of {size} leaves was signed",
            hint="a cut-off is the size of a checkpoint: an earlier bundle or report names it",
        )
    return found[-1]


def _deliveries(uow: UnitOfWork, month: Period, size: int) -> dict[str, tuple[JsonObject, Own]]:
    """The deliveries of the batches that were released in the month, with their leaves."""
    batches, first = set[int](), size
    for leaf in uow.log.leaves(0, size):
        if _RELEASE not in leaf.event:
            continue
        event = json.loads(leaf.event)
        released = month.begin <= from_wire(event["at"]) < month.end
        if event["event"] == Tag.BATCH_RELEASE and released:
            batches.add(event["batch"])
            first = min(first, gathered_leaves.first_leaf(uow, event["digest"]))
    known = {
        delivery.id: {"delivery": delivery.id, "partner": delivery.partner}
        for batch in sorted(batches)
        for delivery in uow.deliveries.deliveries(DeliveryFilter(batch=batch))
    }
    own = gathered_leaves.own_leaves(uow, known, first, uow.log.size())
    return {name: (facts, own[name]) for name, facts in known.items()}


def _bundle(
    heads: Heads, view: View, name: str, known: tuple[JsonObject, Own]
) -> tuple[bytes, JsonObject] | JsonObject:
    """A delivery's bundle and its row, or what is said of one that was not sealed yet."""
    facts, own = known
    with heads.store.read() as uow:
        dossier = None
        if uow.deliveries.manifest(name) is not None:
            dossier = gather(uow, Wanted(name, 0, with_entries=False), view, own)
        if dossier is None:
            return facts | _unsealed(uow, own, view.head.size)
    return bundle.pack(dossier_write.members(dossier)), _row(dossier)


def _row(dossier: Dossier) -> JsonObject:
    return figures.row(dossier, read_manifest(dossier.manifest), dossier.summary)


def _unsealed(uow: UnitOfWork, own: Own, size: int) -> JsonObject:
    """State and reason as the last leaf within the cut-off says them."""
    state, reason = "QUEUED", ""
    for index in sorted(index for index in own if index < size):
        event = json.loads(uow.log.leaf(index).event or b"{}")
        state = str(event.get("state", state))
        reason = str(event.get("reason", reason))
    return {"state": state, "reason": reason}


def _made(head: WholeHead, part: _Part, unsealed: list[JsonObject], *, more: bool) -> Made:
    mine = replace(head, part=part.number)
    told = figures.document(head.month, part.number, more, part.rows, unsealed)
    cover = of_month(mine, told)
    data = bundle.pack({**whole.members(mine, part.bundles, told), COVER: html(cover)})
    several = more or part.number > 1
    return Made(data, cover, part.number, several, head.cutoff.leaves if head.cutoff else 0)
