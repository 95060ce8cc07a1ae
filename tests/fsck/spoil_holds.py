"""Corruptions of what officers decided of held rows, and of what entries stand on (F and I)."""

from __future__ import annotations

from pathlib import Path

from tests.fsck.tampering import Db, change, corrupts, edit_event, leaf_of, rehash, value

_HELD = "(SELECT min(intake) FROM resolutions)"


@corrupts("row-differs", "number-differs", "entry-unfounded")
def a_resolved_number_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE resolutions SET number = number + 1 WHERE position = 4 AND part = 0")


@corrupts("row-differs")
def a_resolutions_reason_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE resolutions SET reason = 'source_confirmed' WHERE position = 4")


@corrupts("row-differs")
def a_resolution_is_dated_back(db: Db, _site: Path) -> None:
    change(db, "UPDATE resolutions SET at = at - 5000000 WHERE position = 4")


@corrupts("row-differs", "number-differs")
def a_second_look_is_said_to_be_needless(db: Db, _site: Path) -> None:
    change(db, "UPDATE resolutions SET second = 0, why_second = '' WHERE position = 3")


@corrupts("approval-missing", "entry-unfounded")
def a_second_look_is_removed(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM approvals WHERE act = 'hold.resolve' AND officer = 'budi'")


@corrupts("approval-missing", "entry-unfounded")
def a_resolutions_signature_is_removed(db: Db, _site: Path) -> None:
    digest = value(db, "SELECT digest FROM resolutions WHERE position = 4")
    change(db, "DELETE FROM approvals WHERE digest = ?", digest)


@corrupts("row-missing")
def a_resolution_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM resolutions WHERE position = 5")


@corrupts("row-differs", "row-unlogged", "approval-missing")
def a_resolution_is_slipped_in(db: Db, _site: Path) -> None:
    names = [row[1] for row in db.execute("PRAGMA table_info(resolutions)") if row[1] != "id"]
    chosen = ", ".join("'sha256:' || hex(zeroblob(32))" if n == "digest" else n for n in names)
    change(
        db,
        f"INSERT INTO resolutions ({', '.join(names)}) SELECT {chosen} FROM resolutions"
        " WHERE position = 5",
    )


@corrupts("row-differs")
def a_resolutions_leaf_counts_fewer_rows(db: Db, _site: Path) -> None:
    digest = value(db, "SELECT digest FROM resolutions WHERE position = 5")
    edit_event(db, leaf_of(db, "hold.resolve", digest=digest), rows=0)
    rehash(db)


@corrupts("row-differs")
def a_replaced_resolution_rules_again(db: Db, _site: Path) -> None:
    """The first act about a row becomes its last."""
    first = value(db, "SELECT min(id) FROM resolutions WHERE position = 2")
    change(db, "UPDATE resolutions SET id = id + 1000 WHERE id = ?", first)


@corrupts("approval-missing", "entry-unfounded", "entries-changed")
def a_batch_takes_what_waits_for_a_second_look(db: Db, _site: Path) -> None:
    number = value(db, "SELECT number FROM resolutions WHERE position = 6")
    names = [row[1] for row in db.execute("PRAGMA table_info(entries)")]
    chosen = ", ".join("?" if name == "number" else name for name in names)
    sql = f"INSERT INTO entries SELECT {chosen} FROM entries WHERE batch = 7 LIMIT 1"
    change(db, sql, number)
    change(db, f"INSERT INTO entry_sources VALUES (7, ?, {_HELD}, 6)", number)


@corrupts("entry-unfounded")
def a_source_of_an_entry_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE entry_sources SET position = 5 WHERE position = 2 AND batch = 7")


@corrupts("entry-unfounded")
def a_second_source_is_forgotten(db: Db, _site: Path) -> None:
    """The number was asked for by two intakes."""
    change(db, f"DELETE FROM entry_sources WHERE batch = 7 AND intake > {_HELD}")


@corrupts("entry-unfounded")
def an_entrys_own_source_is_forgotten(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM entry_sources WHERE batch = 7 AND position = 3")
