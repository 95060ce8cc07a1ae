"""One line of entries.csv with its path to the signed root, without a tree of all in memory."""

import io
from dataclasses import dataclass
from itertools import islice

from gateway.domain import entries, merkle
from gateway.domain.errors import InputError


@dataclass(frozen=True, slots=True)
class Path:
    """The line of an entry without its LF, its leaf salt, its siblings on the way to the root."""

    line: bytes
    salt: bytes
    siblings: tuple[bytes, ...]


def path_of(salt: bytes, data: bytes, entry: int) -> Path:
    """Of a slice in its right form (entries.iterate).

    Raises InputError where it has no such entry, NotVerified("entries").
    """
    count = data.count(b"\n") - 1
    if not 1 <= entry <= count:
        raise InputError(f"the slice has entries 1 to {count}, not {entry}")
    line = next(islice(io.BytesIO(data), entry, None))
    own = entries.leaf_salts(salt, entry)[-16:]
    path = merkle.inclusion(entry - 1, count, _nodes(salt, data, entry - 1, count - 1))
    return Path(line[:-1], own, tuple(path))


def _nodes(salt: bytes, data: bytes, *shown: int) -> merkle.Node:
    """The subtrees within the blocks of the leaves that are shown, and above the blocks: a path
    needs its own block and the last one, which may not be full."""
    deep = {leaf >> entries.BLOCK_LEVEL for leaf in shown}
    within: dict[int, list[list[bytes]]] = {}
    heads: list[bytes] = []
    for block, leaves in enumerate(entries.leaf_blocks(salt, data)):
        if block in deep:
            within[block] = merkle.levels(leaves)
        heads.append(merkle.root(leaves))
    above = merkle.levels(heads)

    def node(level: int, index: int) -> bytes:
        if level >= entries.BLOCK_LEVEL:
            return above[level - entries.BLOCK_LEVEL][index]
        block, place = divmod(index, 1 << (entries.BLOCK_LEVEL - level))
        return within[block][level][place]

    return node
