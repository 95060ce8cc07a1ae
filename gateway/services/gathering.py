"""Reads one delivery's dossier from the store, in one consistent view."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gateway.domain import fetched, ledger, merkle
from gateway.domain.batch import Batch
from gateway.domain.delivery import Delivery
from gateway.domain.entry_paths import path_of
from gateway.domain.errors import Conflict
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.records import ManifestRecord, SignedCheckpoint
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Trust, write_trust
from gateway.ports import UnitOfWork
from gateway.services import (
    gathered_keys,
    gathered_leaves,
    gathered_statements,
    gathered_words,
)
from gateway.services.claims import Acknowledged, Claim, handed_over
from gateway.services.cutting import cut
from gateway.services.dossier import (
    Dossier,
    EntryProof,
    FetchFact,
    Head,
    Leaf,
    SealingFact,
    StatementFact,
)
from gateway.services.gathered_leaves import Own, own_leaves
from gateway.services.slicing import rebuild


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bundle: of a delivery, of one entry of it (`entry` above 0), with all its numbers."""

    delivery: str
    entry: int
    with_entries: bool


@dataclass(frozen=True, slots=True)
class View:
    """Under which head it is read, when, and with what time-stamp over that head.

    `cut`: leaves beyond the head are as if they had not been (a month's cut-off).
    """

    head: SignedCheckpoint
    exported: Micros
    timestamp: bytes = b""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    """What belongs to a sealed delivery; `own` are the ledger's events that name it."""

    delivery: Delivery
    record: ManifestRecord
    manifest: Manifest
    batch: Batch
    sealings: tuple[SealingFact, ...]
    statements: tuple[StatementFact, ...]
    own: Own


def gather(uow: UnitOfWork, wanted: Wanted, view: View, own: Own | None = None) -> Dossier | None:
    """The dossier under this head; None where a leaf of the delivery is newer than it, or with
    `cut` where it was sealed later. `own` are the delivery's leaves, where they were read already.

    Raises NotFound, Conflict (never sealed), InputError (no such entry), NotVerified (purged).
    """
    found = _find(uow, wanted.delivery, own)
    shown = (found.manifest, found.batch.digest, found.statements, found.own)
    indexes = gathered_leaves.indexes(uow, *shown)
    size = view.head.size
    told = gathered_keys.read(uow, found.manifest.partner, _officers(uow, found.batch), size)
    indexes = sorted({*indexes, *told.leaves})
    newer = max(indexes, default=0) >= size
    if newer and not view.cut:
        return None
    leaves = tuple(gathered_leaves.opened(uow, [i for i in indexes if i < size], size))
    whole = replace(_whole(uow, wanted, view, found, leaves), announced=told.items)
    return cut(whole, found.manifest) if newer else whole


def _officers(uow: UnitOfWork, batch: Batch) -> set[str]:
    """Who signed under the batch's review."""
    said = uow.registry.approvals(f"batch:{batch.id}")
    return {word.officer for word in said if word.digest == batch.digest}


def _find(uow: UnitOfWork, wanted: str, own: Own | None) -> _Found:
    delivery = uow.deliveries.delivery(wanted)
    record = _sealed(uow, delivery)
    manifest = read_manifest(record.body)
    batch = uow.lists.batch(manifest.batch)
    sealings = _sealings(uow, delivery)
    statements = gathered_statements.read(uow, record, sealings)
    if own is None:
        begin = gathered_leaves.first_leaf(uow, batch.digest)
        own = own_leaves(uow, (wanted,), begin, uow.log.size())[wanted]
    return _Found(delivery, record, manifest, batch, sealings, statements, own)


def _whole(
    uow: UnitOfWork, wanted: Wanted, view: View, found: _Found, leaves: tuple[Leaf, ...]
) -> Dossier:
    record, manifest = found.record, found.manifest
    words = gathered_words.read(uow, found.batch)
    data = rebuild(uow, record, manifest) if wanted.with_entries or wanted.entry else b""
    return Dossier(
        head=_head(uow, wanted, manifest, view.exported),
        manifest=record.body,
        manifest_jws=record.jws,
        review=found.batch.review,
        submit=words.submit,
        release=words.release,
        endorse=words.endorse,
        consent=uow.inbox.inbound_by_digest(manifest.consent).body if manifest.consent else b"",
        sealings=found.sealings,
        attempts=uow.deliveries.attempts(wanted.delivery),
        statements=found.statements,
        keys=_keys(uow, manifest, leaves),
        leaves=leaves,
        note=view.head.note,
        consistency=_consistency(uow, manifest, view.head),
        summary=_claim(uow, wanted, manifest, leaves).to_json(),
        entries=data if wanted.with_entries else None,
        salt=record.salt if wanted.with_entries else None,
        proof=_proof(wanted.entry, record.salt, data) if wanted.entry else None,
        fetches=tuple(_fetches(uow, found.own)),
        timestamp=view.timestamp,
    )


