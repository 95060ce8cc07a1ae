"""Reads one delivery's dossier from the store, in one consistent view."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.domain import entries as csv
from gateway.domain import fetched, ledger, merkle
from gateway.domain.canonical import JsonObject
from gateway.domain.delivery import Delivery
from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.records import LedgerLeaf, ManifestRecord, SignedCheckpoint
from gateway.domain.times import Micros, from_wire
from gateway.domain.trust import Owner, OwnerKind, Trust, write_trust
from gateway.ports import UnitOfWork
from gateway.services import gathered_statements
from gateway.services.claims import Acknowledged, Claim, handed_over
from gateway.services.dossier import (
    Dossier,
    EntryProof,
    FetchFact,
    Head,
    Leaf,
    SealingFact,
    StatementFact,
)
from gateway.services.slicing import rebuild


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bundle: of a delivery, of one entry of it (`entry` above 0), with all its numbers."""

    delivery: str
    entry: int
    with_entries: bool


def gather(uow: UnitOfWork, wanted: Wanted, head: SignedCheckpoint, now: Micros) -> Dossier | None:
    """The dossier under this checkpoint; None where a leaf of the delivery is newer than it.

    Raises NotFound, Conflict (never sealed), InputError (no such entry), NotVerified (purged).
    """
    delivery = uow.deliveries.delivery(wanted.delivery)
    record = _sealed(uow, delivery)
    manifest = read_manifest(record.body)
    batch = uow.lists.batch(manifest.batch)
    sealings = _sealings(uow, delivery)
    statements = gathered_statements.read(uow, record, sealings)
    submit, release = _approvals(uow, manifest.batch, batch.digest)
    leaves = _leaves(uow, manifest, batch.digest, statements, head.size)
    if leaves is None:
        return None
    data = rebuild(uow, record, manifest) if wanted.with_entries or wanted.entry else b""
    return Dossier(
        head=_head(uow, wanted, manifest, now),
        manifest=record.body,
        manifest_jws=record.jws,
        review=batch.review,
        submit=submit,
        release=release,
        consent=uow.inbox.inbound_by_digest(manifest.consent).body if manifest.consent else b"",
        sealings=sealings,
        attempts=uow.deliveries.attempts(delivery.id),
        statements=statements,
        keys=_keys(uow, manifest, leaves),
        leaves=leaves,
        note=head.note,
        consistency=_consistency(uow, manifest, head),
        summary=_claim(uow, wanted, manifest, leaves).to_json(),
        entries=data if wanted.with_entries else None,
        salt=record.salt if wanted.with_entries else None,
        proof=_proof(wanted.entry, record.salt, data) if wanted.entry else None,
        fetches=tuple(_fetches(uow, leaves, delivery.id)),
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


def _approvals(uow: UnitOfWork, batch: int, shown: str) -> tuple[bytes, bytes]:
    """The last submit and the release over what was shown."""
    words = {
        word.act: word.jws
        for word in uow.registry.approvals(f"batch:{batch}")
        if word.digest == shown
    }
    try:
        return words[str(Tag.BATCH_SUBMIT)], words[str(Tag.BATCH_RELEASE)]
    except KeyError:
        raise NotFound(f"batch {batch} lacks the signed words of two officers") from None


def _leaves(
    uow: UnitOfWork,
    manifest: Manifest,
    review: str,
    statements: Iterable[StatementFact],
    size: int,
) -> tuple[Leaf, ...] | None:
    """Every leaf that names the delivery, its batch's approvals, its consent or its statements."""
    named = [review, *(fact.digest for fact in statements)]
    named += [manifest.consent] if manifest.consent else []
    own = dict(_of_delivery(uow, str(manifest.delivery), min(uow.log.find(review), default=0)))
    named += [event["statement"] for event in own.values() if event["event"] == Tag.FETCH_RECORD]
    indexes = {index for name in named for index in uow.log.find(name)} | set(own)
    if max(indexes, default=0) >= size:
        return None
    return tuple(_leaf(uow, uow.log.leaf(index), size) for index in sorted(indexes))


def _fetches(uow: UnitOfWork, leaves: Iterable[Leaf], delivery: str) -> Iterator[FetchFact]:
    """The words of fetches that the partner signed; a pick-up folder's own word proves nothing."""
    recorded = (leaf for leaf in leaves if leaf.says(Tag.FETCH_RECORD, delivery=delivery))
    for name in dict.fromkeys(leaf.facts["statement"] for leaf in recorded if leaf.facts["signed"]):
        body = uow.inbox.inbound_by_digest(name).body
        yield FetchFact(name, body, fetched.read(body))


def _of_delivery(uow: UnitOfWork, delivery: str, begin: int) -> Iterator[tuple[int, JsonObject]]:
    """Index and event of leaves that name the delivery. The log is read from the batch's submit on;
    an outcome names no digest that could be looked up. Exports are nobody's state."""
    needle = f'"{delivery}"'.encode()
    for leaf in uow.log.leaves(begin, uow.log.size()):
        if needle in leaf.event:
            event = json.loads(leaf.event)
            if event.get("delivery") == delivery and event["event"] != Tag.AUDIT_EXPORT:
                yield leaf.index, event


def _leaf(uow: UnitOfWork, stored: LedgerLeaf, size: int) -> Leaf:
    if not stored.event:
        raise NotFound(f"the opening of leaf {stored.index} was purged: nothing can be shown of it")
    facts = json.loads(stored.event)
    path = merkle.inclusion(stored.index, size, uow.log.node)
    return Leaf(
        stored.index,
        stored.salt,
        stored.event,
        tuple(path),
        facts["event"],
        from_wire(facts["at"]),
        facts,
    )


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
    lines = csv.data_lines(data)
    if entry > len(lines):
        raise InputError(f"the slice has entries 1 to {len(lines)}, not {entry}")
    rows = merkle.levels(csv.leaves(salt, lines))
    path = merkle.inclusion(entry - 1, len(lines), lambda level, index: rows[level][index])
    own = csv.leaf_salts(salt, entry)[16 * (entry - 1) :]
    return EntryProof(entry, lines[entry - 1].decode("ascii"), own, tuple(path))
