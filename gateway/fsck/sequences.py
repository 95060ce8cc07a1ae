"""Per-partner sequences: no gap, no reuse, one chain, and nothing ahead of the database (E)."""

import json
from typing import Any

from gateway.domain.canonical import digest
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.times import from_wire
from gateway.domain.trust import Role
from gateway.fsck.case import Case, wire
from gateway.fsck.rows import ManifestRow, StreamRow, listed, stream
from gateway.fsck.sql import count

Place = tuple[str, int]


class _Chain:
    """A partner's manifests of one epoch, one after the other."""

    def __init__(self, partner: str, epoch: int) -> None:
        self.place: Place = (partner, epoch)
        self.sequence = 0
        self.previous = ""
        self.declared: set[tuple[int, str]] = set()

    def __str__(self) -> str:
        return f"stream of {self.place[0]} in epoch {self.place[1]}"


def check_sequences(case: Case) -> None:
    """Every manifest in the order of its sequence, then every stream's head."""
    chain = _Chain("", 0)
    rows = stream(case.core, ManifestRow, "manifests ORDER BY partner, epoch, sequence, delivery")
    for row in case.counted("manifests", rows):
        if (row.partner, row.epoch) != chain.place:
            _end(case, chain)
            chain = _Chain(row.partner, row.epoch)
        _manifest(case, chain, row)
    _end(case, chain)
    _lost_manifests(case)


def _manifest(case: Case, chain: _Chain, row: ManifestRow) -> None:
    about = f"manifest of delivery {row.delivery}"
    if row.sequence == chain.sequence:
        case.found("sequence-reused", str(chain), "each sequence once", row.sequence)
    elif row.sequence != chain.sequence + 1:
        case.found("sequence-gap", str(chain), f"sequence {chain.sequence + 1}", row.sequence)
    manifest = _read(case, about, row)
    if manifest is not None:
        if row.sequence == chain.sequence + 1:
            case.differs("previous-differs", about, "previous", chain.previous, manifest.previous)
        chain.declared |= {(void.sequence, void.digest) for void in manifest.voids}
        _note(case, about, manifest)
    chain.sequence, chain.previous = row.sequence, row.digest


def _read(case: Case, about: str, row: ManifestRow) -> Manifest | None:
    """The manifest, if its bytes are those of its digest and signature, and it says what its row
    says."""
    sealed = case.facts.of(f"delivery:{row.delivery}", Tag.DELIVERY_SEAL)
    if not sealed:
        case.found("row-unlogged", about, "a leaf delivery.seal", "none")
        return None
    logged = str(sealed[0].facts.get("manifest"))
    if not digest(row.body) == row.digest == logged:
        case.found("manifest-differs", about, logged, digest(row.body))
    case.holds(
        "manifest-signature",
        about,
        "the gateway's signature by a key pinned for manifests",
        lambda: case.verify.signatures.verify_detached(
            *(row.jws, row.body, "manifest", case.own, Role.MANIFEST, case.trust),
            from_wire(sealed[0].at),
        ),
    )
    manifest = case.holds("manifest-differs", about, "a manifest", lambda: read_manifest(row.body))
    if manifest is not None:
        told = (manifest.gateway, manifest.partner, manifest.epoch, manifest.sequence)
        said = (*told, str(manifest.delivery), wire(manifest.issued))
        came = (case.gateway, row.partner, row.epoch, row.sequence, row.delivery, sealed[0].at)
        _same_row(case, about, said, came)
    return manifest


def _same_row(case: Case, about: str, said: tuple[Any, ...], came: tuple[Any, ...]) -> None:
    names = "gateway, partner, epoch, sequence, delivery, issued"
    # sealed a moment after it was written, so the two times may be a little apart
    case.differs("manifest-differs", about, names, said[:-1], came[:-1])
    if said[-1] > came[-1]:
        case.found("manifest-differs", about, f"issued by {came[-1]}", said[-1])