def _sealed(uow: UnitOfWork, delivery: Delivery) -> ManifestRecord:
    record = uow.deliveries.manifest(delivery.id)
    if record is None:
        raise Conflict(
            f"delivery {delivery.id} is {delivery.state} {delivery.reason} and was never sealed: "
            "nothing of it left the house",
            hint="palang audit log --delivery " + delivery.id,
        )
    return record


def _head(uow: UnitOfWork, wanted: Wanted, manifest: Manifest, now: Micros) -> Head:
    return Head(
        kind="entry" if wanted.entry else "delivery",
        gateway=uow.registry.gateway().name,
        partner=manifest.partner,
        delivery=wanted.delivery,
        epoch=manifest.epoch,
        sequence=manifest.sequence,
        entry=wanted.entry,
        exported=now,
    )


def _sealings(uow: UnitOfWork, delivery: Delivery) -> tuple[SealingFact, ...]:
    numbered = (uow.deliveries.sealing(delivery.id, n + 1) for n in range(delivery.sealing))
    return tuple(SealingFact(s.number, s.digest, s.kid, s.at) for s in numbered)


def _fetches(uow: UnitOfWork, own: Own) -> Iterator[FetchFact]:
    """The words of fetches that the partner signed; a pick-up folder's own word proves nothing."""
    signed = (fetch["statement"] for fetch in own.values() if fetch and fetch["signed"])
    for name in dict.fromkeys(signed):
        body = uow.inbox.inbound_by_digest(name).body
        yield FetchFact(name, body, fetched.read(body))


def _keys(uow: UnitOfWork, manifest: Manifest, leaves: Iterable[Leaf]) -> bytes:
    """The public keys of the gateway, the partner and the officers who signed."""
    officers = {leaf.facts["officer"] for leaf in leaves if "officer" in leaf.facts}
    owners = {Owner(OwnerKind.OFFICER, officer) for officer in officers}
    owners.add(Owner(OwnerKind.PARTNER, manifest.partner))
    trust = uow.registry.trust()
    mine = (k for k in trust.keys if k.owner in owners or k.owner.kind is OwnerKind.GATEWAY)
    return write_trust(Trust(trust.gateway, mine))


def _consistency(uow: UnitOfWork, manifest: Manifest, head: SignedCheckpoint) -> tuple[bytes, ...]:
    shown = ledger.read_checkpoint(manifest.checkpoint.rpartition("\n\n")[0] + "\n")
    if shown.size == 0:
        return ()
    return tuple(merkle.consistency(shown.size, head.size, uow.log.node))


def _claim(uow: UnitOfWork, wanted: Wanted, manifest: Manifest, leaves: Iterable[Leaf]) -> Claim:
    """What the store says of the delivery: the verifier computes the same from the statements."""
    sums: dict[tuple[str, str], int] = {}
    for count in uow.inbox.outcome_counts(wanted.delivery):
        key = (count.disposition, count.scope)
        sums[key] = sums.get(key, 0) + count.entries
    positive = [
        Acknowledged(receipt.statement, receipt.received_at, receipt.said_at)
        for receipt in uow.inbox.receipts(wanted.delivery)
        if receipt.counted and receipt.result == "positive"
    ]
    one = uow.inbox.outcomes(wanted.delivery, wanted.entry) if wanted.entry else []
    return Claim(
        state=str(uow.deliveries.delivery(wanted.delivery).state),
        entries=manifest.count,
        handed_over=handed_over(uow.deliveries.attempts(wanted.delivery), leaves, wanted.delivery),
        acknowledged=positive[0] if positive else None,
        outcomes=tuple((code, scope, n) for (code, scope), n in sums.items()),
        one=one[0] if one else None,
    )


def _proof(entry: int, salt: bytes, data: bytes) -> EntryProof:
    found = path_of(salt, data, entry)
    return EntryProof(entry, found.line.decode("ascii"), found.salt, found.siblings)
