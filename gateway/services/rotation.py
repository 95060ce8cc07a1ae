"""Rotation of the gateway's own keys, and retirement of any pinned key (docs/keys.md, promise I).

Two officers announce a new key for a later day; from that day on it signs, as the newest valid one.
The older one verifies until it ends or two officers retire it. Nothing is switched by hand.
"""

from dataclasses import dataclass, replace

from gateway.domain.errors import Conflict, InputError, NotPermitted
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import ApprovalRecord
from gateway.domain.rotation import (
    announcement_digest,
    begins,
    lasts_until,
    planned,
    retirement_digest,
)
from gateway.domain.times import DAY, MINUTE, SECOND, Micros, to_wire
from gateway.domain.trust import COUNTERSIGNS_WITH, SEALS_WITH, OwnerKind, PinnedKey, Role
from gateway.ports import Clock, Store, UnitOfWork
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event
from gateway.services.officers import pinned

GRACE: Micros = 1 * DAY
"""How long after the announced moment the second officer may still sign: after a loss a key is
announced for now. Until then its window is empty, so nobody can have used it."""


MAKING: Micros = 1 * MINUTE
"""How long a key may take to be made after "from now on" was said; it counts from then."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What officers do to change keys."""

    store: Store
    approvals: Approvals
    clock: Clock

    def proposed(self, role: Role) -> PinnedKey | None:
        """The announcement of this role that waits for its second officer."""
        with self.store.read() as uow:
            name = uow.registry.gateway().name
            keys = [k for k in uow.registry.trust().keys if _is_proposed(k, name)]
            mine = [k for k in keys if k.role is role and _announced(uow, k)]
        return max(mine, key=lambda key: (key.not_before, key.kid), default=None)

    def announce(self, key: PinnedKey, by: Signatory) -> PinnedKey:
        """One officer's signature under a new key of the gateway that will count from its
        `not_before` on. Until the second one's it is pinned with an empty window.

        Raises NotPermitted (another's key), Conflict (pinned already), InputError (a day gone by).
        """
        at = self.clock.now()
        if begins(key.not_before) < begins(at - MAKING):
            raise InputError("a key is announced for a day to come", hint="--days 14")
        begin = max(begins(key.not_before), begins(at))
        first = replace(key, not_before=begin, not_after=begin)
        with self.store.write() as uow:
            _require_own(uow, first)
            if any(one.kid == key.kid for one in uow.registry.trust().keys):
                raise Conflict(f"key {key.kid} is pinned already", hint="palang key list")
            self._sign(uow, first, by, at)
            # a crash here leaves a private key that no pin names: it is never used; announce again
            uow.commit("key.announce")
        return first

    def approve(self, kid: str, by: Signatory) -> PinnedKey:
        """The second officer's signature: the key counts from the announced day on.

        Raises NotFound, Conflict (nothing waits, or its day is over), NotPermitted (signs twice).
        """
        at = self.clock.now()
        with self.store.write() as uow:
            key = pinned(uow, kid)
            _require_own(uow, key)
            if not _is_proposed(key, key.owner.id) or not _announced(uow, key):
                raise Conflict(f"key {kid} waits for nobody's signature", hint="palang key list")
            if at > key.not_before + GRACE:
                raise Conflict(
                    f"key {kid} was announced for {to_wire(key.not_before)}, which is over",
                    hint=f"announce another one: palang key rotate {key.role} --new",
                )
            key = self._sign(uow, key, by, at)
            # a crash here leaves the announcement with one signature: sign again
            uow.commit("key.announce")
        return key

    def _sign(self, uow: UnitOfWork, key: PinnedKey, by: Signatory, at: Micros) -> PinnedKey:
        whole = planned(key)
        asked = Asked(Act.KEY_ANNOUNCE, f"key:{key.kid}", announcement_digest(whole))
        words = self.approvals.join(uow, by, asked, at)
        if len(words) >= NEEDED:
            key = whole
        event = _event(Tag.KEY_ANNOUNCE, words, whole)
        uow.save(words[-1], event)
        uow.save(key, event)
        return key

    def retire(self, kid: str, by: Signatory) -> PinnedKey:
        """One officer's signature under the end of a key that was replaced; the second ends it now.

        Unlike a revocation it says nothing bad of the key. Raises NotFound, Conflict (ended
        already, or its owner would be left without one), NotPermitted (an officer's, signs twice).
        """
        at = self.clock.now()
        with self.store.write() as uow:
            key = pinned(uow, kid)
            _refuse_retirement(uow, key, at)
            asked = Asked(Act.KEY_RETIRE, f"key:{key.kid}", retirement_digest(key))
            words = self.approvals.join(uow, by, asked, at)
            if len(words) >= NEEDED:
                key = replace(key, not_after=max(begins(at), key.not_before + SECOND))
            event = _event(Tag.KEY_RETIRE, words, key)
            uow.save(words[-1], event)
            if len(words) >= NEEDED:
                uow.save(key, event)
            # a crash here leaves the key as it was, without this signature: sign again
            uow.commit("key.retire")
        return key


def announcement(uow: UnitOfWork, key: PinnedKey) -> tuple[ApprovalRecord, ...]:
    """The officers' words under a key of the gateway, of different officers with different keys;
    empty where it was not announced, or has not enough of them yet."""
    over = announcement_digest(key)
    words = [word for word in _announced(uow, key) if word.digest == over]
    enough = len({word.officer for word in words}) >= NEEDED
    return tuple(words[:NEEDED]) if enough else ()


def _announced(uow: UnitOfWork, key: PinnedKey) -> list[ApprovalRecord]:
    words = uow.registry.approvals(f"key:{key.kid}")
    return [word for word in words if word.act == Act.KEY_ANNOUNCE]


def _is_proposed(key: PinnedKey, gateway: str) -> bool:
    own = key.owner.kind is OwnerKind.GATEWAY and key.owner.id == gateway
    return own and key.not_before == key.not_after and key.revoked is None


def _event(tag: Tag, words: list[ApprovalRecord], key: PinnedKey) -> LedgerEvent:
    facts = {
        "role": str(key.role),
        "begins": to_wire(key.not_before),
        "ends": to_wire(key.not_after),
        "signatures": len(words),
    }
    return approval_event(tag, words[-1], dict(facts))


def _require_own(uow: UnitOfWork, key: PinnedKey) -> None:
    if key.owner.kind is not OwnerKind.GATEWAY or key.owner.id != uow.registry.gateway().name:
        raise NotPermitted(
            f"key {key.kid} is {key.owner.id}'s, not one of this gateway",
            hint="a partner announces its new keys with a new card",
        )


def _refuse_retirement(uow: UnitOfWork, key: PinnedKey, at: Micros) -> None:
    if key.owner.kind is OwnerKind.OFFICER:
        raise NotPermitted(
            f"key {key.kid} is officer {key.owner.id}'s",
            hint=f"palang officer revoke {key.owner.id} closes the officer with the key",
        )
    if key.revoked is not None or at >= key.not_after:
        raise Conflict(f"key {key.kid} counts no more already", hint="palang key list")
    others = [k for k in uow.registry.trust().of(key.owner) if k.kid != key.kid]
    forms = SEALS_WITH if key.role is Role.SEAL else COUNTERSIGNS_WITH
    for envelope in (one for one, among in forms.items() if key.alg in among):
        if lasts_until([k for k in others if k.alg in forms[envelope]], key.role, at) is not None:
            continue
        raise Conflict(
            f"without key {key.kid} {key.owner.id} has no valid {key.role} key for {envelope}",
            hint="wait until its next one counts; a lost key is revoked: palang key revoke",
        )
