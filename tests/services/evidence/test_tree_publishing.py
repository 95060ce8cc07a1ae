"""What the worker lays ready of the ledger: it grows, it is laid anew after a restore, and what is
served ties nobody to a leaf."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain import failpoints, merkle, tiles
from gateway.domain.proofs import Growth, growth_text
from gateway.services.tree_publishing import TreePublisher
from gateway.store.exchange.store import SqlExchange, open_exchange
from tests.fsck.tampering import cut, edit_event, leaf_of, rehash, value
from tests.fsck.town import by_hand, check
from tests.services.back.world import World, entry, numbers
from tests.services.evidence.road import Road
from tests.web.house import fresh_url

A, B = "opr-uji-a", "ott-uji"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[SqlExchange]:
    with closing(open_exchange(fresh_url(tmp_path))) as made:
        yield made
    failpoints.arm(None)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """An operator and an OTT, each with a delivery that it acknowledged."""
    made = Road(tmp_path_factory.mktemp("tree"))
    made.partner(A)
    made.ott(B)
    made.release([entry(n) for n in numbers(4)])
    made.round()
    yield made
    made.close()


@pytest.fixture
def told(built: Road, tmp_path: Path) -> Iterator[World]:
    """A copy for each test to spoil."""
    made = built.copied(tmp_path)
    yield made
    made.close()


def grow(road: World, n: int) -> int:
    """One delivery more, and a head over it."""
    road.release([entry(number) for number in numbers(n)[-1:]])
    road.round()
    with road.store.read() as uow:
        size = uow.log.size()
    return road.checkpoints.covering(size).size


def publish(road: World, shelf: SqlExchange, *partners: str) -> int | None:
    return TreePublisher(road.store, shelf).run(partners)


def root(shelf: SqlExchange, size: int) -> bytes:
    return merkle.subtree(0, size, tiles.nodes(shelf.tile))


def roots_agree(road: World, shelf: SqlExchange) -> bool:
    shown = shelf.tree()
    assert shown is not None
    with road.store.read() as uow:
        sizes = {1, shown.size // 2, shown.size - 1, shown.size}
        return all(root(shelf, n) == merkle.subtree(0, n, uow.log.node) for n in sizes)


def test_tiles_grow_with_the_heads_and_nothing_is_laid_twice(
    told: World, shelf: SqlExchange
) -> None:
    sizes = []
    for n in (5, 6):
        grow(told, n)
        sizes.append(publish(told, shelf, A))
        assert roots_agree(told, shelf)
        assert publish(told, shelf, A) is None
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize("point", ["before:exchange.tree", "after:exchange.tiles"])
def test_a_crash_between_tiles_and_head_is_made_good_by_the_next_round(
    told: World, shelf: SqlExchange, point: str
) -> None:
    publish(told, shelf, A)
    before = shelf.tree()
    grow(told, 5)

    def stop(reached: str) -> None:
        if reached == point:
            failpoints.arm(None)
            raise KeyboardInterrupt

    failpoints.arm(stop)
    with pytest.raises(KeyboardInterrupt):
        publish(told, shelf, A)
    assert shelf.tree() == before
    publish(told, shelf, A)
    assert shelf.tree() != before
    assert roots_agree(told, shelf)


def test_a_ledger_that_is_another_one_is_laid_anew_whole(told: World, shelf: SqlExchange) -> None:
    grow(told, 5)
    publish(told, shelf, A)
    old = shelf.tree()
    with by_hand(told.folder / "palang.sqlite") as db:
        db.execute("DELETE FROM checkpoints")
        seal = leaf_of(db, "delivery.seal", partner=A)
        edit_event(db, seal, sealing=7)
        rehash(db)
        manifest = json.loads(value(db, "SELECT event FROM ledger_leaves WHERE leaf = ?", seal))
    grow(told, 6)
    assert publish(told, shelf, A) is not None
    assert shelf.tree() != old
    assert roots_agree(told, shelf)
    own = shelf.own_leaf(A, manifest["manifest"])
    assert own is not None
    assert json.loads(own.opening[16:])["sealing"] == 7  # the one of before is gone


def test_a_ledger_that_is_shorter_than_what_is_shown_is_laid_anew(
    told: World, shelf: SqlExchange
) -> None:
    grow(told, 5)
    publish(told, shelf, A)
    with by_hand(told.folder / "palang.sqlite") as db:
        db.execute("DELETE FROM checkpoints")
        cut(db, 9)
    told.checkpoints.covering(1)
    assert publish(told, shelf, A) is not None
    assert roots_agree(told, shelf)


def test_each_partner_finds_its_own_leaves_and_nobody_elses(
    told: World, shelf: SqlExchange
) -> None:
    grow(told, 5)
    publish(told, shelf, A)
    ack = hashlib.sha256(next(iter(told_acks(told, A)))).hexdigest()
    own = shelf.own_leaf(A, f"sha256:{ack}")
    assert own is not None
    assert json.loads(own.opening[16:])["event"] == "receipt.record"
    for statement in told_acks(told, B):
        named = "sha256:" + hashlib.sha256(statement).hexdigest()
        assert shelf.own_leaf(A, named) is None
        assert shelf.own_leaf(B, named) is None  # it does not pull


def told_acks(road: World, partner: str) -> list[bytes]:
    """The receipts of a partner as the gateway keeps them."""
    with road.store.read() as uow:
        kept = uow.inbox.listing(partner, ())
    return [record.body for record in reversed(kept) if b"." in record.body][:1]


def test_leaves_reveal_no_participant_to_whoever_knows_every_event(
    told: World, shelf: SqlExchange
) -> None:
    """A dictionary attack by somebody who can write down each event word for word, but has no
    salts, finds nothing in what is served; with a salt it would find each."""
    grow(told, 5)
    publish(told, shelf, A)
    shown = shelf.tree()
    assert shown is not None
    served = {
        tile[at : at + 32] for tile in _tiles(shelf, shown.size) for at in range(0, len(tile), 32)
    }
    with told.store.read() as uow:
        leaves = list(uow.log.leaves(0, shown.size))
    assert len(served) >= len(leaves)
    for leaf in leaves:
        assert not served & set(_guesses(leaf.event))
        opened = hashlib.sha256(leaf.salt + leaf.event).digest()
        assert hashlib.sha256(b"\x00" + opened).digest() in served
    assert {len(leaf.salt) for leaf in leaves} == {16}
    assert len({leaf.salt for leaf in leaves}) == len(leaves)


def _tiles(shelf: SqlExchange, size: int) -> Iterator[bytes]:
    level = 0
    while size >> 8 * level:
        for index in range(-(-(size >> 8 * level) // 256)):
            yield shelf.tile(level, index)
        level += 1


def _guesses(event: bytes) -> Iterator[bytes]:
    """What a leaf would be without its salt, or with one that can be guessed."""
    for salt in (b"", bytes(16), b"\xff" * 16):
        entry_hash = hashlib.sha256(salt + event).digest()
        yield entry_hash
        yield hashlib.sha256(b"\x00" + entry_hash).digest()
        yield hashlib.sha256(b"\x00" + salt + event).digest()


def test_what_one_partner_is_served_names_no_other(told: World, shelf: SqlExchange) -> None:
    grow(told, 5)
    publish(told, shelf, A, B)
    shown = shelf.tree()
    assert shown is not None
    path = tuple(merkle.consistency(3, shown.size, tiles.nodes(shelf.tile)))
    served = growth_text(Growth(3, path, shown.note)).encode() + b"".join(_tiles(shelf, shown.size))
    assert not any(name.encode() in served for name in (A, B))
    with closing(sqlite3.connect(shelf_file(told))) as db:
        rows = db.execute("SELECT partner, opening FROM exchange_leaves").fetchall()
    assert {partner for partner, _opening in rows} == {A, B}
    for partner, opening in rows:
        other = B if partner == A else A
        assert partner.encode() in opening
        assert other.encode() not in opening


def shelf_file(road: World) -> Path:
    return road.folder / "exchange.sqlite"


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("UPDATE exchange_tree SET note = note || ' '", "exchange-unknown"),
        ("UPDATE exchange_tiles SET hashes = zeroblob(length(hashes))", "exchange-bytes"),
        ("DELETE FROM exchange_tiles", "exchange-bytes"),
        ("UPDATE exchange_leaves SET opening = x'00'", "exchange-bytes"),
        ("UPDATE exchange_leaves SET partner = 'ott-uji'", "exchange-unknown"),
        ("UPDATE exchange_leaves SET leaf = leaf + 1", "exchange-bytes"),
    ],
)
def test_fsck_finds_what_the_listener_would_prove_wrong(
    told: World, shelf: SqlExchange, sql: str, code: str
) -> None:
    grow(told, 5)
    publish(told, shelf, A)
    url = f"sqlite:///{shelf_file(told)}"
    assert not [f for f in _findings(told, url) if f.startswith("exchange")]
    with closing(sqlite3.connect(shelf_file(told))) as db:
        assert db.execute(sql).rowcount > 0
        db.commit()
    assert [f for f in _findings(told, url) if f.startswith("exchange")][:1] == [code]


def _findings(road: World, exchange: str) -> list[str]:
    report = check(road.folder / "palang.sqlite", exchange=exchange)
    return [finding.code for finding in report.findings]
