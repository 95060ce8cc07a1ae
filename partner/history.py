"""A parcel against what is known already: checks 19 to 23 (threats.md D2, D5; design 3).

19. epoch      not older than the newest one known                             old-epoch
20. sequence   one manifest a sequence and a delivery, for life                sequence-conflict
21. chain      `previous` is the digest of the manifest before it              sequence-conflict
22. voids      a void is not what arrived, and what is void does not arrive    sequence-conflict
23. checkpoint grows with the sequence; one size has one root                  checkpoint

Pure. A gap is no reason to refuse: a newer parcel is applied at once, the gap is asked for.
Checkpoints are compared within an epoch: a recovery, which two people declare by a new epoch,
may have lost the newest leaves of the ledger.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain.statements import Reason
from partner.opening import Opened
from partner.refusal import ParcelRefused, check, need


class Known(NamedTuple):
    """A manifest that was stored before."""

    epoch: int
    sequence: int
    manifest: str
    previous: str
    delivery: str
    tree_origin: str
    tree_size: int
    tree_root: bytes


@dataclass(frozen=True, slots=True)
class History:
    """What is known around one parcel: by sequence of the newest epoch, and its own delivery."""

    epoch: int
    parcels: dict[int, Known]
    voids: dict[int, str]
    delivery: Known | None

    def digest_at(self, sequence: int) -> str:
        """The manifest digest at a sequence, arrived or declared void; "" where unknown."""
        known = self.parcels.get(sequence)
        return known.manifest if known else self.voids.get(sequence, "")


def check_history(opened: Opened, history: History) -> None:
    """Checks 19 to 23. Raises ParcelRefused."""
    try:
        # 19. epoch
        with check(19, Reason.OLD_EPOCH):
            need(
                opened.manifest.epoch >= history.epoch,
                f"epoch {history.epoch} or newer, it is of {opened.manifest.epoch}",
            )
        _sequence(opened, history)
        if opened.manifest.epoch == history.epoch:
            _chain(opened, history)
            _voids(opened, history)
            _checkpoint(opened, history)
    except ParcelRefused as refused:
        refused.parcel, refused.manifest = opened.parcel, opened.manifest
        raise


def _sequence(opened: Opened, history: History) -> None:
    manifest = opened.manifest
    # 20. sequence
    with check(20, Reason.SEQUENCE_CONFLICT):
        same = history.parcels.get(manifest.sequence) if manifest.epoch == history.epoch else None
        for known, what in ((same, "sequence"), (history.delivery, "delivery")):
            need(
                known is None or known.manifest == opened.digest,
                f"the manifest that is stored for this {what}: it never changes",
            )


def _chain(opened: Opened, history: History) -> None:
    manifest = opened.manifest
    # 21. chain
    with check(21, Reason.SEQUENCE_CONFLICT):
        before = history.digest_at(manifest.sequence - 1)
        need(before in ("", manifest.previous), "previous to name the manifest before it")
        after = history.parcels.get(manifest.sequence + 1)
        need(
            after is None or after.previous == opened.digest,
            "the manifest that its successor names as previous",
        )


def _voids(opened: Opened, history: History) -> None:
    manifest = opened.manifest
    # 22. voids
    with check(22, Reason.SEQUENCE_CONFLICT):
        arrived = manifest.sequence in history.parcels
        need(arrived or manifest.sequence not in history.voids, "a sequence that is not void")
        for void in manifest.voids:
            need(void.sequence < manifest.sequence, "voids of earlier sequences")
            known = history.digest_at(void.sequence)
            need(known in ("", void.digest), "voids to name the manifests that are known")


def _checkpoint(opened: Opened, history: History) -> None:
    here, sequence = opened.checkpoint, opened.manifest.sequence
    # 23. checkpoint
    with check(23, Reason.CHECKPOINT):
        for known in history.parcels.values():
            need(known.tree_origin == here.origin, f"the ledger {known.tree_origin}")
            if known.tree_size == here.size:
                need(known.tree_root == here.root, "one root for one size of the ledger")
            elif known.sequence != sequence:
                grows = (known.tree_size < here.size) == (known.sequence < sequence)
                need(grows, "a ledger that never gets smaller")