def _note(case: Case, about: str, manifest: Manifest) -> None:
    """The checkpoint that the partner was shown is one of those that are stored."""
    stored = "SELECT count(*) FROM checkpoints WHERE note = ?"
    if not count(case.core, stored, manifest.checkpoint):
        case.found("checkpoint-missing", about, "its checkpoint among those stored", "none")


def _end(case: Case, chain: _Chain) -> None:
    if not chain.place[0]:
        return None
    heads = listed(case.core, StreamRow, "streams WHERE partner = ? AND epoch = ?", *chain.place)
    if not heads:
        return case.found("stream-head", str(chain), f"a head at {chain.sequence}", "none")
    head = heads[0]
    told, came = (chain.sequence, chain.previous), (head.sequence, head.previous)
    case.differs("stream-head", str(chain), "sequence and digest", told, came)
    waiting = {(int(sequence), str(void)) for sequence, void in json.loads(head.voids)}
    _voids(case, chain, waiting)
    return None


_SEALED = (
    "SELECT m.sequence, m.digest, d.state, d.acknowledged_at FROM manifests m"
    " JOIN deliveries d ON d.id = m.delivery WHERE m.partner = ? AND m.epoch = ?"
)


def _voids(case: Case, chain: _Chain, waiting: set[tuple[int, str]]) -> None:
    """Every halted sequence is declared void or waits to be, and nothing else is.

    Of an epoch that is over none is declared any more: the new one begins its own sequence.
    """
    void, running = waiting | chain.declared, _epoch(case) == chain.place[1]
    sealed: set[tuple[int, str]] = set()
    for sequence, manifest, state, acknowledged in case.core.stream(_SEALED, *chain.place):
        one_void, halted = (sequence, manifest), state in ("WITHHELD", "STOPPED")
        if one_void in void:
            sealed.add(one_void)
        if halted and running and one_void not in void:
            case.found("void-wrong", str(chain), f"sequence {sequence} declared void", "not")
        if one_void in void and not halted and acknowledged is None:
            case.found("void-wrong", str(chain), f"sequence {sequence} halted", state)
    for sequence, manifest in sorted(void - sealed):
        case.found("void-wrong", str(chain), "voids that were sealed", f"{sequence} {manifest}")


def _epoch(case: Case) -> int:
    return count(case.core, "SELECT epoch FROM gateway")


def _lost_manifests(case: Case) -> None:
    """A sealed delivery has its manifest; a stream that moved has manifests."""
    sql = (
        "SELECT d.id FROM deliveries d LEFT JOIN manifests m ON m.delivery = d.id"
        " WHERE d.sequence > 0 AND m.delivery IS NULL ORDER BY d.key"
    )
    for (delivery,) in case.core.stream(sql):
        case.found("sequence-gap", f"delivery {delivery}", "its manifest", "none")
    for row in listed(case.core, StreamRow, "streams WHERE sequence > 0 ORDER BY partner, epoch"):
        has = "SELECT count(*) FROM manifests WHERE partner = ? AND epoch = ?"
        if not count(case.core, has, row.partner, row.epoch):
            about = f"stream of {row.partner} in epoch {row.epoch}"
            case.found("sequence-gap", about, f"manifests 1 to {row.sequence}", "none")
    twice = "SELECT digest, count(*) FROM manifests GROUP BY digest HAVING count(*) > 1"
    for manifest, times in case.core.stream(twice):
        case.found("sequence-reused", f"manifest {manifest}", "one delivery", times)


def check_manifest_of_rows(case: Case) -> None:
    """Each delivery names the digest of its own manifest."""
    sql = (
        "SELECT d.id, d.manifest, m.digest FROM deliveries d JOIN manifests m ON m.delivery = d.id"
        " WHERE d.manifest <> m.digest ORDER BY d.key"
    )
    for delivery, named, stored in case.core.stream(sql):
        case.found("manifest-differs", f"delivery {delivery}", stored, named or "none")
