"""The right edge of a growing Merkle tree: roots of all sizes in one pass over the leaves."""

from gateway.domain import merkle


class Frontier:
    """The full subtrees at the right edge of a growing tree: as many hashes as its depth."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []  # (level, hash), the largest first

    def append(self, leaf: bytes) -> None:
        """One leaf hash more."""
        level, value = 0, leaf
        while self._edge and self._edge[-1][0] == level:
            value = merkle.node_hash(self._edge.pop()[1], value)
            level += 1
        self._edge.append((level, value))
        self.size += 1

    def root(self) -> bytes:
        """The tree head over the leaves so far (RFC 9162 2.1.1)."""
        if not self._edge:
            return merkle.EMPTY_ROOT
        value = self._edge[-1][1]
        for _level, left in reversed(self._edge[:-1]):
            value = merkle.node_hash(left, value)
        return value
