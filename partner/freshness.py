"""Whether the gateway still speaks: a head is good until the moment that it names (threats.md D3).

Whoever holds back everything, parcels and heads, can't hold back the clock.
"""

from typing import NamedTuple

from gateway.domain.times import HOUR, Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from partner import heard
from partner.identity import TRUST
from partner.kit import Kit
from partner.state import Tx

FIRST_HEAD = 48 * HOUR  # microseconds after pinning a gateway that signs heads


class Freshness(NamedTuple):
    """`until` is the end of the newest head, 0 before the first. `frozen` where somebody must ask
    the gateway by another way; `heads` is False for a gateway that signs none."""

    heads: bool
    frozen: bool
    until: Micros
    sequence: int


def freshness(kit: Kit, tx: Tx) -> Freshness:
    """How it stands now. Raises NotVerified("no-pin")."""
    pins, at = kit.pins(), kit.clock.now()
    head = heard.newest_head(tx, pins)
    if head is not None:
        return Freshness(True, at >= head.until, head.until, head.sequence)
    if not signs_statements(pins):
        return Freshness(False, False, 0, 0)
    pinned = (kit.home / TRUST).stat().st_mtime_ns // 1000
    return Freshness(True, at - pinned >= FIRST_HEAD, 0, 0)


def signs_statements(pins: Trust) -> bool:
    """Whether this gateway has a key for answers and heads: an older one says neither."""
    owner = Owner(OwnerKind.GATEWAY, pins.gateway)
    return any(key.role is Role.STATEMENT for key in pins.of(owner))
