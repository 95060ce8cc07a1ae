"""A database administrator rewrites the ledger; an auditor with the trust file sees it (I1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from gateway.domain import ledger, merkle
from gateway.services.verdict import Report
from gateway.services.verifying import verify
from keys.jws import JoseSignatures
from keys.notes import C2spNotes
from tests.services.back.world import entry, numbers
from tests.services.evidence.road import Road

A = "1.opr-uji-a.1"
Rows = list[tuple[bytes, bytes, bytes]]  # entry, salt, event


@pytest.fixture
def delivered(road: Road) -> Road:
    road.partner("opr-uji-a")
    road.release([entry(n) for n in numbers(2)])
    road.round()
    return road


def rewrite(road: Road, change: Callable[[Rows], None], *, rehash: bool) -> None:
    """Change the leaves with the triggers gone; with `rehash` the whole tree is made anew, and the
    old signed heads are thrown away, as one with the database and the keys could."""
    with closing(sqlite3.connect(road.folder / "palang.sqlite")) as db, db:
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f"DROP TRIGGER {name}")
        rows: Rows = db.execute(
            "SELECT entry, salt, event FROM ledger_leaves ORDER BY leaf"
        ).fetchall()
        change(rows)
        db.execute("DELETE FROM ledger_digests WHERE leaf >= ?", (len(rows),))
        db.execute("DELETE FROM ledger_leaves")
        numbered = [(leaf, *row) for leaf, row in enumerate(rows)]
        db.executemany("INSERT INTO ledger_leaves VALUES (?, ?, ?, ?)", numbered)
        if rehash:
            _rehash(db, rows)
    db.close()


def _rehash(db: sqlite3.Connection, rows: Rows) -> None:
    anew = [(ledger.entry_hash(salt, event), leaf) for leaf, (_e, salt, event) in enumerate(rows)]
    db.executemany("UPDATE ledger_leaves SET entry = ? WHERE leaf = ?", anew)
    tree = merkle.levels([merkle.leaf_hash(entry) for entry, _leaf in anew])
    nodes = [(level, i, node) for level, row in enumerate(tree) for i, node in enumerate(row)]
    db.execute("DELETE FROM ledger_nodes")
    db.executemany("INSERT INTO ledger_nodes VALUES (?, ?, ?)", nodes)
    db.execute("UPDATE ledger_head SET size = ?", (len(rows),))
    db.execute("DELETE FROM checkpoints")


def report(road: Road) -> Report:
    exported = road.evidence.delivery(A, "tester")
    return verify(exported.data, road.trust(), JoseSignatures(), C2spNotes())


def changed(needle: bytes, old: bytes, new: bytes) -> Callable[[Rows], None]:
    """Replace text in the first event that holds `needle`."""

    def change(rows: Rows) -> None:
        place = next(i for i, row in enumerate(rows) if needle in row[2])
        entry, salt, event = rows[place]
        assert old in event
        rows[place] = (entry, salt, event.replace(old, new))

    return change


def test_untouched_it_passes(delivered: Road) -> None:
    assert report(delivered).passed


def test_a_rewritten_event_is_no_leaf_any_more(delivered: Road) -> None:
    change = changed(b'"receipt.record"', b'"late":false', b'"late":true ')
    rewrite(delivered, change, rehash=False)
    assert [result.number for result in report(delivered).failed] == [23]


@pytest.mark.parametrize(
    "change",
    [
        changed(b'"batch.submit"', b'"officer":"siti"', b'"officer":"budi"'),
        lambda rows: rows.pop(2),
        lambda rows: rows.insert(2, rows[1]),
        lambda rows: rows.reverse(),
    ],
    ids=["flip", "delete", "insert", "reorder"],
)
def test_a_history_made_anew_is_not_the_one_the_partner_was_shown(
    delivered: Road, change: Callable[[Rows], None]
) -> None:
    """Even with all hashes made anew and a new head signed by the gateway's own key."""
    rewrite(delivered, change, rehash=True)
    failed = {result.number: result.reason for result in report(delivered).failed}
    assert failed.get(24) == "consistency"


def test_a_tail_cut_off_leaves_the_receipt_without_its_leaf(delivered: Road) -> None:
    """The checkpoint in the manifest is older than the tail; what stands in the bundle is not."""

    def cut(rows: Rows) -> None:
        place = next(i for i, row in enumerate(rows) if b'"receipt.record"' in row[2])
        del rows[place:]

    rewrite(delivered, cut, rehash=True)
    assert {14, 25, 28} & {result.number for result in report(delivered).failed}
