"""The card of a partner that waits for a second officer."""

from gateway.domain.parties import Partner, Standing
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.approvals import Act
from gateway.services.cards import OpenCard, OpenedCard


def proposed(uow: UnitOfWork, partner: str) -> ApprovalRecord | None:
    """The latest proposal, by its officer's signature."""
    words = uow.registry.approvals(f"partner:{partner}")
    return next((w for w in reversed(words) if w.act == Act.PARTNER_PROPOSE), None)


def waits(partner: Partner, digest: str) -> bool:
    """Whether the card of this digest is not the one that rules."""
    return partner.standing is Standing.PROPOSED or partner.card != digest


def waiting_card(
    uow: UnitOfWork, partner: Partner, open_card: OpenCard, at: Micros
) -> OpenedCard | None:
    """It, opened; None where none waits. Raises NotVerified."""
    word = proposed(uow, partner.id)
    if word is None or not waits(partner, word.digest):
        return None
    body = uow.inbox.inbound_by_digest(word.digest).body
    return open_card(body, uow.registry.gateway().name, at)
