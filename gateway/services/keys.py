"""Revocation of a pinned key of the gateway or a partner: a trust change, by two officers (I)."""

from dataclasses import dataclass

from gateway.domain.errors import Conflict, NotPermitted
from gateway.domain.ledger import Tag
from gateway.domain.trust import OwnerKind, PinnedKey
from gateway.ports import Clock, Store
from gateway.services.approvals import NEEDED, Act, Approvals, Asked, Signatory, approval_event
from gateway.services.officers import pinned, revocation_digest


@dataclass(frozen=True, slots=True)
class Keys:
    """What officers do with pinned keys."""

    store: Store
    approvals: Approvals
    clock: Clock

    def revoke(self, kid: str, by: Signatory) -> PinnedKey:
        """One officer's signature under a revocation; the second one revokes, for the next send on.

        What the key signed before stays proven: it counts as of its ledger leaf. Raises NotFound,
        Conflict (revoked already), NotPermitted (an officer's key, or signs twice).
        """
        at = self.clock.now()
        with self.store.write() as uow:
            key = pinned(uow, kid)
            _refuse(key)
            asked = Asked(Act.KEY_REVOKE, f"key:{key.kid}", revocation_digest(key))
            words = self.approvals.join(uow, by, asked, at)
            event = approval_event(Tag.KEY_REVOKE, words[-1], {"signatures": len(words)})
            uow.save(words[-1], event)
            if len(words) >= NEEDED:
                key = key.revoked_at(at)
                uow.save(key, event)
            # a crash here leaves the key valid, without this signature: sign again
            uow.commit("key.revoke")
        return key


def _refuse(key: PinnedKey) -> None:
    if key.owner.kind is OwnerKind.OFFICER:
        raise NotPermitted(
            f"key {key.kid} is officer {key.owner.id}'s",
            hint=f"palang officer revoke {key.owner.id} closes the officer with the key",
        )
    if key.revoked is not None:
        raise Conflict(f"key {key.kid} is revoked already")
