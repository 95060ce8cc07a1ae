"""The ledger's tree as the listener shows it: tiles of hashes, the signed head, own leaves.

Hashes of salted leaves reveal nothing; a leaf's opening lies there for its own partner alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from gateway.domain.tiles import Tile


@dataclass(frozen=True, slots=True)
class PublishedTree:
    """The checkpoint that is shown, and how far the tiles go: `size` leaves of `epoch`."""

    epoch: int
    size: int
    root: bytes
    note: str


class OwnLeaf(NamedTuple):
    """A leaf that records something of a partner's: `digest` is the statement or manifest that it
    names, `opening` its salt and event."""

    partner: str
    digest: str
    leaf: int
    opening: bytes


class TreeShelf(Protocol):
    """Where it lies ready. Raises Conflict where it is busy, LedgerUnavailable where it can't be
    used."""

    def tree(self) -> PublishedTree | None:
        """The newest head, None before the first."""
        ...

    def tile(self, level: int, index: int) -> bytes:
        """A tile's hashes as far as they go, b"" where there is none."""
        ...

    def own_leaf(self, partner: str, digest: str) -> OwnLeaf | None:
        """The first leaf of this partner's that names this digest."""
        ...

    def put_tiles(
        self, tiles: Sequence[Tile], leaves: Sequence[OwnLeaf], *, anew: bool = False
    ) -> None:
        """Lay tiles and leaves; `anew` clears what lay there, head included."""
        ...

    def put_tree(self, tree: PublishedTree) -> None:
        """Show this head: its tiles lie there already."""
        ...
