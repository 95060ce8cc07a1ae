"""A gateway whose ledger is a real tree, so that its heads can prove that it only grew."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from gateway.domain import merkle
from gateway.domain.proofs import Growth, growth_text
from gateway.domain.statements import Link
from keys.raw import PrivateSigner
from partner.kit import Kit
from tests.partner.factory import Gateway


def tree_of(size: int, rewritten: int = -1) -> list[list[bytes]]:
    """The levels of a tree; one leaf of it is another than it was."""
    leaves = [hashlib.sha256(b"leaf %d" % n).digest() for n in range(size)]
    if rewritten >= 0:
        leaves[rewritten] = hashlib.sha256(b"another").digest()
    return merkle.levels(leaves)


@dataclass
class Growing(Gateway):
    """As the factory's gateway, with 400 leaves to come; `rewrite` changes one of the past."""

    levels: list[list[bytes]] = field(default_factory=lambda: tree_of(400))

    def rewrite(self, leaf: int = 40) -> None:
        """As an administrator with the gateway's key does: all hashes and heads are made anew."""
        self.levels = tree_of(400, leaf)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a full subtree."""
        return self.levels[level][index]

    def note(
        self,
        size: int,
        root: bytes = b"",
        signer: PrivateSigner | None = None,
        origin: str = "log",
    ) -> str:
        """A signed checkpoint of the tree."""
        return super().note(size, root or merkle.subtree(0, size, self.node), signer, origin)

    def proof(self, old: int) -> tuple[bytes, ...]:
        """From an older size to the one of now."""
        return tuple(merkle.consistency(old, self.size, self.node))

    def growth(self, old: int) -> bytes:
        """The same as a file, with the checkpoint."""
        return growth_text(Growth(old, self.proof(old), self.note(self.size))).encode()

    def leading_head(self, kit: Kit, *olds: int) -> bytes:
        """A head that leads on from these sizes."""
        return self.head(kit, links=tuple(self.link(old) for old in olds))

    def link(self, old: int) -> Link:
        """One proof as a head carries it."""
        return Link(old, tuple(base64.b64encode(item).decode() for item in self.proof(old)))
