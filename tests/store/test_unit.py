"""One transaction: everything or nothing, the ledger with it (promise D)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway import ports
from gateway.domain import failpoints, ledger, merkle
from gateway.domain.errors import Conflict, LedgerUnavailable, NotFound
from gateway.domain.ledger import Tag
from gateway.store.schema import create
from gateway.store.store import SqlStore, open_store
from tests.store.conftest import SQLITE, fresh_url
from tests.store.damage import drop_trigger, raw, refuse_inserts
from tests.store.samples import FixedClock, delivery, event, gateway, officer, partner, seed, sha


class Crash(Exception):
    """The process dies here."""


@pytest.fixture
def points() -> Iterator[list[str]]:
    """Return the fail-points passed, and disarm afterwards."""
    passed: list[str] = []
    failpoints.arm(passed.append)
    yield passed
    failpoints.arm(None)


def officers(store: SqlStore) -> list[str]:
    with store.read() as uow:
        return [one.id for one in uow.registry.officers()]


def size(store: SqlStore) -> int:
    with store.read() as uow:
        return uow.log.size()


def test_the_store_is_what_the_ports_ask_for(store: SqlStore) -> None:
    port: ports.Store = store
    with port.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
        uow.commit("officer.enrol")
    assert officers(store) == ["siti"]


def test_leaving_the_block_without_commit_changes_nothing(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
    assert officers(store) == []
    assert size(store) == 0


def test_an_error_in_the_block_changes_nothing(store: SqlStore) -> None:
    with pytest.raises(Crash), store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
        raise Crash
    assert officers(store) == []
    assert size(store) == 0


def test_a_crash_before_the_commit_leaves_nothing(store: SqlStore) -> None:
    def die(point: str) -> None:
        if point == "before:officer.enrol":
            raise Crash

    failpoints.arm(die)
    try:
        with pytest.raises(Crash), store.write() as uow:
            uow.save(officer(), event(Tag.OFFICER_ENROL))
            uow.commit("officer.enrol")
    finally:
        failpoints.arm(None)
    assert officers(store) == []
    assert size(store) == 0


def test_a_crash_after_the_commit_leaves_everything(store: SqlStore) -> None:
    def die(point: str) -> None:
        if point == "after:officer.enrol":
            raise Crash

    failpoints.arm(die)
    try:
        with pytest.raises(Crash), store.write() as uow:
            uow.save(officer(), event(Tag.OFFICER_ENROL))
            uow.commit("officer.enrol")
    finally:
        failpoints.arm(None)
    assert officers(store) == ["siti"]
    assert size(store) == 1


def test_a_commit_passes_its_fail_points_in_order(store: SqlStore, points: list[str]) -> None:
    with store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
        uow.commit("officer.enrol")
    assert points == ["before:officer.enrol", "after:officer.enrol"]


@pytest.mark.parametrize("table", ["ledger_leaves", "ledger_nodes", "ledger_digests"])
def test_a_ledger_that_can_not_be_written_stops_the_change(
    store: SqlStore, url: str, table: str
) -> None:
    refuse_inserts(url, table, "full")
    with pytest.raises(LedgerUnavailable, match="nothing was changed"), store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL, card=sha("card")))
        uow.commit("officer.enrol")
    assert officers(store) == []
    assert size(store) == 0


def test_a_missing_ledger_head_stops_the_change(store: SqlStore, url: str) -> None:
    drop_trigger(url, "ledger_head", "kept")
    raw(url, "DELETE FROM ledger_head")
    with pytest.raises(LedgerUnavailable), store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
        uow.commit("officer.enrol")
    assert officers(store) == []


def test_a_read_unit_writes_nothing(store: SqlStore) -> None:
    with store.read() as uow:
        with pytest.raises(Conflict, match="read unit"):
            uow.save(officer(), event(Tag.OFFICER_ENROL))
        with pytest.raises(Conflict, match="read unit"):
            uow.note(event())
        with pytest.raises(Conflict, match="read unit"):
            uow.lists.next_batch()
        with pytest.raises(Conflict, match="read unit"):
            uow.commit("officer.enrol")
    assert officers(store) == []


def test_a_unit_ends_with_its_commit(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
        uow.commit("officer.enrol")
        for use in (uow.registry.officers, uow.log.size, lambda: uow.commit("officer.enrol")):
            with pytest.raises(Conflict, match="ended"):
                use()


def test_a_read_unit_sees_one_moment(store: SqlStore) -> None:
    with store.read() as view:
        assert view.registry.officers() == ()
        with store.write() as uow:
            uow.save(officer(), event(Tag.OFFICER_ENROL))
            uow.commit("officer.enrol")
        assert view.registry.officers() == ()
    assert officers(store) == ["siti"]


def test_a_second_writer_is_told_that_the_database_is_held(store: SqlStore) -> None:
    with store.write(), pytest.raises(Conflict, match="another process"), store.write():
        raise AssertionError("two writers at once")


def test_on_sqlite_only_a_writer_holds_others_off_and_a_read_says_nothing_of_what_comes_next(
    tmp_path: Path, clock: FixedClock
) -> None:
    """One pooled connection serves reads, writers and what begins without a word."""
    url = fresh_url(SQLITE, tmp_path)
    create(url)
    with closing(open_store(url, clock)) as store:
        for _ in range(2):
            with store.read():
                assert not _held(store)
            with store.write():
                assert _held(store)
            with store.read():
                pass
            with store._engine.begin():
                assert _held(store)


def _held(store: SqlStore) -> bool:
    """Whether another program would have to wait for its turn to write."""
    file = store._engine.url.database
    assert file is not None
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        other.rollback()
        return False


def test_every_event_of_a_unit_becomes_a_leaf_in_order(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(gateway(), event(Tag.GATEWAY_INIT))
        uow.note(event(Tag.AUDIT_EXPORT))
        uow.save(partner(), event(Tag.PARTNER_PROPOSE))
        uow.commit("gateway.init")
    with store.read() as uow:
        bodies = [leaf.event for leaf in uow.log.leaves(0, 99)]
    wanted = [Tag.GATEWAY_INIT, Tag.AUDIT_EXPORT, Tag.PARTNER_PROPOSE]
    assert bodies == [event(tag).to_bytes() for tag in wanted]


def test_a_commit_without_events_adds_no_leaf(store: SqlStore) -> None:
    with store.write() as uow:
        uow.commit("checkpoint.keep")
    assert size(store) == 0


def test_the_stored_tree_is_the_tree_over_the_leaves_after_each_commit(store: SqlStore) -> None:
    for round_ in range(1, 12):
        with store.write() as uow:
            for _ in range(round_ % 4 + 1):
                uow.note(event(Tag.AUDIT_EXPORT, round=round_))
            uow.commit("audit.export")
        with store.read() as uow:
            log = uow.log
            leaves = list(log.leaves(0, log.size()))
            hashes = [merkle.leaf_hash(leaf.entry) for leaf in leaves]
            assert [leaf.index for leaf in leaves] == list(range(log.size()))
            assert hashes == [ledger.leaf(leaf.salt, leaf.event) for leaf in leaves]
            assert len({leaf.salt for leaf in leaves}) == len(leaves)
            assert {len(leaf.salt) for leaf in leaves} == {16}
            assert merkle.subtree(0, log.size(), log.node) == merkle.root(hashes)


def test_proofs_from_stored_nodes_verify(store: SqlStore) -> None:
    with store.write() as uow:
        for place in range(13):
            uow.note(event(Tag.AUDIT_EXPORT, place=place))
        uow.commit("audit.export")
    with store.read() as uow:
        node, total = uow.log.node, uow.log.size()
        root = merkle.subtree(0, total, node)
        for leaf in uow.log.leaves(0, total):
            path = merkle.inclusion(leaf.index, total, node)
            merkle.verify_inclusion(merkle.leaf_hash(leaf.entry), leaf.index, total, path, root)
        for old in range(1, total + 1):
            proof = merkle.consistency(old, total, node)
            merkle.verify_consistency(old, total, merkle.subtree(0, old, node), root, proof)


def test_leaves_are_found_by_every_digest_that_an_event_names(store: SqlStore) -> None:
    deep = {"parts": [{"name": "a", "digest": sha("c")}], "counts": [1, 2]}
    with store.write() as uow:
        uow.note(event(Tag.AUDIT_EXPORT, manifest=sha("a")))
        uow.note(event(Tag.AUDIT_EXPORT, voids=[[3, sha("b")], [4, sha("a")]], also=sha("a")))
        uow.note(event(Tag.AUDIT_EXPORT, deep=deep, text="sha256:no"))
        uow.commit("audit.export")
    with store.read() as uow:
        assert uow.log.find(sha("a")) == (0, 1)
        assert uow.log.find(sha("b")) == (1,)
        assert uow.log.find(sha("c")) == (2,)
        assert uow.log.find("sha256:no") == ()


def test_what_lies_outside_the_ledger_is_not_found(store: SqlStore) -> None:
    with store.read() as uow:
        with pytest.raises(NotFound):
            uow.log.leaf(0)
        with pytest.raises(NotFound):
            uow.log.node(0, 0)
        assert uow.log.latest_checkpoint() is None


def test_a_foreign_key_that_points_nowhere_is_refused(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, ())
        with pytest.raises(Conflict, match="deliveries"):
            uow.save(delivery(batch=99), event(Tag.DELIVERY_SEAL))


def test_the_database_and_its_journal_belong_to_their_owner_only(
    tmp_path: Path, clock: FixedClock
) -> None:
    url = fresh_url(SQLITE, tmp_path)
    create(url)
    path = tmp_path / "palang.db"
    with closing(open_store(url, clock)) as store, store.write() as uow:
        uow.save(officer(), event(Tag.OFFICER_ENROL))
        uow.commit("officer.enrol")
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.glob("palang.db*")}
    assert set(modes) >= {"palang.db", "palang.db-wal"}
    assert set(modes.values()) == {0o600}
