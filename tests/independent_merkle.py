"""A second reader of RFC 9162 proofs, by the recursive definitions of 2.1.3.1 and 2.1.4.1.

It shares nothing with gateway/domain/merkle.py, which follows the loops of 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf_of(entry: bytes) -> bytes:
    """HASH(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two smaller than size."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that PATH(index, D[size]) leads to."""
    if size == 1:
        assert not path, "the path is too long"
        return leaf
    assert path, "the path is too short"
    k, last = _split(size), path[-1]
    if index < k:
        return _node(root_by_inclusion(index, k, leaf, path[:-1]), last)
    return _node(last, root_by_inclusion(index - k, size - k, leaf, path[:-1]))


def roots_by_consistency(
    old: int, new: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Both roots that PROOF(old, D[new]) leads to."""
    return _roots(old, new, old_root, list(proof), whole=True)


def _roots(
    old: int, new: int, known: bytes, proof: list[bytes], *, whole: bool
) -> tuple[bytes, bytes]:
    if old == new:
        assert len(proof) == (0 if whole else 1)
        return (known, known) if whole else (proof[0], proof[0])
    k, last = _split(new), proof[-1]
    if old <= k:
        left = _roots(old, k, known, proof[:-1], whole=whole)
        return left[0], _node(left[1], last)
    right = _roots(old - k, new - k, known, proof[:-1], whole=False)
    return _node(last, right[0]), _node(last, right[1])
