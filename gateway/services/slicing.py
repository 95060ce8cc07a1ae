"""What one partner gets of one batch, and the bytes that say so: entries.csv, manifest.

`plan` reads, in one consistent view; `Bundle` is built outside any transaction (design 7).
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain import entries as csv
from gateway.domain import slices
from gateway.domain.batch import Batch
from gateway.domain.chosen import Chosen
from gateway.domain.consent import ConsentRecord
from gateway.domain.delivery import Delivery
from gateway.domain.errors import NotVerified
from gateway.domain.ids import DeliveryId
from gateway.domain.manifest import EntriesHead, Manifest, Void
from gateway.domain.parties import Partner, PartnerKind
from gateway.domain.records import ManifestRecord, Stream
from gateway.domain.times import Micros
from gateway.domain.trust import PinnedKey
from gateway.ports import UnitOfWork
from gateway.services import obstacles, recipients
from gateway.services.choosing import Choice, choose
from gateway.services.halting import still_void
from gateway.services.obstacles import Obstacle
from gateway.services.purged import purged

Release = Callable[[UnitOfWork, int], None]
"""Raises NotPermitted or NotVerified where a batch lacks the valid signatures of two different
officers over what is about to be sealed (promise I)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a sealing needs of the store.

    `consent` rules now (None for an operator, and for an OTT that only gets back what it was sent
    before); `consent_named` is the digest that the manifest carries. `cut` counts the blocks that
    the consent's maximum left out. `release_size` is the ledger size that covers the release.
    """

    delivery: Delivery
    batch: Batch
    partner: Partner
    gateway: str
    stream: Stream
    voids: tuple[tuple[int, str], ...]
    consent: ConsentRecord | None
    consent_named: str
    term: str
    chosen: Chosen
    cut: int
    recipient: PinnedKey
    release_size: int


def plan(uow: UnitOfWork, delivery: Delivery, release: Release, at: Micros) -> Plan | Obstacle:
    """What to seal for an unsealed delivery, or why nothing may be.

    Raises NotPermitted or NotVerified for a release that does not hold, NotVerified("no-key") where
    the partner has no key to seal to.
    """
    batch = uow.lists.batch(delivery.batch)
    partner = uow.registry.partner(delivery.partner)
    if found := obstacles.of_batch(batch, partner):
        return found
    release(uow, batch.id)
    consent = obstacles.ruling_consent(uow, partner, at)
    choice = choose(uow, batch, partner, consent, at)
    if choice is None:
        return obstacles.NO_CONSENT
    if not choice.chosen:
        bare = partner.kind is PartnerKind.OTT and consent is None
        return obstacles.NO_CONSENT if bare else obstacles.NOTHING
    return _assemble(uow, delivery, batch, partner, consent, choice, at)


def _assemble(
    uow: UnitOfWork,
    delivery: Delivery,
    batch: Batch,
    partner: Partner,
    consent: ConsentRecord | None,
    choice: Choice,
    at: Micros,
) -> Plan:
    gateway = uow.registry.gateway()
    stream = uow.deliveries.stream(partner.id, gateway.epoch)
    named = consent or _latest_consent(uow, partner)
    covered = uow.log.find(batch.digest)
    return Plan(
        delivery=delivery,
        batch=batch,
        partner=partner,
        gateway=gateway.name,
        stream=stream,
        voids=still_void(uow, stream),
        consent=consent,
        consent_named=named.digest if named else "",
        term=named.terms.target if named else partner.term,
        chosen=choice.chosen,
        cut=choice.cut,
        recipient=recipients.recipient(uow, partner, at),
        release_size=max(covered) + 1 if covered else uow.log.size(),
    )


def _latest_consent(uow: UnitOfWork, partner: Partner) -> ConsentRecord | None:
    """Under which an OTT got what is now freed again, though it ended since."""
    given = uow.registry.consents(partner.id) if partner.kind is PartnerKind.OTT else ()
    return given[-1] if given else None


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice as data: its salt and entries.csv."""

    salt: bytes
    data: bytes

    def head(self) -> EntriesHead:
        """What the manifest says of it."""
        digest = csv.salted_digest(self.salt, self.data)
        return EntriesHead(len(self.data), digest, csv.root_of(self.salt, self.data))


def cut_slice(
    partner: Partner, chosen: Chosen, consent: ConsentRecord | None, salt: bytes
) -> Slice:
    """entries.csv of these entries, with the fields that this partner may see."""
    return Slice(salt, csv.write(slices.to_slice(partner, chosen, consent)))


def head_of(wanted: Plan, content: Slice, checkpoint: str, at: Micros) -> Manifest:
    """The manifest of a plan."""
    return Manifest(
        gateway=wanted.gateway,
        partner=wanted.partner.id,
        epoch=wanted.stream.epoch,
        sequence=wanted.stream.sequence + 1,
        previous=wanted.stream.previous,
        kind="delta",
        voids=tuple(Void(sequence, digest) for sequence, digest in wanted.voids),
        delivery=DeliveryId.parse(wanted.delivery.id),
        basis=wanted.partner.basis,
        consent=wanted.consent_named,
        test=wanted.batch.test,
        block=wanted.chosen.blocks,
        unblock=wanted.chosen.unblocks,
        entries=content.head(),
        released=wanted.batch.released_at or at,
        issued=at,
        respond_within=wanted.term,
        checkpoint=checkpoint,
    )


def rebuild(uow: UnitOfWork, record: ManifestRecord, manifest: Manifest) -> bytes:
    """entries.csv of a sealed manifest again, byte for byte, for a new sealing.

    It is written from the batch and the slice; the manifest's digest proves that it is the same.
    Raises NotVerified: bad-digest where it is not, purged where its salt and numbers are gone.
    """
    if not record.salt:
        raise purged(uow, "proofs", record.delivery)
    partner = uow.registry.partner(record.partner)
    chosen = Chosen()
    for block in uow.deliveries.slice_blocks(record.delivery):
        chosen.add(block)
    if len(chosen) == manifest.count:
        given = [c for c in uow.registry.consents(partner.id) if c.digest == manifest.consent]
        for consent in (*given, None):
            content = cut_slice(partner, chosen, consent, record.salt)
            if csv.salted_digest(record.salt, content.data) == manifest.entries.digest:
                return content.data
    raise NotVerified(
        "bad-digest",
        f"delivery {record.delivery}: its entries can't be written again as they were sealed",
        hint="stop this delivery and release the entries in a new batch",
    )
