"""Who may see which entries of a batch: by partner, basis and consent (promise G)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from gateway.domain.batch import Entry
from gateway.domain.chosen import Chosen, Traits
from gateway.domain.consent import ConsentRecord
from gateway.domain.entries import BLOCK, DELISTED, LISTED, UNBLOCK, SliceEntry
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.statements import OPTIONAL_FIELDS

VOLUNTARY_BASIS = "sukarela"

FOREIGN_ROUTE = "ott"
"""The route of a foreign number: OTT partners only, never an operator (domain.md 0, fact 4)."""


def select(
    partner: Partner,
    entries: Iterable[Entry],
    consent: ConsentRecord | None,
    sealed_before: frozenset[int],
    allowance: int,
) -> list[Entry]:
    """The entries of a batch that this partner may receive, in their order.

    An operator gets its own numbers. An OTT gets what its live consent covers, nothing without one,
    and never more entries than `allowance`: what the consent's maximum leaves in the running
    period. An unblock goes to every partner that was ever sealed that number (`sealed_before`),
    whatever consent or plan say now: it frees a person.
    """
    if partner.kind is PartnerKind.SOURCE:
        return []
    chosen = [e for e in entries if _may_receive(partner, e, consent, sealed_before)]
    return _within(chosen, allowance) if partner.kind is PartnerKind.OTT else chosen


@dataclass(slots=True)
class Taker:
    """`select` for a batch that is read some entries at a time: `most` is the allowance for all."""

    partner: Partner
    consent: ConsentRecord | None
    most: int
    taken: int = field(default=0, init=False)
    """Blocks until now."""

    def take(self, entries: Iterable[Entry], sealed_before: frozenset[int]) -> list[Entry]:
        """Of the next entries of the batch, those that it may receive."""
        left = max(self.most - self.taken, 0)
        found = select(self.partner, entries, self.consent, sealed_before, left)
        self.taken += sum(entry.action == BLOCK for entry in found)
        return found


def _may_receive(
    partner: Partner, entry: Entry, consent: ConsentRecord | None, sealed_before: frozenset[int]
) -> bool:
    if entry.action == UNBLOCK:
        return entry.number in sealed_before
    if partner.kind is PartnerKind.OPERATOR:
        return entry.route == partner.id
    return consent is not None and consent.covers(entry.category, entry.channel, origin(entry))


def _within(chosen: list[Entry], most: int) -> list[Entry]:
    """Unblocks are never cut; blocks are cut at what the consent still allows, in their order."""
    blocks = [e for e in chosen if e.action == BLOCK]
    if len(blocks) <= most:
        return chosen
    kept = {e.number for e in blocks[:most]}
    return [e for e in chosen if e.action == UNBLOCK or e.number in kept]


def origin(entry: Entry) -> Literal["domestic", "foreign"]:
    """Where the number belongs, as a consent's scope names it."""
    return "foreign" if entry.route == FOREIGN_ROUTE else "domestic"


def to_slice(
    partner: Partner, chosen: Chosen, consent: ConsentRecord | None
) -> Iterator[SliceEntry]:
    """The data lines:

    minimised to the consented fields; columns stay, their content goes (design 8).
    """
    shown = _shown_fields(partner, consent)
    voluntary = partner.kind is PartnerKind.OTT
    cells = [_cells(traits, shown, voluntary) for traits in chosen.traits]
    return (
        SliceEntry(position, number, *cells[kind])
        for position, (number, kind) in enumerate(chosen.rows(), 1)
    )


def _shown_fields(partner: Partner, consent: ConsentRecord | None) -> frozenset[str]:
    if partner.kind is PartnerKind.OPERATOR:
        return frozenset(OPTIONAL_FIELDS)
    return frozenset(consent.terms.fields if consent is not None else ())


def _cells(traits: Traits, shown: frozenset[str], voluntary: bool) -> Traits:
    """The cells behind the number."""
    words = {BLOCK: LISTED, UNBLOCK: DELISTED}
    return Traits(
        action=words[traits.action] if voluntary else traits.action,
        category=traits.category if "category" in shown else "",
        channel=traits.channel if "channel" in shown else "",
        evidence_date=traits.evidence_date if "evidence_date" in shown else "",
        basis=_basis(traits, voluntary) if "basis" in shown else "",
        review_date=traits.review_date if "review_date" in shown else "",
    )


def _basis(traits: Traits, voluntary: bool) -> str:
    """An order's citation must never stand in a voluntary list (domain.md 0, fact 5)."""
    return VOLUNTARY_BASIS if voluntary else traits.basis
