"""Today's ledger read leaf by leaf: the roots over chosen sizes, and what is wrong with a leaf."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from gateway.domain import ledger, merkle
from gateway.domain.frontier import Frontier
from gateway.domain.records import LedgerLeaf
from gateway.ports import Log


@dataclass(slots=True)
class Read:
    """`roots` by size, of the sizes that were asked for; `broken` are leaf and words; `expected` is
    the index that comes next."""

    tree: Frontier = field(default_factory=Frontier)
    roots: dict[int, bytes] = field(default_factory=lambda: {0: merkle.EMPTY_ROOT})
    broken: list[tuple[int, str]] = field(default_factory=list)
    expected: int = 0

    def take(self, leaf: LedgerLeaf) -> None:
        """The next leaf. Its opening may be purged, and then the entry speaks for it."""
        if leaf.index != self.expected:
            self.broken.append((leaf.index, f"leaf {self.expected} is missing"))
        self.expected = leaf.index + 1
        if leaf.event and ledger.entry_hash(leaf.salt, leaf.event) != leaf.entry:
            told = f"the event of leaf {leaf.index} is not the one that was hashed"
            self.broken.append((leaf.index, told))
        self.tree.append(merkle.leaf_hash(leaf.entry))


def read_roots(log: Log, sizes: Collection[int], tick: Callable[[], object]) -> Read:
    """One pass over all leaves; the stored tree is not trusted. `tick` hears of each."""
    found, size = Read(), log.size()
    for leaf in log.leaves(0, size):
        tick()
        found.take(leaf)
        if found.tree.size in sizes:
            found.roots[found.tree.size] = found.tree.root()
    if found.tree.size != size:
        told = f"the head row says {size} leaves, there are {found.tree.size}"
        found.broken.append((found.tree.size, told))
    return found
