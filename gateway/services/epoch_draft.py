"""What a new epoch would mean, read from the restored database: the document that officers sign."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain import merkle
from gateway.domain.consent import live
from gateway.domain.delivery import Delivery, State
from gateway.domain.epoch import (
    EpochDocument,
    HighWaterMark,
    PartnerShare,
    Sighting,
    Source,
    Uncertain,
    furthest,
    next_batch_number,
    share_of,
)
from gateway.domain.errors import InputError
from gateway.domain.parties import PartnerKind
from gateway.domain.times import Micros
from gateway.ports import DeliveryFilter, UnitOfWork

OPEN_STATES = (State.QUEUED, State.SENDING, State.SENT)
"""What has no receipt and no final end: it goes again in the new epoch."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the time after the backup, from outside the database.

    `backup` and `made` name the backup ("" where none was restored); `surviving` are the high-water
    files of the lost machines, which alone know the end, where there is one of each of the
    `machines` that ran a worker; `sightings` are all others. `epoch` is the one that the officers
    name themselves, 0 where they leave it to what was seen.
    """

    backup: str = ""
    made: str = ""
    surviving: tuple[HighWaterMark, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    machines: int = 1
    epoch: int = 0

    def all_sightings(self) -> tuple[Sighting, ...]:
        """With those of the surviving files, in a fixed order."""
        marks = (one for mark in self.surviving for one in sightings_of(mark, Source.HIGH_WATER))
        return tuple(sorted({*self.sightings, *marks}))

    def knows_the_end(self, epoch: int) -> bool:
        """Whether every machine's file survives and none is of a later epoch."""
        last = furthest(self.surviving)
        return last is not None and last.epoch == epoch and len(self.surviving) >= self.machines


def sightings_of(mark: HighWaterMark, source: Source) -> tuple[Sighting, ...]:
    """A high-water file's marks as sightings."""
    return tuple(Sighting(name, source, mark.epoch, last) for name, last in mark.streams)


def draft(uow: UnitOfWork, evidence: Evidence, at: Micros) -> EpochDocument:
    """The document over the database as it stands now. Raises InputError for a named epoch that
    was seen in use."""
    gateway = uow.registry.gateway()
    size = uow.log.size()
    sightings = evidence.all_sightings()
    complete = evidence.knows_the_end(gateway.epoch)
    return EpochDocument(
        gateway=gateway.name,
        before=gateway.epoch,
        epoch=_next_epoch(gateway.epoch, evidence),
        backup=evidence.backup,
        made=evidence.made,
        ledger=size,
        root="sha256:" + merkle.subtree(0, size, uow.log.node).hex(),
        high_water=complete,
        survived=bool(evidence.surviving),
        chosen=bool(evidence.epoch),
        next_batch=next_batch_number(max((b.id for b in uow.lists.batches()), default=0)),
        shares=tuple(shares(uow, gateway.epoch, sightings, complete=complete)),
        sightings=sightings,
        consents=tuple(_consenting(uow, at)),
    )


def _next_epoch(running: int, evidence: Evidence) -> int:
    """One above every epoch that was seen, or the named one."""
    seen = [*(m.epoch for m in evidence.surviving), *(s.epoch for s in evidence.sightings)]
    least = max([running, *seen]) + 1
    if evidence.epoch and evidence.epoch < least:
        raise InputError(
            f"expected an epoch from {least} on, not {evidence.epoch}: {least - 1} was in use",
            hint="name one that nobody ever opened, or leave --epoch away",
        )
    return evidence.epoch or least


def shares(
    uow: UnitOfWork, epoch: int, sightings: tuple[Sighting, ...], *, complete: bool
) -> Iterable[PartnerShare]:
    """Every partner that can have received something, by id; also one that this database does not
    know, since it was approved in the lost time."""
    uncertain: dict[str, list[Uncertain]] = {}
    for delivery in uow.deliveries.deliveries(DeliveryFilter(states=OPEN_STATES)):
        uncertain.setdefault(delivery.partner, []).append(_uncertain(delivery))
    known = uow.registry.partners()
    sources = {partner.id for partner in known if partner.kind is PartnerKind.SOURCE}
    for partner in sorted(({p.id for p in known} | {s.partner for s in sightings}) - sources):
        restored = uow.deliveries.stream(partner, epoch).sequence
        waiting = tuple(sorted(uncertain.get(partner, ())))
        yield share_of(partner, epoch, restored, sightings, waiting, complete=complete)


def _uncertain(delivery: Delivery) -> Uncertain:
    return Uncertain(delivery.sequence, delivery.id, str(delivery.state))


def _consenting(uow: UnitOfWork, at: Micros) -> Iterable[str]:
    """OTTs with a live consent here: whether they withdrew it since, only they can say."""
    for partner in uow.registry.partners():
        if partner.kind is PartnerKind.OTT and live(uow.registry.consents(partner.id), at):
            yield partner.id
