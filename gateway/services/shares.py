"""Who gets which entries of a batch now: the same question at review, at release and at sealing."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.batch import Batch, Entry
from gateway.domain.consent import ConsentRecord, live
from gateway.domain.entries import BLOCK, MAX_ENTRIES, UNBLOCK
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.slices import select
from gateway.domain.times import Micros, duration
from gateway.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Division:
    """What each partner may receive, by partner id; `withheld` are OTTs without a live consent."""

    shares: dict[str, list[Entry]]
    withheld: tuple[str, ...]

    def nobody(self, entries: Sequence[Entry]) -> list[Entry]:
        """The entries that no partner may receive (promise A)."""
        given = {entry.number for share in self.shares.values() for entry in share}
        return [entry for entry in entries if entry.number not in given]


def divide(uow: UnitOfWork, batch: Batch, entries: Sequence[Entry], at: Micros) -> Division:
    """Divide a batch among the live partners of its kind: test batches to test partners only."""
    shares: dict[str, list[Entry]] = {}
    withheld: list[str] = []
    blocks = any(entry.action == BLOCK for entry in entries)
    for partner in uow.registry.partners():
        if partner.standing is not Standing.LIVE or partner.test != batch.test:
            continue
        consent = _consent(uow, partner, at)
        chosen = _selected(uow, partner, entries, consent, at)
        if chosen:
            shares[partner.id] = chosen
        if blocks and partner.kind is PartnerKind.OTT and consent is None:
            withheld.append(partner.id)
    return Division(shares, tuple(withheld))


def _consent(uow: UnitOfWork, partner: Partner, at: Micros) -> ConsentRecord | None:
    if partner.kind is not PartnerKind.OTT:
        return None
    return live(uow.registry.consents(partner.id), at)


def _selected(
    uow: UnitOfWork,
    partner: Partner,
    entries: Sequence[Entry],
    consent: ConsentRecord | None,
    at: Micros,
) -> list[Entry]:
    numbers = [entry.number for entry in entries if entry.action == UNBLOCK]
    sealed = _to_free(uow, partner, numbers, consent) if numbers else frozenset()
    return select(partner, entries, consent, sealed, allowance(uow, partner, consent, at))


def _to_free(
    uow: UnitOfWork, partner: Partner, numbers: list[int], consent: ConsentRecord | None
) -> frozenset[int]:
    """Of these numbers, those that the partner was sealed as a block, or will be before this batch:
    batches are sealed in their order, so a released block that waits goes out first."""
    wanted = set(numbers)
    waiting: set[int] = set()
    for delivery in uow.deliveries.unsealed(partner.id):
        blocks = uow.lists.blocks(delivery.batch)
        earlier = [e for block in blocks for e in block if e.number in wanted]
        waiting |= {e.number for e in select(partner, earlier, consent, frozenset(), MAX_ENTRIES)}
    return uow.deliveries.sealed_numbers(partner.id, numbers) | waiting


def allowance(uow: UnitOfWork, partner: Partner, consent: ConsentRecord | None, at: Micros) -> int:
    """How many blocks the consent's maximum leaves in the period that ends now; no limit where
    there is no consent to set one (an OTT without one gets no block at all)."""
    if consent is None:
        return MAX_ENTRIES
    since = at - duration(consent.terms.period)
    return max(consent.terms.most - uow.deliveries.blocks_sealed_since(partner.id, since), 0)
