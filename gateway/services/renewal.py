"""A new sealing of the same manifest, when the key it was sealed to is gone (design 1, Sealing).

The manifest keeps its digest for life; only the envelope around it is made again.
"""

from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery
from gateway.domain.errors import Taken
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.records import Sealing
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role
from gateway.ports import Clock, HighWater, Sealer, Store, UnitOfWork
from gateway.services import slicing


def raise_highwater(store: Store, highwater: HighWater) -> None:
    """Record what may leave the house next, in the file outside the database (promise E).

    With every partner's sequence: what another machine's worker sealed is in this file too.
    """
    with store.read() as uow:
        epoch = uow.registry.gateway().epoch
        streams, size = uow.deliveries.streams(epoch), uow.log.size()
    highwater.raise_to(epoch, size, streams)


@dataclass(frozen=True, slots=True)
class RenewalService:
    """Seals again what can't be opened any more."""

    store: Store
    clock: Clock
    sealer: Sealer

    def renew(self, delivery_id: str) -> bool:
        """Give a sealed delivery a new sealing, if the key of its current one is revoked or
        retired; whether it did.

        Raises NotVerified: no-key (the partner has no other), bad-digest (slicing.rebuild).
        """
        now = self.clock.now()
        with self.store.read() as uow:
            delivery = uow.deliveries.delivery(delivery_id)
            record = uow.deliveries.manifest(delivery_id)
            if record is None or not _is_due(uow, delivery, now):
                return False
            owner = Owner(OwnerKind.PARTNER, delivery.partner)
            recipient = uow.registry.trust().newest(owner, Role.SEAL, now)
            envelope = uow.registry.partner(delivery.partner).envelope
            data = slicing.rebuild(uow, record, read_manifest(record.body))
        parcel = self.sealer.seal(slicing.pack(record, data), envelope, recipient)
        self._keep(delivery, parcel, recipient, now)
        return True

    def _keep(self, before: Delivery, parcel: bytes, recipient: PinnedKey, now: Micros) -> None:
        with self.store.write(before.partner) as uow:
            delivery = uow.deliveries.delivery(before.id)
            if delivery.sealing != before.sealing:
                raise Taken(f"delivery {before.id} was sealed anew by another worker")
            number = delivery.sealing + 1
            sealing = Sealing(delivery.id, number, parcel, digest(parcel), recipient.kid, now)
            facts = {
                "delivery": delivery.id,
                "partner": delivery.partner,
                "manifest": delivery.manifest,
                "parcel": sealing.digest,
                "sealing": number,
                "kid": recipient.kid,
            }
            event = LedgerEvent(Tag.DELIVERY_SEAL, now, facts)
            uow.save(sealing, event)
            uow.save(replace(delivery, sealing=number), event)
            # a crash before leaves the old sealing, and the next attempt renews it again; after,
            # the next attempt sends the new one
            uow.commit("delivery.seal")


def _is_due(uow: UnitOfWork, delivery: Delivery, at: Micros) -> bool:
    kid = uow.deliveries.sealing(delivery.id, delivery.sealing).kid
    return not any(key.kid == kid and key.valid_at(at) for key in uow.registry.trust().keys)
