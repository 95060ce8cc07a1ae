"""POST /checkpoint, /consistency and /proof: what partners can hold the ledger to."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

import pytest
from flask.testing import FlaskClient

from gateway.domain import merkle, tiles
from gateway.domain.ledger import Checkpoint
from gateway.domain.proofs import read_growth, read_inclusion
from gateway.ports.tree import OwnLeaf, PublishedTree
from tests.independent_merkle import leaf_of, root_by_inclusion, roots_by_consistency
from tests.keys.parties import OTHER_STATEMENT
from tests.web.house import A, B, House, post, request

SIZE = 66_000  # three levels of tiles
MINE, THEIRS = "sha256:" + "a" * 64, "sha256:" + "b" * 64
OPENING = bytes(16) + b'{"event":"receipt.record"}'


@cache
def levels() -> list[list[bytes]]:
    """The full subtrees of a ledger; leaf 700 is A's."""
    entries = [b"%d" % n for n in range(SIZE)]
    entries[700] = hashlib.sha256(OPENING).digest()
    return merkle.levels([leaf_of(entry) for entry in entries])


def node(level: int, index: int) -> bytes:
    return levels()[level][index]


def show(house: House, size: int = SIZE, epoch: int = 1) -> PublishedTree:
    """As the worker lays a tree ready; the note is not looked into here."""
    own = [OwnLeaf(A, MINE, 700, OPENING), OwnLeaf(B, THEIRS, 5, b"theirs")]
    house.exchange.put_tiles(list(tiles.grown(0, size, node)), own)
    root = merkle.subtree(0, size, node)
    note = Checkpoint("log", size, root).body() + "\n— palang-uji AAAA\n"
    tree = PublishedTree(epoch, size, root, note)
    house.exchange.put_tree(tree)
    return tree


def test_the_newest_head_is_served_as_it_was_signed(house: House, client: FlaskClient) -> None:
    tree = show(house, 300)
    got = post(client, f"{A}/checkpoint", request(1))
    assert (got.status_code, got.content_type) == (200, "text/plain; charset=utf-8")
    assert got.data.decode() == tree.note


@pytest.mark.parametrize("size", [1, 256, 257, SIZE])
def test_a_proof_between_any_two_sizes_leads_to_both_roots(
    house: House, client: FlaskClient, size: int
) -> None:
    tree = show(house, size)
    for old in {1, 2, 255, 256, 257, 1000, 65_536, size - 1, size} & {*range(1, size + 1)}:
        got = post(client, f"{A}/consistency?old={old}", request(1))
        proof = read_growth(got.data.decode())
        assert (proof.old, proof.note) == (old, tree.note)
        expected = merkle.subtree(0, old, node)
        found = roots_by_consistency(old, size, expected, proof.hashes)
        assert found == (expected, tree.root)
        merkle.verify_consistency(old, size, expected, tree.root, proof.hashes)


def test_a_leaf_of_ones_own_is_proven_with_its_opening(house: House, client: FlaskClient) -> None:
    tree = show(house)
    got = post(client, f"{A}/proof?of={MINE}", request(1))
    lines = got.data.decode().split("\n")
    assert lines[:3] == [
        "c2sp.org/tlog-proof@v1",
        "extra " + base64.b64encode(OPENING).decode(),
        "index 700",
    ]
    proof = read_inclusion(got.data.decode())
    leaf = leaf_of(hashlib.sha256(proof.opening).digest())
    assert root_by_inclusion(proof.index, SIZE, leaf, proof.hashes) == tree.root
    assert proof.note == tree.note


def test_anothers_leaf_and_an_unknown_one_look_the_same(house: House, client: FlaskClient) -> None:
    show(house)
    for named in (THEIRS, "sha256:" + "c" * 64):
        assert post(client, f"{A}/proof?of={named}", request(1)).status_code == 404
    assert post(client, f"{B}/proof?of={THEIRS}", request(1, OTHER_STATEMENT)).status_code == 200


def test_a_leaf_beyond_the_head_is_not_shown_yet(house: House, client: FlaskClient) -> None:
    show(house, 700)
    assert post(client, f"{A}/proof?of={MINE}", request(1)).status_code == 404


@pytest.mark.parametrize("path", ["checkpoint", "consistency?old=3", f"proof?of={MINE}"])
def test_each_asks_for_a_signed_request_of_the_running_epoch_once(
    house: House, client: FlaskClient, path: str
) -> None:
    assert post(client, f"{A}/{path}", request(1)).status_code == 404  # nothing is shown yet
    show(house, 800, epoch=2)
    assert post(client, f"{A}/{path}", request(1, epoch=1)).status_code == 404
    asked = request(1, epoch=2)
    assert post(client, f"{A}/{path}", asked).status_code == 200
    assert post(client, f"{A}/{path}", asked).status_code == 409
    assert post(client, f"{A}/{path}", request(1, OTHER_STATEMENT, epoch=2)).status_code == 401
    assert post(client, f"{A}/{path}", b"e30.e30.AAAA").status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("consistency", 400),
        ("consistency?old=0", 400),
        ("consistency?old=-1", 400),
        ("consistency?old=9999999999999999", 400),
        ("consistency?old=801", 404),
        ("proof", 400),
        ("proof?of=sha256:zz", 400),
    ],
)
def test_what_asks_for_nothing_that_can_be_is_refused(
    house: House, client: FlaskClient, path: str, status: int
) -> None:
    show(house, 800)
    assert post(client, f"{A}/{path}", request(1)).status_code == status


def test_a_tile_that_is_missing_is_told_as_trouble_of_the_house(
    house: House, client: FlaskClient
) -> None:
    show(house, 800)
    house.exchange.put_tiles([tiles.Tile(0, 0, b"")], ())
    assert post(client, f"{A}/consistency?old=3", request(1)).status_code == 503
