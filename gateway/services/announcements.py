"""The gateway's new keys as its heads tell them to partners (docs/keys.md, phase announced).

Each comes with the words of two officers, whose keys the partner pinned when it was set up: the key
that signs heads can't bring another key in by itself (threats.md D8).
"""

from gateway.domain.canonical import JsonObject
from gateway.domain.times import DAY, Micros
from gateway.domain.trust import Owner, OwnerKind, key_to_json
from gateway.ports import UnitOfWork
from gateway.services.rotation import announcement

TOLD: Micros = 90 * DAY
"""How long after its first day a key is still told of: a partner may have been away."""

MOST = 16
"""Keys in one head; more than a gateway ever rotates in that time."""


def announcements(uow: UnitOfWork, now: Micros) -> tuple[JsonObject, ...]:
    """What a head made now says, oldest first."""
    owner = Owner(OwnerKind.GATEWAY, uow.registry.gateway().name)
    told: list[JsonObject] = []
    for key in sorted(uow.registry.trust().of(owner), key=lambda key: (key.not_before, key.kid)):
        if key.revoked is not None or now >= min(key.not_after, key.not_before + TOLD):
            continue
        words = announcement(uow, key)
        if words:
            told.append({"key": key_to_json(key), "approvals": [w.jws.decode() for w in words]})
    return tuple(told[-MOST:])
