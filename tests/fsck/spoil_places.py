"""Corruptions outside the core's rows: partners' copies, the exchange store, the schema itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.domain.canonical import digest
from tests.fsck.tampering import Db, change, corrupts, flipped, value


def _in(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def _state(site: Path) -> Path:
    return site / "opr-uji-b" / "state.sqlite"


@corrupts("copy-missing")
def a_copy_lacks_a_delivery(_db: Db, site: Path) -> None:
    _in(_state(site), "DELETE FROM parcels WHERE sequence = 1")


@corrupts("copy-twice")
def a_copy_has_a_delivery_twice(_db: Db, site: Path) -> None:
    _in(
        _state(site),
        "PRAGMA legacy_alter_table = ON",
        "DROP VIEW known",
        "DROP VIEW stored",
        "CREATE TABLE twice AS SELECT * FROM parcels",
        "INSERT INTO twice SELECT * FROM parcels WHERE sequence = 1",
        "DROP TABLE parcels",
        "ALTER TABLE twice RENAME TO parcels",
    )


@corrupts("copy-differs")
def a_copy_has_another_manifest(_db: Db, site: Path) -> None:
    with closing(sqlite3.connect(_state(site))) as db:
        body = value(db, "SELECT body FROM parcels WHERE sequence = 1")
        change(db, "UPDATE parcels SET body = ? WHERE sequence = 1", flipped(body))
        db.commit()


@corrupts("copy-differs")
def a_copy_has_other_entries(_db: Db, site: Path) -> None:
    with closing(sqlite3.connect(_state(site))) as db:
        data = value(db, "SELECT slice FROM parcels WHERE sequence = 1")
        change(db, "UPDATE parcels SET slice = ? WHERE sequence = 1", flipped(data, 90))
        db.commit()


@corrupts("copy-differs")
def a_copy_has_an_envelope_from_elsewhere(_db: Db, site: Path) -> None:
    _in(
        _state(site),
        "INSERT INTO sealings (parcel, manifest) SELECT 'x', manifest FROM parcels LIMIT 1",
    )


@corrupts("copy-differs")
def an_inbox_holds_another_parcel(_db: Db, site: Path) -> None:
    (site / "opr-uji-b" / "inbox" / "palang-opr-uji-b-1-00000001.zip.jwe").write_bytes(b"x")


@corrupts("checkpoint-history")
def a_partner_was_shown_another_history(_db: Db, site: Path) -> None:
    _in(_state(site), "UPDATE parcels SET tree_root = zeroblob(32) WHERE sequence = 2")


@corrupts("copy-unread")
def a_copy_is_no_database(_db: Db, site: Path) -> None:
    _state(site).write_bytes(b"x" * 5000)


@corrupts("copy-unread")
def a_copy_is_of_another_program(_db: Db, site: Path) -> None:
    _in(_state(site), "DROP TABLE sealings")


@corrupts("behind-high-water", "copy-missing", "copy-differs", "checkpoint-history")
def a_copy_is_ahead_of_us(_db: Db, site: Path) -> None:
    """As after a restore without a new epoch: the partner knows what we have forgotten."""
    _in(
        _state(site),
        "UPDATE parcels SET sequence = 9, tree_size = 100000 WHERE sequence = 3",
        "INSERT INTO sealings (parcel, manifest)"
        " SELECT 'y', manifest FROM parcels WHERE sequence = 9",
    )


@corrupts("exchange-bytes")
def a_published_parcel_is_changed(_db: Db, site: Path) -> None:
    with closing(sqlite3.connect(site / "exchange.sqlite")) as db:
        body = value(db, "SELECT body FROM exchange_bodies ORDER BY parcel")
        change(db, "UPDATE exchange_bodies SET body = ? WHERE body = ?", flipped(body), body)
        db.commit()


@corrupts("exchange-unknown")
def a_parcel_is_published_to_another(_db: Db, site: Path) -> None:
    sql = "UPDATE exchange_parcels SET partner = 'opr-uji-b' WHERE id = 1"
    _in(site / "exchange.sqlite", sql)


@corrupts("exchange-bytes")
def a_published_parcel_has_no_bytes(_db: Db, site: Path) -> None:
    sql = "DELETE FROM exchange_bodies WHERE parcel = (SELECT max(parcel) FROM exchange_bodies)"
    _in(site / "exchange.sqlite", sql)


@corrupts("exchange-trust")
def the_listener_lets_in_another_key(_db: Db, site: Path) -> None:
    with closing(sqlite3.connect(site / "exchange.sqlite")) as db:
        other = value(db, "SELECT trust FROM exchange_partners WHERE id = 'opr-uji-b'")
        change(db, "UPDATE exchange_partners SET trust = ? WHERE id = 'opr-uji-a'", other)
        db.commit()


@corrupts("exchange-unknown")
def an_answer_is_laid_ready_that_nobody_made(_db: Db, site: Path) -> None:
    with closing(sqlite3.connect(site / "exchange.sqlite")) as db:
        first = value(db, "SELECT min(id) FROM exchange_said")
        change(
            db,
            "UPDATE exchange_said SET body = ?, digest = ? WHERE id = ?",
            b"x",
            digest(b"x"),
            first,
        )
        db.commit()


@corrupts("statement-missing")
def what_the_listener_got_never_arrived(_db: Db, site: Path) -> None:
    _in(
        site / "exchange.sqlite",
        "UPDATE exchange_inbound SET taken_at = 1, body = x'' WHERE id = 1",
    )


@corrupts("exchange-bytes")
def what_waits_at_the_listener_is_changed(_db: Db, site: Path) -> None:
    _in(site / "exchange.sqlite", "UPDATE exchange_inbound SET body = x'00' WHERE id = 1")


@corrupts("schema-unknown")
def a_table_of_somebody_is_there(db: Db, _site: Path) -> None:
    db.execute("CREATE TABLE diam (nomor INTEGER)")


@corrupts("schema-unknown")
def a_column_of_somebody_is_there(db: Db, _site: Path) -> None:
    db.execute("ALTER TABLE deliveries ADD COLUMN tujuan TEXT")


@corrupts("schema-unknown")
def the_schema_is_of_a_newer_program(db: Db, _site: Path) -> None:
    change(db, "UPDATE alembic_version SET version_num = '9999'")


@corrupts("cell-form")
def a_cell_holds_another_type(db: Db, _site: Path) -> None:
    change(db, "UPDATE deliveries SET fence = 'x' WHERE id = '1.opr-uji-a.1'")


@corrupts("cell-form")
def a_text_holds_what_is_no_text(db: Db, _site: Path) -> None:
    change(db, "UPDATE officers SET name = CAST(x'ff41' AS TEXT) WHERE id = 'budi'")


@corrupts("database-damaged")
def an_index_lacks_a_row(db: Db, site: Path) -> None:
    """A digest in the index page is another than in the table, as after a torn write."""
    page = value(db, "SELECT rootpage FROM sqlite_master WHERE name = 'ix_sealings_digest'")
    size, named = value(db, "PRAGMA page_size"), value(db, "SELECT digest FROM sealings")
    with (site / "palang.sqlite").open("r+b") as file:
        file.seek((page - 1) * size)
        spoiled = file.read(size).replace(named.encode(), flipped(named.encode()))
        file.seek((page - 1) * size)
        file.write(spoiled)


@corrupts("row-unreadable", "partner-differs")
def a_partner_is_of_no_kind(db: Db, _site: Path) -> None:
    change(db, "UPDATE partners SET kind = 'cabang' WHERE id = 'opr-uji-a'")


@corrupts("guard-missing")
def a_guard_lets_everything_pass(db: Db, _site: Path) -> None:
    db.execute("CREATE TRIGGER deliveries_frozen BEFORE UPDATE ON deliveries BEGIN SELECT 1; END")


@corrupts("guard-missing")
def a_guard_looks_at_another_table(db: Db, _site: Path) -> None:
    kept = "BEGIN SELECT RAISE(ABORT, 'rows of receipts are never deleted'); END"
    db.execute(f"CREATE TRIGGER receipts_kept BEFORE DELETE ON slices {kept}")


@corrupts("schema-unknown")
def a_trigger_of_somebody_is_there(db: Db, _site: Path) -> None:
    db.execute(
        "CREATE TRIGGER diam AFTER UPDATE ON deliveries BEGIN"
        " UPDATE deliveries SET due_at = 0 WHERE key = NEW.key; END"
    )
