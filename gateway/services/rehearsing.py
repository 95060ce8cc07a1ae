"""A partner that pulls, while it climbs the ladder: let in at the listener with the keys of the
card that waits; nothing is left lying there once it is live (docs/adr/0009)."""

from dataclasses import replace

from gateway.domain.parties import Partner, Standing
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Owner, OwnerKind, Trust
from gateway.ports import UnitOfWork
from gateway.services.approvals import Act
from gateway.services.cards import OpenCard, to_partner
from gateway.services.waiting_card import waiting_card

CLIMBS: Micros = 14 * DAY
"""How long after its climb began a proposed partner is let in; `--anew` begins it again."""


def as_let_in(
    uow: UnitOfWork, partner: Partner, open_card: OpenCard, at: Micros
) -> tuple[Partner, Trust]:
    """The partner and the keys that the listener goes by now.

    A live one has what two officers approved. One that climbs counts as live there, with its card's
    keys: it gets rehearsals only, for there are no deliveries to it. Raises NotVerified.
    """
    trust = uow.registry.trust()
    if partner.standing is not Standing.PROPOSED:
        return partner, trust
    opened = waiting_card(uow, partner, open_card, at)
    if opened is None or not _climbs(uow, partner.id, opened.digest, at):
        return partner, trust
    ours = trust.of(Owner(OwnerKind.GATEWAY, trust.gateway))
    climber = to_partner(uow, opened, partner.standing, at)
    return replace(climber, standing=Standing.LIVE), Trust(trust.gateway, (*ours, *opened.keys))


def rehearsals(uow: UnitOfWork, partner: str) -> frozenset[str]:
    """Digests of all parcels that the ladder ever made for this partner, with any card."""
    words = uow.registry.approvals(f"partner:{partner}")
    cards = {word.digest for word in words if word.act == Act.PARTNER_PROPOSE}
    notes = (note for card in cards for note in uow.ladder.of(partner, card))
    return frozenset(note.digest for note in notes if note.kind == "parcel")


def _climbs(uow: UnitOfWork, partner: str, card: str, at: Micros) -> bool:
    starts = [note.at for note in uow.ladder.of(partner, card) if note.kind == "start"]
    return bool(starts) and at - starts[-1] < CLIMBS
