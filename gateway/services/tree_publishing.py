"""Lays the ledger's tree ready for pulling partners: tiles, the signed head, their own leaves.

The listener makes consistency and inclusion proofs of it by itself, and sees no ledger (design 2):
hashes of salted leaves, and of each pulling partner the openings of what records its own words.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from gateway.domain import merkle, tiles
from gateway.domain.ledger import Tag, read_checkpoint
from gateway.domain.records import LedgerLeaf
from gateway.ports import Store, UnitOfWork
from gateway.ports.tree import OwnLeaf, PublishedTree, TreeShelf

OWN = {
    Tag.DELIVERY_SEAL: "manifest",
    Tag.RECEIPT_RECORD: "statement",
    Tag.RECEIPT_CONFLICT: "statement",
    Tag.CONFIRMATION_RECORD: "statement",
    Tag.CONFIRMATION_CONFLICT: "statement",
    Tag.NOTHING_RECORD: "statement",
    Tag.CONSENT_GIVE: "consent",
}
"""The events of which a partner gets the opening, and the fact that names what is its own."""

TOGETHER = 64
"""Tiles of one transaction: half a megabyte."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TreePublisher:
    """Publishes what the newest checkpoint covers."""

    store: Store
    shelf: TreeShelf

    def run(self, partners: Collection[str]) -> int | None:
        """Lay what is new ready; the size shown now, None where nothing changed.

        A published tree that today's ledger does not begin with (a restore, a new epoch) is laid
        anew whole. Raises Conflict, LedgerUnavailable.
        """
        shown = self.shelf.tree()
        with self.store.read() as uow:
            wanted = _newest(uow)
            if wanted is None or wanted == shown:
                return None
            begin = shown.size if shown is not None and _begins(uow, shown, wanted) else 0
            self._lay(uow, begin, wanted.size, frozenset(partners))
        # a crash before leaves the older head over tiles that only grew: the next round goes on
        self.shelf.put_tree(wanted)
        return wanted.size

    def _lay(self, uow: UnitOfWork, begin: int, size: int, partners: Collection[str]) -> None:
        if begin == 0:
            self.shelf.put_tiles((), (), anew=True)
        for some in _chunks(tiles.grown(begin, size, uow.log.node)):
            self.shelf.put_tiles(some, ())
        for leaves in _chunks(_own(uow, begin, size, partners)):
            self.shelf.put_tiles((), leaves)


def _chunks(items: Iterator[T]) -> Iterator[tuple[T, ...]]:
    while chunk := tuple(islice(items, TOGETHER)):
        yield chunk


def _newest(uow: UnitOfWork) -> PublishedTree | None:
    latest = uow.log.latest_checkpoint()
    if latest is None:
        return None
    head = read_checkpoint(latest.note.rpartition("\n\n")[0] + "\n")
    return PublishedTree(uow.registry.gateway().epoch, head.size, head.root, latest.note)


def _begins(uow: UnitOfWork, shown: PublishedTree, wanted: PublishedTree) -> bool:
    if shown.size > wanted.size or shown.epoch != wanted.epoch:
        return False
    return merkle.subtree(0, shown.size, uow.log.node) == shown.root


def _own(uow: UnitOfWork, begin: int, end: int, partners: Collection[str]) -> Iterator[OwnLeaf]:
    for leaf in uow.log.leaves(begin, end):
        made = _own_leaf(leaf) if leaf.event else None
        if made is not None and made.partner in partners:
            yield made


def _own_leaf(leaf: LedgerLeaf) -> OwnLeaf | None:
    facts = json.loads(leaf.event)
    named = OWN.get(facts["event"])
    if named is None or named not in facts or "partner" not in facts:
        return None
    return OwnLeaf(facts["partner"], facts[named], leaf.index, leaf.salt + leaf.event)
