"""What officers look at before they sign a card: the difference from the one that rules, and the
key sheet that both parties sign on paper."""

from dataclasses import dataclass

from gateway.domain.card_changes import Change, changes
from gateway.domain.errors import Conflict, NotVerified
from gateway.domain.fingerprints import same
from gateway.domain.key_sheet import KeySheet
from gateway.domain.parties import Partner, Standing
from gateway.domain.statements import Card
from gateway.domain.times import Micros, to_wire
from gateway.domain.trust import OwnerKind, PinnedKey, Trust
from gateway.ports import UnitOfWork
from gateway.services.cards import OpenCard, OpenedCard


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an officer signs: the card's digest; by telephone its fingerprint is compared.

    `changes` are the differences from the card that rules; without one, all that the card says.
    """

    partner: Partner
    digest: str
    fingerprint: str
    keys: tuple[PinnedKey, ...]
    changes: tuple[Change, ...] = ()


def ruling_card(uow: UnitOfWork, partner: Partner | None, open_card: OpenCard) -> Card | None:
    """The card by which this partner is live, None before that. Raises NotVerified, NotFound."""
    if partner is None or partner.standing is not Standing.LIVE:
        return None
    kept = uow.inbox.inbound_by_digest(partner.card)
    return open_card(kept.body, uow.registry.gateway().name, kept.received_at).card


def proposal(partner: Partner, opened: OpenedCard, ruling: Card | None) -> Proposal:
    """What is shown of a card, held against the one that rules."""
    return Proposal(
        partner, opened.digest, opened.fingerprint, opened.keys, changes(ruling, opened.card)
    )


def check_heard(opened: OpenedCard, heard: str) -> None:
    """Raise NotVerified where the fingerprint heard by phone is another one; "" is no word."""
    if heard and not same(opened.fingerprint, heard):
        raise NotVerified(
            "bad-digest",
            f"card of {opened.card.iss}: its fingerprint is {opened.fingerprint}, another one was "
            "heard by telephone",
            hint="sign nothing: it is not the card that the partner holds; ask for the file again",
        )


def key_sheet(
    uow: UnitOfWork, partner: Partner, waiting: OpenedCard | None, at: Micros
) -> KeySheet:
    """All that a partner checks with: the gateway's, the officers' and its own keys, those of a
    card that waits for approval included. Raises Conflict for a key that is another's."""
    pins = uow.registry.trust()
    mine = [key for key in pins.keys if key.owner.kind is not OwnerKind.PARTNER]
    own = [key for key in pins.keys if key.owner.id == partner.id and key not in mine]
    known = {key.kid for key in pins.keys}
    new = [key for key in waiting.keys if key.kid not in known] if waiting else []
    if not own and not new:
        raise Conflict(f"partner {partner.id} has no keys", hint="palang partner add CARD")
    card = waiting.digest if waiting else partner.card
    trust = Trust(pins.gateway, (*mine, *own, *new))
    return KeySheet(partner.id, partner.name, card, to_wire(at), trust)
