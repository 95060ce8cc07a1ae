"""RFC 9162 Merkle trees: roots, inclusion and consistency proofs, and their verification.

Leaves are given as leaf hashes (already SHA-256(0x00 || entry)); `leaf_hash` makes one.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence

from gateway.domain.errors import NotVerified

EMPTY_ROOT = hashlib.sha256(b"").digest()  # RFC 9162 2.1.1

Node = Callable[[int, int], bytes]
"""Reads the hash of the full subtree at (level, index):

the leaves [index*2^level, (index+1)*2^level).
"""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry), RFC 9162 2.1.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 9162 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All full subtrees by level, level 0 being the leaves; what `proof_nodes` reads."""
    rows = [list(leaves)]
    sha256 = hashlib.sha256
    while len(rows[-1]) > 1:
        below = rows[-1]
        # `node_hash` written out: this loop is most of the cost of a large slice
        pairs = zip(below[::2], below[1::2], strict=False)  # an odd last one has no pair yet
        rows.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return rows


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree head over these leaves, one level in memory: an odd last hash goes up as it is."""
    if not leaves:
        return EMPTY_ROOT
    row, sha256 = leaves, hashlib.sha256
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        # `node_hash` written out: this loop is most of the cost of a large slice
        pairs = zip(row[::2], row[1::2], strict=False)
        row = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        row += odd
    return row[0]


def appended(size: int, leaf: bytes, node: Node) -> Iterator[tuple[int, int, bytes]]:
    """The full subtrees that appending one leaf to a tree of `size` completes:

    (level, index, hash).
    """
    level, index, value = 0, size, leaf
    yield level, index, value
    while index % 2 == 1:
        value = node_hash(node(level, index - 1), value)
        level, index = level + 1, index // 2
        yield level, index, value


def subtree(begin: int, end: int, node: Node) -> bytes:
    """MTH(D[begin:end]) from full subtrees; begin is aligned as the RFC's recursion gives it."""
    count = end - begin
    if count == 0:
        return EMPTY_ROOT
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, begin >> level)
    split = 1 << ((count - 1).bit_length() - 1)
    return node_hash(subtree(begin, begin + split, node), subtree(begin + split, end, node))


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """PATH(m, D[n]) of RFC 9162 2.1.3.1: leaf sibling first. Raises ValueError outside the tree."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies outside the tree")
    return _path(index, 0, size, node)


def _path(index: int, begin: int, end: int, node: Node) -> list[bytes]:
    count = end - begin
    if count == 1:
        return []
    middle = begin + (1 << ((count - 1).bit_length() - 1))
    if index < middle:
        return [*_path(index, begin, middle, node), subtree(middle, end, node)]
    return [*_path(index, middle, end, node), subtree(begin, middle, node)]


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 9162 2.1.4.1. Raises ValueError where old is not within 1..new."""
    if not 0 < old <= new:
        raise ValueError("a consistency proof needs 0 < old <= new")
    return _subproof(old, 0, new, True, node)


def _subproof(old: int, begin: int, end: int, whole: bool, node: Node) -> list[bytes]:
    count = end - begin
    if old == count:
        return [] if whole else [subtree(begin, end, node)]
    split = 1 << ((count - 1).bit_length() - 1)
    middle = begin + split
    if old <= split:
        return [*_subproof(old, begin, middle, whole, node), subtree(middle, end, node)]
    return [*_subproof(old - split, middle, end, False, node), subtree(begin, middle, node)]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes
) -> None:
    """RFC 9162 2.1.3.2.

    Raises NotVerified("inclusion") where the proof does not lead to the root.
    """
    if not 0 <= index < size:
        raise NotVerified("inclusion", "the leaf index lies outside the tree")
    first, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise NotVerified("inclusion", "the inclusion proof is too long")
        if first % 2 == 1 or first == last:
            value = node_hash(sibling, value)
            while first % 2 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        first, last = first >> 1, last >> 1
    if last != 0 or value != expected:
        raise NotVerified("inclusion", "the inclusion proof does not lead to the signed root")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162 2.1.4.2.

    Raises NotVerified("consistency") where the old tree is no prefix of the new.
    """
    failed = NotVerified("consistency", "the older tree is not a prefix of the newer one")
    if old == new:
        if proof or old_root != new_root:
            raise failed
        return
    if not 0 < old < new or not proof:
        raise failed
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    first, last = old - 1, new - 1
    while first % 2 == 1:
        first, last = first >> 1, last >> 1
    old_value = new_value = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise failed
        if first % 2 == 1 or first == last:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
            while first % 2 == 0 and first != 0:
                first, last = first >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        first, last = first >> 1, last >> 1
    if last != 0 or old_value != old_root or new_value != new_root:
        raise failed
