"""To which of a partner's keys a parcel is sealed, and what shows that the partner has a new one.

While a partner has several valid seal keys, the newest that it has confirmed is used: it signed a
receipt over a parcel that was sealed to that key. Before, the one that was there first stays in use
(docs/keys.md). Both facts stand in the ledger.
"""

import json
from collections.abc import Iterator

from gateway.domain.canonical import JsonObject
from gateway.domain.delivery import Delivery, State
from gateway.domain.ledger import Tag
from gateway.domain.parties import Partner
from gateway.domain.times import Micros
from gateway.domain.trust import SEALS_WITH, Owner, OwnerKind, PinnedKey, Role
from gateway.ports import DeliveryFilter, UnitOfWork

RECENT = 10
"""Of a partner's newest acknowledged deliveries, how many are looked at for a confirmation; those
that were sealed more than once are always looked at."""


def recipient(uow: UnitOfWork, partner: Partner, at: Micros) -> PinnedKey:
    """The seal key to use now, one that fits the partner's envelope.

    Raises NotVerified("no-key").
    """
    valid = candidates(uow, partner, at)
    if len(valid) < 2:
        owner = Owner(OwnerKind.PARTNER, partner.id)
        among = SEALS_WITH[partner.envelope]
        return uow.registry.trust().newest(owner, Role.SEAL, at, among)
    confirmed = confirmations(uow, partner.id)
    return next((key for key in reversed(valid) if key.kid in confirmed), valid[0])


def candidates(uow: UnitOfWork, partner: Partner, at: Micros) -> list[PinnedKey]:
    """The partner's valid seal keys of its envelope, oldest first."""
    owner, among = Owner(OwnerKind.PARTNER, partner.id), SEALS_WITH[partner.envelope]
    keys = uow.registry.trust().of(owner)
    valid = [k for k in keys if k.role is Role.SEAL and k.alg in among and k.valid_at(at)]
    return sorted(valid, key=lambda key: (key.not_before, key.kid))


def confirmations(uow: UnitOfWork, partner: str) -> frozenset[str]:
    """The seal keys that the partner confirmed: it signed that it opened a parcel for them."""
    return frozenset(
        kid
        for delivery in _worth_a_look(uow, partner)
        for number in _acknowledged(uow, delivery)
        if (kid := sealed_to(uow, delivery).get(number))
    )


def used_by(uow: UnitOfWork, partner: str) -> frozenset[str]:
    """The statement keys under which the partner signed its last receipts."""
    return frozenset(
        receipt.kid
        for delivery in _worth_a_look(uow, partner)
        for receipt in uow.inbox.receipts(delivery.id)
    )


def _worth_a_look(uow: UnitOfWork, partner: str) -> list[Delivery]:
    wanted = DeliveryFilter(partner=partner, states=(State.ACKNOWLEDGED,))
    done = sorted(uow.deliveries.deliveries(wanted), key=lambda d: -(d.acknowledged_at or 0))
    return [one for place, one in enumerate(done) if place < RECENT or one.sealing > 1]


def _acknowledged(uow: UnitOfWork, delivery: Delivery) -> Iterator[int]:
    """The numbers of the sealings that positive receipts name."""
    for receipt in uow.inbox.receipts(delivery.id):
        if receipt.result == "positive":
            for facts in said(uow, receipt.statement, Tag.RECEIPT_RECORD):
                yield int(str(facts["sealing"]))


def sealed_to(uow: UnitOfWork, delivery: Delivery) -> dict[int, str]:
    """By number of a delivery's sealings the key that each was made for."""
    return {
        int(str(facts["sealing"])): str(facts["kid"])
        for facts in said(uow, delivery.manifest, Tag.DELIVERY_SEAL)
        if facts.get("delivery") == delivery.id
    }


def said(uow: UnitOfWork, digest: str, tag: Tag) -> Iterator[JsonObject]:
    """The facts of the ledger's events of a kind that name this digest, oldest first."""
    for index in uow.log.find(digest):
        leaf = uow.log.leaf(index)
        facts: JsonObject = json.loads(leaf.event) if leaf.event else {}
        if facts.get("event") == tag:
            yield facts
