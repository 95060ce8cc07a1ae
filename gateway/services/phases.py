"""Where every key of a rotation stands, and who knows of it (docs/keys.md)."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.domain.parties import PartnerKind, Standing
from gateway.domain.rotation import Phase, phase
from gateway.domain.statements import Head
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.jws import statement_of
from gateway.services.recipients import confirmations, used_by
from gateway.services.rotation import announcement


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key and its phase. `lacks` are the partners that a gateway's new key was not told to yet,
    by a head that their channel took; sources get no heads, so a person tells them."""

    key: PinnedKey
    phase: Phase
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phases:
    """Reads the phases of all keys of the gateway and of live partners."""

    store: Store
    clock: Clock

    def all(self) -> list[KeyState]:
        """By owner, role and beginning."""
        now = self.clock.now()
        with self.store.read() as uow:
            return list(_all(uow, now))


def _all(uow: UnitOfWork, now: Micros) -> Iterator[KeyState]:
    keys, gateway = uow.registry.trust().keys, uow.registry.gateway().name
    live = [p for p in uow.registry.partners() if p.standing is Standing.LIVE]
    heads = {p.id: _told(uow, p.id) for p in live if p.kind is not PartnerKind.SOURCE}
    owners = {Owner(OwnerKind.PARTNER, p.id) for p in live} | {Owner(OwnerKind.GATEWAY, gateway)}
    for owner in sorted(owners):
        mine = [key for key in keys if key.owner == owner]
        known = _confirmed(uow, owner)
        for key in sorted(mine, key=lambda key: (key.role, key.not_before, key.kid)):
            if owner.kind is OwnerKind.PARTNER:
                yield KeyState(key, phase(key, mine, key.kid in known, now))
                continue
            lacks = sorted(p for p, told in heads.items() if key.kid not in told)
            # one that was never announced was made with the gateway: it is in every trust file
            told = not lacks or not announcement(uow, key)
            step = phase(key, mine, told, now)
            if step is Phase.ANNOUNCED and key.role in (Role.STATEMENT, Role.SEAL):
                lacks += [p.id for p in live if p.kind is PartnerKind.SOURCE]
            waits = step in (Phase.ANNOUNCED, Phase.OVERLAP)
            yield KeyState(key, step, tuple(lacks) if waits else ())


def _confirmed(uow: UnitOfWork, owner: Owner) -> frozenset[str]:
    """The keys of a partner that its own signed words show in use."""
    if owner.kind is not OwnerKind.PARTNER:
        return frozenset()
    return confirmations(uow, owner.id) | used_by(uow, owner.id)


def _told(uow: UnitOfWork, partner: str) -> frozenset[str]:
    """The ids of the keys that the newest head names, where the partner's channel took it."""
    head = uow.outgoing.head(partner)
    word = statement_of(head.body) if head is not None and head.handed_at is not None else None
    if not isinstance(word, Head):
        return frozenset()
    named = [told.get("key") for told in word.keys]
    return frozenset(str(key.get("kid")) for key in named if isinstance(key, dict))
