"""The signed test exchange of a partner's new seal key (docs/keys.md, phase overlap).

A delivery that the partner has acknowledged is sealed once more, to the new key, and sent again.
The partner records it once by its digest, and its receipt names the new parcel: with that the key
is confirmed, and from then on parcels are sealed to it. If it can't open it, nothing is lost: the
delivery stays acknowledged, and the older key stays in use.
"""

from dataclasses import dataclass

from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Conflict, NotVerified
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey
from gateway.ports import Clock, DeliveryFilter, Store, UnitOfWork
from gateway.services.recipients import candidates, confirmations, sealed_to
from gateway.services.renewal import RenewalService


@dataclass(frozen=True, slots=True)
class Trial:
    """A test exchange that was begun: the delivery that goes again, and the key it is for."""

    partner: str
    delivery: str
    kid: str


@dataclass(frozen=True, slots=True)
class TrialService:
    """Begins test exchanges: one for each new key, more where an officer asks."""

    store: Store
    clock: Clock
    renewal: RenewalService

    def run(self) -> list[Trial]:
        """Begin what is due: for each live partner whose newest seal key is neither confirmed nor
        on trial, where there is a delivery to do it with."""
        now = self.clock.now()
        with self.store.read() as uow:
            waiting = [found for p in _receiving(uow) if (found := self._due(uow, p, now))]
        return [self._begin(delivery, key, now) for delivery, key in waiting]

    def again(self, partner: str) -> Trial:
        """One more test exchange with the partner's newest seal key.

        Raises NotFound, NotVerified("no-key"), Conflict (nothing to test with).
        """
        now = self.clock.now()
        with self.store.read() as uow:
            known = uow.registry.partner(partner)
            keys, delivery = candidates(uow, known, now), _latest(uow, partner)
        if not keys:
            raise NotVerified("no-key", f"{partner} has no valid seal key")
        if delivery is None:
            raise Conflict(
                f"{partner} has acknowledged nothing in this epoch that could go again",
                hint="its next delivery is the test: it goes to the key that is there",
            )
        return self._begin(delivery, keys[-1], now)

    def _due(
        self, uow: UnitOfWork, partner: Partner, now: Micros
    ) -> tuple[Delivery, PinnedKey] | None:
        keys = candidates(uow, partner, now)
        if len(keys) < 2 or keys[-1].kid in confirmations(uow, partner.id):
            return None
        newest, delivery = keys[-1], _latest(uow, partner.id)
        if delivery is None or _on_trial(uow, partner.id, newest.kid):
            return None
        return delivery, newest

    def _begin(self, delivery: Delivery, key: PinnedKey, now: Micros) -> Trial:
        self.renewal.try_key(delivery, key, now)
        return Trial(delivery.partner, delivery.id, key.kid)


def _receiving(uow: UnitOfWork) -> list[Partner]:
    return [
        partner
        for partner in uow.registry.partners()
        if partner.standing is Standing.LIVE and partner.kind is not PartnerKind.SOURCE
    ]


def _done(uow: UnitOfWork, partner: str) -> list[Delivery]:
    wanted = DeliveryFilter(partner=partner, states=(State.ACKNOWLEDGED,))
    epoch = uow.registry.gateway().epoch
    return [one for one in uow.deliveries.deliveries(wanted) if one.epoch == epoch]


def _latest(uow: UnitOfWork, partner: str) -> Delivery | None:
    """What was acknowledged last and is not owed already: the smallest surprise for the partner."""
    rested = [one for one in _done(uow, partner) if not one.due_at]
    return max(rested, key=lambda one: one.acknowledged_at or 0, default=None)


def _on_trial(uow: UnitOfWork, partner: str, kid: str) -> bool:
    again = [one for one in _done(uow, partner) if one.sealing > 1]
    return any(kid in sealed_to(uow, one).values() for one in again)
