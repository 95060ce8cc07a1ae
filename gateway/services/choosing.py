"""Which entries of a released batch a partner gets now, decided some thousands at a time.

What two officers signed for the partner, less what was freed since, under the consent that rules
now, as far as its maximum goes: each is a decision over single entries or a count of those before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain import slices
from gateway.domain.batch import Batch, Entry
from gateway.domain.chosen import Chosen
from gateway.domain.consent import ConsentRecord
from gateway.domain.entries import BLOCK, MAX_ENTRIES, UNBLOCK
from gateway.domain.parties import Partner
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services import obstacles
from gateway.services.review import read_review
from gateway.services.shares import allowance


@dataclass(frozen=True, slots=True)
class Choice:
    """`cut` counts the blocks that the consent's maximum left out."""

    chosen: Chosen
    cut: int


def choose(
    uow: UnitOfWork, batch: Batch, partner: Partner, consent: ConsentRecord | None, at: Micros
) -> Choice | None:
    """None for a partner that two officers signed as withheld: a consent that came or grew
    afterwards adds nothing (promise I). `consent` is the one that rules at `at`."""
    review = read_review(batch.review)
    if partner.id in review.withheld:
        return None
    share = next((share for share in review.shares if share.partner == partner.id), None)
    then = obstacles.ruling_consent(uow, partner, batch.released_at or 0)
    signed = slices.Taker(partner, then, share.block if share is not None else 0)
    covered = slices.Taker(partner, consent, MAX_ENTRIES)
    within = slices.Taker(partner, consent, allowance(uow, partner, consent, at))
    chosen = Chosen()
    for block in uow.lists.blocks(batch.id):
        standing = _not_freed(uow, block)
        before = _sealed_before(uow, partner, standing)
        wanted = covered.take(signed.take(standing, before), before)
        chosen.add(within.take(wanted, before))
    return Choice(chosen, covered.taken - within.taken)


def _not_freed(uow: UnitOfWork, entries: Sequence[Entry]) -> list[Entry]:
    """Without blocks whose number a later released batch unblocks: a block that waited for weeks
    must not go out after the decision that freed the person."""
    latest = uow.lists.released_before([e.number for e in entries if e.action == BLOCK])
    freed = {number for number, action in latest.items() if action == UNBLOCK}
    return [e for e in entries if e.action == UNBLOCK or e.number not in freed]


def _sealed_before(uow: UnitOfWork, partner: Partner, entries: Sequence[Entry]) -> frozenset[int]:
    """Of the numbers to unblock, those that the partner was ever sealed as a block."""
    unblocks = [entry.number for entry in entries if entry.action == UNBLOCK]
    return uow.deliveries.sealed_numbers(partner.id, unblocks) if unblocks else frozenset()
