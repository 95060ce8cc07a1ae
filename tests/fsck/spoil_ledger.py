"""Corruptions of the ledger and its heads (promise D)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fsck.tampering import (
    Db,
    change,
    corrupts,
    cut,
    edit_event,
    flipped,
    leaf_of,
    rehash,
    value,
)


@corrupts("leaf-missing", "digest-index", "row-missing", "row-unlogged", "judgement-differs")
def a_leaf_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM ledger_leaves WHERE leaf = ?", leaf_of(db, "confirmation.record"))


@corrupts("leaf-missing")
def the_head_is_gone(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM ledger_head")


@corrupts("node-wrong", "checkpoint-history", "digest-index", "reference-differs")
def two_leaves_change_places(db: Db, _site: Path) -> None:
    one, other = leaf_of(db, "reference.load", kind="terms"), leaf_of(db, "officer.enrol")
    for old, new in ((one, -1), (other, one), (-1, other)):
        change(db, "UPDATE ledger_leaves SET leaf = ? WHERE leaf = ?", new, old)


@corrupts("opening-wrong", "digest-index")
def an_event_is_edited(db: Db, _site: Path) -> None:
    edit_event(db, leaf_of(db, "audit.export"), bundle="sha256:" + "0" * 64)


@corrupts("checkpoint-history")
def an_event_is_edited_and_the_tree_made_anew(db: Db, _site: Path) -> None:
    edit_event(db, leaf_of(db, "audit.export"), login="orang-lain")
    rehash(db)


@corrupts("checkpoint-history", "checkpoint-missing")
def the_tree_is_made_anew_and_its_heads_removed(db: Db, _site: Path) -> None:
    edit_event(db, leaf_of(db, "audit.export"), login="orang-lain")
    rehash(db)
    change(db, "DELETE FROM checkpoints")


@corrupts("checkpoint-missing")
def checkpoints_are_removed(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM checkpoints")


@corrupts(
    "checkpoint-history",
    "state-differs",
    "row-differs",
    "row-unlogged",
    "reference-differs",
    "judgement-differs",
    "purge-unrecorded",
)
def the_tail_is_cut(db: Db, _site: Path) -> None:
    size = value(db, "SELECT size FROM ledger_head")
    cut(db, size - leaf_of(db, "delivery.withhold"))


@corrupts("behind-high-water")
def the_whole_database_is_an_older_one(_db: Db, site: Path) -> None:
    """Nothing in it is wrong; only the file outside knows what left the house since."""
    file = site / "high-water.json"
    mark = json.loads(file.read_text())
    mark["ledger"] += 100
    file.write_text(json.dumps(mark, sort_keys=True, separators=(",", ":")))


@corrupts("leaf-beyond")
def a_leaf_is_put_behind_the_head(db: Db, _site: Path) -> None:
    size = value(db, "SELECT size FROM ledger_head")
    rows = db.execute("SELECT entry, salt, event FROM ledger_leaves WHERE leaf = 0").fetchall()
    db.execute(
        "INSERT INTO ledger_leaves (leaf, entry, salt, event) VALUES (?,?,?,?)", (size, *rows[0])
    )


@corrupts("leaf-missing")
def the_head_is_raised(db: Db, _site: Path) -> None:
    change(db, "UPDATE ledger_head SET size = size + 3")


@corrupts("leaf-beyond", "node-wrong")
def the_head_is_lowered(db: Db, _site: Path) -> None:
    change(db, "UPDATE ledger_head SET size = size - 60")


@corrupts("checkpoint-history")
def a_leaf_is_slipped_in(db: Db, _site: Path) -> None:
    leaf = leaf_of(db, "audit.export")
    salt, event = db.execute(
        "SELECT salt, event FROM ledger_leaves WHERE leaf = ?", (leaf,)
    ).fetchone()
    for moved in range(value(db, "SELECT max(leaf) FROM ledger_leaves"), leaf, -1):
        change(db, "UPDATE ledger_leaves SET leaf = ? WHERE leaf = ?", moved + 1, moved)
    db.execute(
        "INSERT INTO ledger_leaves (leaf, entry, salt, event) VALUES (?,?,?,?)",
        (leaf + 1, b"", salt, event),
    )
    rehash(db)


@corrupts("opening-missing", "digest-index", "row-unlogged", "judgement-differs")
def an_opening_that_must_stay_is_purged(db: Db, _site: Path) -> None:
    leaf = leaf_of(db, "confirmation.record")
    change(db, "UPDATE ledger_leaves SET salt = x'', event = x'' WHERE leaf = ?", leaf)


@corrupts("opening-wrong", "digest-index")
def a_salt_is_changed(db: Db, _site: Path) -> None:
    leaf = leaf_of(db, "audit.export")
    salt = value(db, "SELECT salt FROM ledger_leaves WHERE leaf = ?", leaf)
    change(db, "UPDATE ledger_leaves SET salt = ? WHERE leaf = ?", flipped(salt), leaf)


@corrupts("event-unknown", "digest-index", "checkpoint-history")
def an_event_of_no_list_is_written(db: Db, _site: Path) -> None:
    edit_event(db, leaf_of(db, "audit.export"), event="audit.nothing")
    rehash(db)


@corrupts("event-unknown", "digest-index", "checkpoint-history")
def an_event_is_written_in_another_form(db: Db, _site: Path) -> None:
    leaf = leaf_of(db, "audit.export")
    said = json.loads(value(db, "SELECT event FROM ledger_leaves WHERE leaf = ?", leaf))
    change(db, "UPDATE ledger_leaves SET event = ? WHERE leaf = ?", json.dumps(said).encode(), leaf)
    rehash(db)


@corrupts("number-shown", "checkpoint-history")
def a_number_is_written_into_an_event(db: Db, _site: Path) -> None:
    edit_event(db, leaf_of(db, "audit.export"), login="0870" + "11112201")
    rehash(db)


@corrupts("number-shown", "checkpoint-history")
def a_number_in_groups_is_written_into_a_reference(db: Db, _site: Path) -> None:
    edit_event(db, leaf_of(db, "audit.export"), reference="A/0870-" + "111-122-01")
    rehash(db)


@corrupts("node-wrong")
def a_node_is_changed(db: Db, _site: Path) -> None:
    node = value(db, "SELECT hash FROM ledger_nodes WHERE level = 2 AND position = 3")
    change(db, "UPDATE ledger_nodes SET hash = ? WHERE level = 2 AND position = 3", flipped(node))


@corrupts("node-wrong")
def a_node_is_missing(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM ledger_nodes WHERE level = 1 AND position = 5")


@corrupts("node-wrong")
def a_level_too_much(db: Db, _site: Path) -> None:
    db.execute("INSERT INTO ledger_nodes VALUES (40, 0, x'00')")


@corrupts("digest-index")
def a_digest_is_taken_from_the_index(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM ledger_digests WHERE leaf = ?", leaf_of(db, "batch.release"))


@corrupts("row-missing")
def a_time_stamp_is_over_no_checkpoint(db: Db, _site: Path) -> None:
    """One over a kept head is fine; the other head was never signed, or its note is gone."""
    kept = value(db, "SELECT max(size) FROM checkpoints")
    for size in (kept, kept + 1):
        db.execute("INSERT INTO timestamps VALUES (?, x'30', 0)", (size,))


@corrupts("checkpoint-signature", "checkpoint-missing")
def a_note_is_changed(db: Db, _site: Path) -> None:
    note = value(db, "SELECT note FROM checkpoints ORDER BY key LIMIT 1")
    head, sign, line = note.rpartition(" ")
    spoiled = head + sign + line[:10] + ("A" if line[10] != "A" else "B") + line[11:]
    change(db, "UPDATE checkpoints SET note = ? WHERE note = ?", spoiled, note)


@corrupts("checkpoint-signature")
def a_note_stands_under_another_size(db: Db, _site: Path) -> None:
    change(db, "UPDATE checkpoints SET size = size + 1 WHERE key = 2")


@corrupts("row-missing", "row-unlogged")
def a_leaf_speaks_of_a_delivery_that_is_not_there(db: Db, _site: Path) -> None:
    """The last batch's delivery is not sealed, so nothing but leaf and review know of it."""
    delivery = "7.ott-uji.1"
    change(db, "UPDATE deliveries SET id = ?, batch = batch WHERE id = ?", "7.ott-uji.2", delivery)
