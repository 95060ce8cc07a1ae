"""Proofs as files: one leaf, all that records a delivery (C2SP tlog-proof), or what only grew."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain import merkle
from gateway.domain.errors import InputError, NotFound
from gateway.domain.ledger import read_checkpoint
from gateway.domain.proofs import Growth, Inclusion, growth_text, inclusion_text
from gateway.domain.records import SignedCheckpoint
from gateway.ports import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class LeafProof:
    """A leaf's proof as a file. `event` is what the leaf records, "purged" without an opening."""

    index: int
    event: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Proofs:
    """Makes them. `covering` signs a new head over at least so many leaves."""

    store: Store
    covering: Callable[[int], SignedCheckpoint]

    def leaf(self, index: int) -> LeafProof:
        """The proof of one leaf. Raises NotFound, NotVerified("no-key")."""
        with self.store.read() as uow:
            uow.log.leaf(index)
        (made,) = self._made([index], f"palang-leaf-{index}")
        return made

    def delivery(self, delivery: str) -> tuple[LeafProof, ...]:
        """Those of its sealing, receipts and confirmations: every leaf that names its manifest.

        Raises NotFound where it was never sealed, NotVerified("no-key").
        """
        with self.store.read() as uow:
            record = uow.deliveries.manifest(delivery)
            if record is None:
                raise NotFound(
                    f"delivery {delivery} was never sealed, so no leaf names a manifest of it",
                    hint=f"palang audit log --delivery {delivery} lists what there is",
                )
            indexes = [*uow.log.find(record.digest)]
        return self._made(indexes, f"palang-{delivery}")

    def growth(self, old: int) -> str:
        """That today's ledger begins with its first `old` leaves, for a partner that missed heads.

        Raises InputError where it has fewer, NotVerified("no-key").
        """
        with self.store.read() as uow:
            size = uow.log.size()
        if not 0 < old <= size:
            raise InputError(
                f"the ledger has {size} leaves, a proof from {old} can't be made",
                hint="the size is the second line of the partner's checkpoint",
            )
        head = self.covering(size)
        with self.store.read() as uow:
            covered = read_checkpoint(head.note.rpartition("\n\n")[0] + "\n").size
            path = tuple(merkle.consistency(old, covered, uow.log.node))
        return growth_text(Growth(old, path, head.note))

    def _made(self, indexes: list[int], name: str) -> tuple[LeafProof, ...]:
        head = self.covering(max(indexes, default=-1) + 1)
        with self.store.read() as uow:
            return tuple(_proof(uow, index, head.note, name) for index in indexes)


def _proof(uow: UnitOfWork, index: int, note: str, name: str) -> LeafProof:
    leaf = uow.log.leaf(index)
    size = read_checkpoint(note.rpartition("\n\n")[0] + "\n").size
    path = tuple(merkle.inclusion(index, size, uow.log.node))
    text = inclusion_text(Inclusion(index, path, note, leaf.salt + leaf.event))
    event = str(json.loads(leaf.event)["event"]) if leaf.event else "purged"
    return LeafProof(index, event, f"{name}-{index}.tlog-proof", text)
