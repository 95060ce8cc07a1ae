"""Sealing: the numbered durable step inside QUEUED (design 3 and 4, docs/delivery-cycle.md step 2).

Read, build outside, then one short transaction that gives sequence, manifest and parcel at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Event, State
from gateway.domain.errors import NotPermitted, NotVerified, Taken
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import Manifest
from gateway.domain.parcel import SALT_BYTES
from gateway.domain.parties import Standing
from gateway.domain.records import ManifestRecord, Sealing
from gateway.domain.times import Micros
from gateway.domain.trust import Role
from gateway.ports import Clock, HighWater, Keyring, Signatures, Store, UnitOfWork
from gateway.services import obstacles, slicing
from gateway.services.checkpoints import CheckpointService
from gateway.services.halting import commit_halt, halt
from gateway.services.obstacles import Obstacle
from gateway.services.packing import Packer
from gateway.services.renewal import raise_highwater
from gateway.services.slicing import Plan, Release


@dataclass(frozen=True, slots=True)
class Sealed:
    """What became of one delivery: sealed (reason ""), or why not.

    `cut` counts the blocks that the consent's maximum left out: a person should know of them.
    """

    delivery: str
    sequence: int
    entries: int
    reason: str = ""
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything of a sealing but its place in the database."""

    plan: Plan
    record: ManifestRecord
    parcel: bytes


