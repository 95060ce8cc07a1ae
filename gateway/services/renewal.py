"""A new sealing of the same manifest, when the key it was sealed to is gone (design 1, Sealing).

The manifest keeps its digest for life; only the envelope around it is made again.
"""

from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, State
from gateway.domain.errors import Conflict, Taken
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.records import Sealing, Stream
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey, Trust
from gateway.ports import Clock, HighWater, Signatures, Store, UnitOfWork
from gateway.services import recipients, resigning, slicing
from gateway.services.packing import Packer
from gateway.services.purged import purged
from gateway.services.resigning import signed_now


@dataclass(frozen=True, slots=True)
class Mark:
    """What may leave the house next, with every partner's sequence: what another machine's worker
    sealed is in this worker's file too (promise E)."""

    epoch: int
    size: int
    streams: tuple[Stream, ...]

    def raise_in(self, highwater: HighWater) -> None:
        """Record it in the file outside the database."""
        highwater.raise_to(self.epoch, self.size, self.streams)


@dataclass(frozen=True, slots=True)
class Ready:
    """What the next attempt of a delivery stands on, in one view of the store. `sealing` is the
    current one, None before the first; its parcel's bytes never change."""

    delivery: Delivery
    sealing: Sealing | None
    mark: Mark


def raise_highwater(store: Store, highwater: HighWater) -> None:
    """Record what may leave the house next."""
    with store.read() as uow:
        mark = _mark(uow)
    mark.raise_in(highwater)


def _mark(uow: UnitOfWork) -> Mark:
    epoch = uow.registry.gateway().epoch
    return Mark(epoch, uow.log.size(), uow.deliveries.streams(epoch))


@dataclass(frozen=True, slots=True)
class RenewalService:
    """Seals again what can't be opened any more."""

    store: Store
    clock: Clock
    packer: Packer
    signatures: Signatures

    def ready(self, delivery_id: str) -> Ready:
        """What its next attempt sends. A sealed delivery gets a new sealing first, if a key of its
        current one is revoked or retired: the one it is sealed to, or the one that signed.

        Raises NotVerified: no-key (there is no other), bad-digest (slicing.rebuild).
        """
        now = self.clock.now()
        with self.store.read() as uow:
            found = self._look(uow, delivery_id)
            if found.sealing is None or self._counts(uow, found.sealing):
                return found
        self._renew(found.delivery, now)
        with self.store.read() as uow:
            return self._look(uow, delivery_id)

    def still_counts(self, sealing: Sealing) -> bool:
        """Whether the keys of that sealing are valid now: the partner's and the gateway's."""
        with self.store.read() as uow:
            return self._counts(uow, sealing)

    def _counts(self, uow: UnitOfWork, sealing: Sealing) -> bool:
        now, trust = self.clock.now(), uow.registry.trust()
        record = uow.deliveries.manifest(sealing.delivery)
        return (
            record is not None
            and _is_valid(trust, sealing.kid, now)
            and resigning.counts(trust, record, sealing.at, now)
        )

    def _look(self, uow: UnitOfWork, delivery_id: str) -> Ready:
        delivery = uow.deliveries.delivery(delivery_id)
        sealing = uow.deliveries.sealing(delivery_id, delivery.sealing) if delivery.sealed else None
        if sealing is not None and not sealing.parcel:
            raise purged(uow, "parcels", delivery_id)
        return Ready(delivery, sealing, _mark(uow))

    def try_key(self, delivery: Delivery, key: PinnedKey, now: Micros) -> None:
        """Seal an acknowledged delivery to this key and let it go once more (services/trials.py).

        Raises Taken where it changed meanwhile, NotVerified("bad-digest").
        """
        self._renew(delivery, now, key)

    def _renew(self, delivery: Delivery, now: Micros, key: PinnedKey | None = None) -> None:
        with self.store.read() as uow:
            record = uow.deliveries.manifest(delivery.id)
            if record is None:
                raise Conflict(f"delivery {delivery.id} has a sealing without a manifest")
            partner = uow.registry.partner(delivery.partner)
            recipient = key or recipients.recipient(uow, partner, now)
            data = slicing.rebuild(uow, record, read_manifest(record.body))
            trust = uow.registry.trust()
        signed = signed_now(record, trust, self.packer.keyring, self.signatures, now)
        parcel = self.packer.parcel(signed, data, partner.envelope, recipient, now)
        self._keep(delivery, parcel, recipient, now, trial=key is not None)

    def _keep(
        self,
        before: Delivery,
        parcel: bytes,
        recipient: PinnedKey,
        now: Micros,
        *,
        trial: bool = False,
    ) -> None:
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
            renewed = replace(delivery, sealing=number)
            uow.save(renewed, event)
            if trial:
                _owe(uow, renewed, now)
            # a crash before leaves the old sealing, and the next attempt renews it again; after,
            # the next attempt sends the new one
            uow.commit("delivery.seal")


def _owe(uow: UnitOfWork, delivery: Delivery, now: Micros) -> None:
    """An acknowledged delivery goes once more. Raises Taken where it is acknowledged no longer."""
    if delivery.state is not State.ACKNOWLEDGED or delivery.due_at:
        raise Taken(f"delivery {delivery.id} is on its way already")
    facts = {
        "delivery": delivery.id,
        "partner": delivery.partner,
        "state": str(delivery.state),
        "reason": "key-trial",
    }
    uow.save(replace(delivery, due_at=now), LedgerEvent(Tag.DELIVERY_REQUEUE, now, facts))


def _is_valid(trust: Trust, kid: str, at: Micros) -> bool:
    return any(key.kid == kid and key.valid_at(at) for key in trust.keys)
