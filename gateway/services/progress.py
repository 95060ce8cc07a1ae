"""How far a delivery or a partner is: derived, never a state (design 4 and 5).

"Done" means declared done by the partner, under its key; a gateway can't see networks.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.domain import deadlines
from gateway.domain.canonical import decode
from gateway.domain.delivery import HALTED, Delivery, State
from gateway.domain.dispositions import counts_as_done, is_final
from gateway.domain.errors import NotFound
from gateway.domain.ledger import Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.parties import PartnerKind
from gateway.domain.records import (
    Attempt,
    EntryOutcome,
    OutcomeCount,
    Receipt,
    SealedEntry,
)
from gateway.domain.statements import Confirmation
from gateway.domain.times import Micros, duration
from gateway.ports import Clock, DeliveryFilter, Store, UnitOfWork
from gateway.services.jws import statement_of

Side = Literal["", "gateway", "partner"]


@dataclass(frozen=True, slots=True)
class Progress:
    """One delivery in figures.

    `confirmed` counts entries by disposition; `done` those declared done, `outstanding` those
    without a final word, `overtaken` those whose number stands in a later batch (which rules).
    `deadline` is set for an operator from the first confirmed hand-over on, `target` for an OTT.
    `missed` counts the entries that had no final word at the deadline; it stays, whatever comes
    later (R5). `lies_ready` is a parcel that its partner has not fetched; `nothing_at` when it said
    that it has nothing to report about it, which is its word and no confirmation. While
    undelivered, `lost_here` and `lost_there` say whose side the time went to, in microseconds, and
    `waits_for` whose turn it is.
    """

    delivery: Delivery
    kind: PartnerKind
    entries: int
    sent: int
    acknowledged: int
    confirmed: tuple[tuple[str, int], ...]
    done: int
    outstanding: int
    overtaken: int
    deadline: Micros | None
    target: Micros | None
    overdue: bool
    missed: int
    lost_here: Micros
    lost_there: Micros
    waits_for: Side
    lies_ready: bool = False
    nothing_at: Micros | None = None


@dataclass(frozen=True, slots=True)
class PartnerProgress:
    """A partner's deliveries of all batches, or of one, in sums; halted ones count in none.

    `lying` counts parcels that it has not fetched; `nothing_at` is its last word that it has
    nothing to report.
    """

    partner: str
    kind: PartnerKind
    entries: int
    sent: int
    acknowledged: int
    confirmed: tuple[tuple[str, int], ...]
    done: int
    outstanding: int
    overdue: bool
    missed: int
    states: tuple[tuple[str, int], ...]
    lying: int = 0
    nothing_at: Micros | None = None


class EntryLine(NamedTuple):
    """An entry of a slice, the word that counts for it, and whether a later batch rules its
    number."""

    sealed: SealedEntry
    outcome: EntryOutcome | None
    overtaken: bool


@dataclass(frozen=True, slots=True)
class ProgressService:
    """Reads what came of what was released."""

    store: Store
    clock: Clock

    def delivery(self, delivery: str) -> Progress:
        """One delivery. Raises NotFound."""
        with self.store.read() as uow:
            return self._of(uow, uow.deliveries.delivery(delivery))

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """Its attempts, in order."""
        with self.store.read() as uow:
            return uow.deliveries.attempts(delivery)

    def unanswered(self, delivery: str) -> list[int]:
        """The entries of a sealed delivery without a final word, by number of entry."""
        with self.store.read() as uow:
            final = {
                row.entry
                for row in uow.inbox.outcomes(delivery)
                if is_final(row.disposition, row.scope)
            }
            return [e.entry for e in uow.deliveries.slice(delivery) if e.entry not in final]

    def entries(self, delivery: str) -> list[EntryLine]:
        """Every entry of a sealed delivery with what counts for it. Raises NotFound."""
        with self.store.read() as uow:
            uow.deliveries.delivery(delivery)
            said = {row.entry: row for row in uow.inbox.outcomes(delivery)}
            overtaken = uow.deliveries.overtaken(delivery)
            return [
                EntryLine(sealed, said.get(sealed.entry), sealed.entry in overtaken)
                for sealed in uow.deliveries.slice(delivery)
            ]

    def cut(self, delivery: str) -> int:
        """How many blocks a consent's maximum left out of a sealed delivery, as its sealing's leaf
        says; 0 where that leaf was opened no more."""
        with self.store.read() as uow:
            record = uow.deliveries.manifest(delivery)
            leaves = uow.log.find(record.digest) if record else ()
            events = (uow.log.leaf(index).event for index in leaves)
            seals = [decode(event, what="a ledger event") for event in events if event]
        cuts = (event.get("cut") for event in seals if event.get("event") == Tag.DELIVERY_SEAL)
        return max((cut for cut in cuts if isinstance(cut, int)), default=0)

    def receipts(self, delivery: str) -> tuple[Receipt, ...]:
        """Its receipts, in order of arrival, those that do not count among them."""
        with self.store.read() as uow:
            return uow.inbox.receipts(delivery)

    def deliveries(self, wanted: DeliveryFilter) -> list[Progress]:
        """Those that match, by batch and partner."""
        with self.store.read() as uow:
            return [self._of(uow, found) for found in uow.deliveries.deliveries(wanted)]

    def partners(self, batch: int = 0) -> list[PartnerProgress]:
        """Every partner that has a delivery, of one batch or of all."""
        groups: dict[str, list[Progress]] = {}
        for one in self.deliveries(DeliveryFilter(batch=batch)):
            groups.setdefault(one.delivery.partner, []).append(one)
        return [_sum(partner, rows) for partner, rows in sorted(groups.items())]

    def _of(self, uow: UnitOfWork, delivery: Delivery) -> Progress:
        now = self.clock.now()
        partner = uow.registry.partner(delivery.partner)
        record = uow.deliveries.manifest(delivery.id)
        manifest = read_manifest(record.body) if record else None
        entries = manifest.count if manifest else _reviewed(uow, delivery)
        counts = uow.inbox.outcome_counts(delivery.id) if manifest else ()
        here, there, waits_for = _lost(delivery, uow.deliveries.attempts(delivery.id), now)
        term = duration(manifest.respond_within) if manifest else None
        closing = deadlines.closing(delivery.handed_over_at, delivery.acknowledged_at, term)
        final = sum(c.entries for c in counts if is_final(c.disposition, c.scope))
        outstanding = deadlines.outstanding(delivery.state, entries, final)
        mandatory = partner.kind is PartnerKind.OPERATOR
        over = delivery.state not in HALTED and deadlines.over(partner.kind, closing, now)
        return Progress(
            delivery=delivery,
            kind=partner.kind,
            entries=entries,
            sent=entries if delivery.handed_over_at or delivery.acknowledged_at else 0,
            acknowledged=entries if delivery.state is State.ACKNOWLEDGED else 0,
            confirmed=_by_disposition(counts),
            done=sum(c.entries for c in counts if counts_as_done(c.disposition, c.scope)),
            outstanding=outstanding,
            overtaken=len(uow.deliveries.overtaken(delivery.id)) if manifest else 0,
            deadline=closing if mandatory else None,
            target=None if mandatory else closing,
            overdue=over and outstanding > 0,
            missed=entries - _in_time(uow, delivery.id, closing) if closing and over else 0,
            lost_here=here,
            lost_there=there,
            waits_for=waits_for,
            lies_ready=delivery.state is State.SENT and delivery.handed_over_at is None,
            nothing_at=_nothing(uow, delivery),
        )


def _nothing(uow: UnitOfWork, delivery: Delivery) -> Micros | None:
    """When the partner said that it has nothing to report about it, by our clock."""
    if not delivery.sealed:
        return None
    said = uow.inbox.nothing(delivery.partner, delivery.epoch, delivery.sequence)
    return said.received_at if said is not None else None


def _in_time(uow: UnitOfWork, delivery: str, closing: Micros) -> int:
    """How many entries had a final word by then, read from the statements that had come: a later
    revision does not make an answer late that was in time."""
    final: set[int] = set()
    for record in uow.inbox.confirmations(delivery):
        if record.conflict or record.received_at > closing:
            continue
        said = statement_of(uow.inbox.inbound_by_digest(record.statement).body)
        if isinstance(said, Confirmation):
            final |= {row.entry for row in said.rows if is_final(row.disposition, row.scope)}
    return len(final)


def _by_disposition(counts: tuple[OutcomeCount, ...]) -> tuple[tuple[str, int], ...]:
    sums: Counter[str] = Counter()
    for count in counts:
        sums[count.disposition] += count.entries
    return tuple(sorted(sums.items()))


def _reviewed(uow: UnitOfWork, delivery: Delivery) -> int:
    """Before it is sealed: how many entries the two officers saw for this partner."""
    try:
        review = uow.lists.batch(delivery.batch).review
    except NotFound:
        return 0
    shares = decode(review, what="a batch's review")["shares"] if review else []
    return sum(block + unblock for partner, block, unblock in shares if partner == delivery.partner)


def _lost(
    delivery: Delivery, attempts: tuple[Attempt, ...], now: Micros
) -> tuple[Micros, Micros, Side]:
    """Until the first attempt the time is ours; from then on the partner's channel took it, or
    did not. A halted delivery loses nobody's time."""
    if delivery.state in HALTED:
        return 0, 0, ""
    arrived = delivery.handed_over_at or delivery.acknowledged_at
    until = arrived if arrived is not None else now
    queued = min(delivery.queued_at, attempts[0].began_at) if attempts else delivery.queued_at
    tried = min(attempts[0].began_at, until) if attempts else until
    side: Side = "" if arrived is not None else "partner" if attempts else "gateway"
    return max(0, tried - queued), max(0, until - tried), side


def _sum(partner: str, rows: list[Progress]) -> PartnerProgress:
    going = [row for row in rows if row.delivery.state not in HALTED]
    confirmed: Counter[str] = Counter()
    for row in going:
        confirmed.update(dict(row.confirmed))
    return PartnerProgress(
        partner=partner,
        kind=rows[0].kind,
        entries=sum(row.entries for row in going),
        sent=sum(row.sent for row in going),
        acknowledged=sum(row.acknowledged for row in going),
        confirmed=tuple(sorted(confirmed.items())),
        done=sum(row.done for row in going),
        outstanding=sum(row.outstanding for row in going),
        overdue=any(row.overdue for row in going),
        missed=sum(row.missed for row in going),
        states=tuple(sorted(Counter(str(row.delivery.state) for row in rows).items())),
        lying=sum(row.lies_ready for row in rows),
        nothing_at=max((row.nothing_at for row in rows if row.nothing_at), default=None),
    )