@dataclass(frozen=True, slots=True)
class SealingService:
    """Seals what is queued. `draw` gives random bytes (secrets.token_bytes)."""

    store: Store
    clock: Clock
    keyring: Keyring
    signatures: Signatures
    packer: Packer
    checkpoints: CheckpointService
    highwater: HighWater
    release: Release
    draw: Callable[[int], bytes]

    def waiting(self) -> tuple[str, ...]:
        """Live partners with unsealed deliveries."""
        with self.store.read() as uow:
            live = [p.id for p in uow.registry.partners() if p.standing is Standing.LIVE]
            return tuple(p for p in live if uow.deliveries.unsealed(p))

    def seal_partner(
        self, partner: str, tell: Callable[[Sealed], None] = lambda _: None, most: int | None = None
    ) -> int:
        """Seal unsealed deliveries of a partner in batch order, at most `most`; returns how many.

        `tell` hears of each as soon as it is done. Raises NotVerified("no-key") where a key of the
        partner or the gateway is missing, Taken where another changed a delivery meanwhile: what
        is not done stays queued.
        """
        done = 0
        while done != most and (outcome := self._next(partner)) is not None:
            tell(outcome)
            done += 1
        return done

    def _next(self, partner: str) -> Sealed | None:
        now = self.clock.now()
        with self.store.read() as uow:
            waiting = uow.deliveries.unsealed(partner)
            if not waiting:
                return None
            delivery = waiting[0]
            wanted = self._plan(uow, delivery, now)
        if isinstance(wanted, Obstacle):
            return self._halt(delivery.id, wanted)
        return self._keep(self._draft(wanted, now))

    def _plan(self, uow: UnitOfWork, delivery: Delivery, now: Micros) -> Plan | Obstacle:
        try:
            return slicing.plan(uow, delivery, self.release, now)
        except (NotPermitted, NotVerified) as error:
            if isinstance(error, NotVerified) and error.reason == "no-key":
                raise
            # a release without two valid signatures is a dead letter for a person to look at; it
            # must not hold up the batches behind it (promise I)
            return Obstacle(Event.GIVE_UP, "release-not-verified")

    def _halt(self, delivery_id: str, obstacle: Obstacle) -> Sealed:
        with self.store.write(DeliveryId.parse(delivery_id).partner) as uow:
            delivery = uow.deliveries.delivery(delivery_id)
            if delivery.state is State.QUEUED and not delivery.sealed:
                halt(uow, delivery, obstacle, self.clock.now())
                commit_halt(uow, obstacle)
        return Sealed(delivery_id, 0, 0, obstacle.reason)

    def _draft(self, wanted: Plan, now: Micros) -> Draft:
        note = self.checkpoints.covering(wanted.release_size).note
        salt = self.draw(SALT_BYTES)
        content = slicing.cut_slice(wanted.partner, wanted.chosen, wanted.consent, salt)
        manifest = slicing.head_of(wanted, content, note, now)
        record = self._sign(manifest, salt, now)
        envelope = wanted.partner.envelope
        parcel = self.packer.parcel(record, content.data, envelope, wanted.recipient, now)
        return Draft(wanted, record, parcel)

    def _sign(self, manifest: Manifest, salt: bytes, now: Micros) -> ManifestRecord:
        body = manifest.to_bytes()
        signer = self.keyring.signer(Role.MANIFEST, now)
        return ManifestRecord(
            delivery=str(manifest.delivery),
            partner=manifest.partner,
            epoch=manifest.epoch,
            sequence=manifest.sequence,
            digest=digest(body),
            body=body,
            jws=self.signatures.sign_detached(body, "manifest", signer),
            salt=salt,
        )

    def _keep(self, draft: Draft) -> Sealed:
        plan, record, now = draft.plan, draft.record, self.clock.now()
        with self.store.write(record.partner) as uow:
            delivery = uow.deliveries.delivery(plan.delivery.id)
            self._check_unchanged(uow, delivery, plan, now)
            sealing = Sealing(
                delivery.id, 1, draft.parcel, digest(draft.parcel), plan.recipient.kid, now
            )
            event = _seal_event(draft, sealing)
            after = replace(plan.stream, sequence=record.sequence, previous=record.digest, voids=())
            uow.deliveries.advance(plan.stream, after)
            uow.save(record, event)
            uow.deliveries.put_slice(delivery.id, plan.chosen)
            uow.save(sealing, event)
            sealed = replace(
                delivery,
                epoch=record.epoch,
                sequence=record.sequence,
                manifest=record.digest,
                sealing=1,
            )
            uow.save(sealed, event)
            # a crash before leaves an unsealed delivery in the queue, and the next round draws a
            # new salt: no sequence was taken and nothing left the house. A crash after leaves a
            # sealed delivery that the next round sends
            uow.commit("delivery.seal")
        raise_highwater(self.store, self.highwater)
        return Sealed(delivery.id, record.sequence, len(plan.chosen), cut=plan.cut)

    def _check_unchanged(
        self, uow: UnitOfWork, delivery: Delivery, plan: Plan, now: Micros
    ) -> None:
        """What was read before building must still rule. Raises Taken: read again."""
        batch = uow.lists.batch(delivery.batch)
        ruling = obstacles.ruling_consent(uow, plan.partner, now)
        same = (
            delivery == plan.delivery
            and not obstacles.is_stopped(batch)
            and (ruling.digest if ruling else "") == (plan.consent.digest if plan.consent else "")
        )
        if not same:
            raise Taken(
                f"delivery {delivery.id} changed while it was being sealed",
                hint="nothing was lost; the next round seals it again",
            )


def _seal_event(draft: Draft, sealing: Sealing) -> LedgerEvent:
    plan, record = draft.plan, draft.record
    facts = {
        "delivery": record.delivery,
        "partner": record.partner,
        "batch": plan.batch.id,
        "epoch": record.epoch,
        "sequence": record.sequence,
        "manifest": record.digest,
        "parcel": sealing.digest,
        "sealing": sealing.number,
        "kid": sealing.kid,
        "block": plan.chosen.blocks,
        "unblock": plan.chosen.unblocks,
        "cut": plan.cut,
        "voids": len(plan.voids),
    }
    if plan.consent_named:
        facts["consent"] = plan.consent_named
    return LedgerEvent(Tag.DELIVERY_SEAL, sealing.at, facts)
