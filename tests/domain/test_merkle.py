"""RFC 9162 trees against the published test tree of Certificate Transparency, and against each
other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import merkle
from gateway.domain.errors import NotVerified

# the leaf inputs and roots that RFC 6962 implementations publish and share
_INPUTS = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
_LEAVES = [merkle.leaf_hash(item) for item in _INPUTS]


def _nodes(leaves: list[bytes]) -> merkle.Node:
    rows = merkle.levels(leaves)
    return lambda level, index: rows[level][index]


def _many(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(i).encode()) for i in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert merkle.root(_LEAVES[:size]).hex() == _ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root([]) == merkle.EMPTY_ROOT


def test_appending_leaf_by_leaf_gives_the_same_tree() -> None:
    nodes: dict[tuple[int, int], bytes] = {}
    for size, leaf in enumerate(_many(70)):
        for level, index, value in merkle.appended(size, leaf, lambda lvl, i: nodes[lvl, i]):
            nodes[level, index] = value
        whole = merkle.subtree(0, size + 1, lambda lvl, i: nodes[lvl, i])
        assert whole == merkle.root(_many(size + 1))


@given(st.integers(1, 200), st.data())
def test_every_leaf_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = _many(size)
    index = data.draw(st.integers(0, size - 1))
    root = merkle.root(leaves)
    proof = merkle.inclusion(index, size, _nodes(leaves))
    merkle.verify_inclusion(leaves[index], index, size, proof, root)
    wrong = data.draw(st.sampled_from(["leaf", "index", "longer", "shorter", "hash", "root"]))
    leaf, place, path, head = leaves[index], index, list(proof), root
    match wrong:
        case "leaf":
            leaf = merkle.leaf_hash(b"another")
        case "index":
            place = index + 1 if index + 1 < size else size
        case "longer":
            path.append(root)
        case "shorter":
            path = path[:-1]
            if not proof:
                return
        case "hash":
            if not proof:
                return
            path[0] = bytes(32)
        case "root":
            head = bytes(32)
    with pytest.raises(NotVerified) as caught:
        merkle.verify_inclusion(leaf, place, size, path, head)
    assert caught.value.reason == "inclusion"


@given(st.integers(1, 120), st.integers(0, 80))
def test_an_older_tree_is_shown_to_be_a_prefix(old: int, more: int) -> None:
    new = old + more
    leaves = _many(new)
    proof = merkle.consistency(old, new, _nodes(leaves))
    before, after = merkle.root(leaves[:old]), merkle.root(leaves)
    merkle.verify_consistency(old, new, before, after, proof)
    rewritten = [merkle.leaf_hash(b"rewritten"), *leaves[1:]]
    with pytest.raises(NotVerified):
        merkle.verify_consistency(
            old,
            new,
            before,
            merkle.root(rewritten),
            merkle.consistency(old, new, _nodes(rewritten)),
        )
    with pytest.raises(NotVerified):
        merkle.verify_consistency(old, new, before, after, [*proof, bytes(32)])


def test_proofs_outside_the_tree_are_never_made() -> None:
    with pytest.raises(ValueError):
        merkle.inclusion(8, 8, _nodes(_LEAVES))
    with pytest.raises(ValueError):
        merkle.consistency(0, 8, _nodes(_LEAVES))
