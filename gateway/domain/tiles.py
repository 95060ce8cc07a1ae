"""Tiles of tree hashes (C2SP tlog-tiles): 256 hashes of one level side by side, eight levels apart.

A tile only grows at its end until it is full. The leaves' hashes are salted, so tiles say nothing
of what the leaves record. Nodes between two tile levels are computed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.domain import merkle
from gateway.domain.errors import NotFound

HEIGHT = 8
WIDTH = 256
HASH = 32

Read = Callable[[int, int], bytes]
"""The hashes of a tile at (level, index) as far as it goes, b"" where there is none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """`level` counts tile levels: a hash in it covers 256^level leaves."""

    level: int
    index: int
    data: bytes


def grown(old: int, new: int, node: merkle.Node) -> Iterator[Tile]:
    """The tiles that a tree of `new` leaves has and one of `old` leaves had not, or not so far."""
    level = 0
    while had_now := (old >> HEIGHT * level, new >> HEIGHT * level):
        had, now = had_now
        if now == 0:
            return
        for index in range(had // WIDTH, -(-now // WIDTH)):
            end = min(now, (index + 1) * WIDTH)
            if end > had:
                hashes = (node(HEIGHT * level, at) for at in range(index * WIDTH, end))
                yield Tile(level, index, b"".join(hashes))
        level += 1


def nodes(read: Read) -> merkle.Node:
    """A tree's full subtrees, read from tiles. The reader raises NotFound where a tile is short."""

    def node(level: int, index: int) -> bytes:
        tile_level, rest = divmod(level, HEIGHT)
        begin = (index << rest) % WIDTH
        data = read(tile_level, (index << rest) // WIDTH)
        if len(data) < HASH * (begin + (1 << rest)):
            raise NotFound(f"no tile holds subtree {index} of level {level}")
        hashes = [data[HASH * at : HASH * (at + 1)] for at in range(begin, begin + (1 << rest))]
        return merkle.root(hashes)

    return node
