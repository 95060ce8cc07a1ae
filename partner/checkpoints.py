"""Every signed head of the gateway's ledger that was seen, and the proofs between them.

One ledger that only grows: of two checkpoints of an epoch the smaller must be a beginning of the
larger (RFC 9162 2.1.4). The gateway proves it with its heads, and its listener on request; where a
proof does not hold, or none comes, somebody must look. What was applied stays applied. Across
epochs nothing is compared: a recovery, which two people declare, may have lost the newest leaves.
"""

import base64
from collections.abc import Sequence
from typing import NamedTuple

from gateway.domain import merkle
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Checkpoint
from gateway.domain.times import HOUR, Micros, to_wire
from partner.state import Tx

PROOF_DUE = 48 * HOUR  # microseconds; until then heads or the listener must have brought a proof

INCONSISTENT = "inconsistent"
WHAT_NOW = (
    "orders stand, undo nothing: ask the gateway's officers by phone, keep"
    " palang-partner checkpoint --all > ours.json for its auditor (palang audit consistency"
    " --checkpoint ours.json), and compare with another partner"
)
_FLAG = "gateway proves"  # 1 once a head of it carried proofs: from then on they are demanded


class Kept(NamedTuple):
    """A checkpoint. `source` says what brought it; `proven` is the size of a later one that begins
    with it, 0 while none is known."""

    epoch: int
    size: int
    root: bytes
    origin: str
    note: str
    source: str
    seen_at: Micros
    proven: int

    @property
    def tree(self) -> Checkpoint:
        """What it says."""
        return Checkpoint(self.origin, self.size, self.root)


_ALL = "SELECT epoch, size, root, origin, note, source, seen_at, proven FROM checkpoints"


def keep(tx: Tx, kept: Kept) -> str:
    """Store it once. "" where it fits the others of its size, else what a person must know."""
    tx.run(
        "INSERT OR IGNORE INTO checkpoints (epoch, size, root, origin, note, source, seen_at,"
        " proven) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        kept,
    )
    for other in of_size(tx, kept.epoch, kept.size):
        if (other.root, other.origin) != (kept.root, kept.origin):
            return told(other, kept, "One size of a ledger has one root.")
    return ""


def of_size(tx: Tx, epoch: int, size: int) -> list[Kept]:
    """Those over so many leaves; more than one is a contradiction."""
    rows = tx.rows(f"{_ALL} WHERE epoch = ? AND size = ? ORDER BY seen_at", (epoch, size))
    return [Kept(*row) for row in rows]


def running(tx: Tx) -> int:
    """The epoch in which proofs are demanded: that of the last parcel, before the first that of
    the last head. A head's key is a lower one than a manifest's (threats.md D4)."""
    row = tx.one(
        "SELECT coalesce((SELECT max(epoch) FROM parcels), (SELECT max(epoch) FROM checkpoints))"
    )
    return int(row[0] or 0) if row else 0


def newest(tx: Tx) -> Kept | None:
    """The one over the most leaves, of the running epoch."""
    row = tx.one(f"{_ALL} WHERE epoch = ? ORDER BY size DESC LIMIT 1", (running(tx),))
    return Kept(*row) if row else None


def unproven(tx: Tx) -> list[Kept]:
    """Those that no larger one is proven to begin with, the smallest first."""
    tip = newest(tx)
    if tip is None:
        return []
    rows = tx.rows(
        f"{_ALL} WHERE epoch = ? AND proven = 0 AND size < ? ORDER BY size", (tip.epoch, tip.size)
    )
    return [Kept(*row) for row in rows]


def count(tx: Tx) -> int:
    """How many are kept, of all epochs."""
    row = tx.one("SELECT count(*) FROM checkpoints")
    return int(row[0]) if row else 0


def prove(tx: Tx, old: int, larger: Kept, hashes: Sequence[bytes]) -> None:
    """Take a proof that `larger` begins with the `old` first leaves, for all that is kept of that
    size; larger is stored by whoever calls.

    Raises NotVerified("inconsistent") where it does not hold for one of them.
    """
    for kept in of_size(tx, larger.epoch, old):
        try:
            if kept.origin != larger.origin:
                raise NotVerified("consistency", "they are of two logs")
            merkle.verify_consistency(kept.size, larger.size, kept.root, larger.root, hashes)
        except NotVerified as error:
            words = told(kept, larger, "The proof from the first to the second does not hold.")
            raise NotVerified(INCONSISTENT, words, hint=WHAT_NOW) from error
        tx.run(
            "UPDATE checkpoints SET proven = max(proven, ?) WHERE epoch = ? AND size = ?",
            (larger.size, kept.epoch, kept.size),
        )


def proves(tx: Tx) -> bool:
    """Whether this gateway ever brought a proof: an older one knows none."""
    return bool(tx.flag(_FLAG))


def set_proves(tx: Tx) -> None:
    """It did; from now on a proof is demanded for each."""
    tx.set_flag(_FLAG, 1)


def overdue(tx: Tx, at: Micros) -> str:
    """What a person must know of checkpoints without a proof; "" where none is due."""
    waiting = [kept for kept in unproven(tx) if at - kept.seen_at >= PROOF_DUE]
    tip = newest(tx)
    if not waiting or tip is None or not proves(tx):
        return ""
    return told(waiting[0], tip, "No proof came that the second begins with the first.")


def told(old: Kept, new: Kept, why: str) -> str:
    """Both checkpoints in words, for an alarm."""
    return f"{_named(old)}; {_named(new)}. {why}"


def _named(kept: Kept) -> str:
    root = base64.b64encode(kept.root).decode()
    seen = f"seen {to_wire(kept.seen_at)}"
    return f"the ledger of {kept.size} leaves with root {root} ({kept.source}, {seen})"
