"""A signed head against what is known already: which one counts (threats.md D2, D3; design 3).

stale              older than what is known: a mail or file that came late; ignored
old-epoch          newer than what is known, and yet of an epoch that is over
rollback           newer than what is known, and yet of a lower sequence
sequence-conflict  another manifest than the one that is known for its sequence
checkpoint         another ledger, a smaller one, or another root for one size

Pure. All but `stale` are told to a person: only the gateway's own key can make them. A head never
decides whether a parcel is taken: its key is a lower one than a manifest's (D4).
"""

from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Checkpoint
from gateway.domain.statements import Head
from gateway.domain.times import Micros

STALE = "stale"


class Known(NamedTuple):
    """The newest head of an epoch. `since` is when its sequence was first heard of."""

    epoch: int
    sequence: int
    manifest: str
    at: Micros
    until: Micros
    since: Micros
    kid: str
    tree_origin: str
    tree_size: int
    tree_root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Around:
    """What is known of the place that a head names.

    `newest` is the newest head under a key that is still pinned. `epoch`, `sequence` and `issued`
    are those of the last parcel, zeros before the first; `manifest` is the digest known at the
    head's own sequence, "" where unknown; `trees` are the ledger's heads in parcels of its epoch.
    """

    newest: Known | None
    epoch: int
    sequence: int
    issued: Micros
    manifest: str
    trees: tuple[Checkpoint, ...]


def check_head(head: Head, tree: Checkpoint | None, around: Around) -> None:
    """Whether this head counts. Raises NotVerified with one of the reasons above."""
    arrived = (around.epoch, around.sequence)
    _not_behind(head, arrived, around.issued, "parcel")
    if around.newest is not None:
        known = around.newest
        if head.at < known.at:
            raise NotVerified(STALE, "a newer head is known already")
        _not_behind(head, (known.epoch, known.sequence), known.at, "head")
        _same_manifest(head, known.manifest if _place(head) == _place(known) else "")
    _same_manifest(head, around.manifest)
    if tree is not None:
        _grown(tree, around, head.epoch)


def _place(head: Head | Known) -> tuple[int, int]:
    return head.epoch, head.sequence


def _not_behind(head: Head, known: tuple[int, int], at: Micros, what: str) -> None:
    """A head that was made before a parcel may know less than the parcel, one made after not."""
    if _place(head) >= known:
        return
    if head.at <= at:
        raise NotVerified(STALE, f"a later {what} came before it")
    reason = "old-epoch" if head.epoch < known[0] else "rollback"
    raise NotVerified(
        reason,
        f"the head names sequence {head.sequence} of epoch {head.epoch}, "
        f"but an earlier {what} sequence {known[1]} of epoch {known[0]}",
    )


def _same_manifest(head: Head, known: str) -> None:
    if known and head.manifest != known:
        raise NotVerified(
            "sequence-conflict",
            f"the head names another manifest for sequence {head.sequence} than the known one",
        )


def _grown(tree: Checkpoint, around: Around, epoch: int) -> None:
    """Compared within an epoch: a recovery may have lost the newest leaves of the ledger."""
    seen = list(around.trees)
    newest = around.newest
    if newest is not None and newest.epoch == epoch and newest.note:
        seen.append(Checkpoint(newest.tree_origin, newest.tree_size, newest.tree_root))
    for known in seen:
        if known.origin != tree.origin:
            raise NotVerified("checkpoint", f"expected the ledger {known.origin}")
        if known.size > tree.size:
            raise NotVerified("checkpoint", "the ledger is smaller than it was before")
        if known.size == tree.size and known.root != tree.root:
            raise NotVerified("checkpoint", "one size of the ledger has two roots")
