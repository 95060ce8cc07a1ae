"""Keeping the exchange store as it should be: partners as they are now, nothing that is done with.

The worker calls these before it collects, so that a revoked key, a closed partner or a changed rule
counts from the next request on.
"""

from collections.abc import Collection
from dataclasses import replace

from gateway.domain.parties import Partner, Standing
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Owner, OwnerKind, Trust, write_trust
from gateway.ports import Exchange, ExchangePartner, TransportRules

KEEP: Micros = 30 * DAY
"""How long answers and the digests of taken statements stay."""


def publish_partner(
    exchange: Exchange, partner: Partner, trust: Trust, rules: TransportRules, gateway: str
) -> bool:
    """Write the partner where it differs from what is published; whether it did.

    Only its own public keys and the gateway's go out, never another partner's or an officer's.
    """
    wanted = ExchangePartner(
        id=partner.id,
        gateway=gateway,
        live=partner.standing is Standing.LIVE,
        card=partner.card,
        trust=_shown(trust, partner.id, gateway),
        rules=rules,
    )
    if exchange.partner(partner.id) == wanted:
        return False
    exchange.put_partner(wanted)
    return True


def unpublish(exchange: Exchange, partner: str) -> bool:
    """Let a partner in no more that pulls no longer; whether it was let in until now."""
    published = exchange.partner(partner)
    if published is None or not published.live:
        return False
    exchange.put_partner(replace(published, live=False))
    return True


def remove_acknowledged(
    exchange: Exchange, partner: str, acknowledged: Collection[str], before: Micros
) -> int:
    """Delete the bytes of parcels (by digest) that the partner acknowledged and that were published
    before then; returns how many. Asked for again, the worker publishes them again."""
    done = [
        parcel.digest
        for parcel in exchange.published(partner)
        if parcel.digest in acknowledged and parcel.published_at < before
    ]
    return exchange.remove(partner, done) if done else 0


def _shown(trust: Trust, partner: str, gateway: str) -> bytes:
    owners = (Owner(OwnerKind.PARTNER, partner), Owner(OwnerKind.GATEWAY, gateway))
    keys = sorted(
        (key for owner in owners for key in trust.of(owner)), key=lambda key: (key.owner, key.kid)
    )
    return write_trust(Trust(gateway, keys))
