"""Corruptions of what goes out: deliveries, parcels, sequences, slices (promises A, B, E, F, G)."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.domain.canonical import digest, encode
from gateway.domain.records import IntakeRow
from tests.fsck.tampering import Db, change, corrupts, flipped, value
from tests.stored_pages import rewrite

A, B, OTT = "opr-uji-a", "opr-uji-b", "ott-uji"


@corrupts("pair-missing", "row-missing")
def a_delivery_is_deleted(db: Db, _site: Path) -> None:
    """One that was released and not sealed yet: nothing hangs on it."""
    change(db, "DELETE FROM deliveries WHERE id = '7.opr-uji-a.1'")


@corrupts(
    *("row-missing", "pair-missing", "sequence-gap"),
    *("behind-high-water", "copy-differs", "exchange-unknown"),
)
def a_delivery_is_deleted_with_all_its_rows(db: Db, _site: Path) -> None:
    delivery = "2.opr-uji-b.1"
    key = value(db, "SELECT key FROM deliveries WHERE id = ?", delivery)
    change(db, "DELETE FROM slice_entries WHERE delivery_key = ?", key)
    change(db, "DELETE FROM slices WHERE delivery_key = ?", key)
    change(
        db,
        "DELETE FROM confirmation_rows WHERE confirmation IN"
        " (SELECT key FROM confirmations WHERE delivery = ?)",
        delivery,
    )
    for table in ("confirmations", "receipts", "attempts", "sealings", "manifests"):
        change(db, f"DELETE FROM {table} WHERE delivery = ?", delivery)
    change(db, "DELETE FROM deliveries WHERE id = ?", delivery)


@corrupts("pair-unreleased", "row-unlogged")
def a_delivery_is_slipped_in(db: Db, _site: Path) -> None:
    _copy_delivery(db, "7.opr-uji-a.1", "7.opr-uji-b.1", 7)


@corrupts("pair-unreleased", "row-unlogged", "row-missing", "row-differs")
def a_delivery_of_no_batch(db: Db, _site: Path) -> None:
    _copy_delivery(db, "7.opr-uji-a.1", "9.opr-uji-a.1", 9)


def _copy_delivery(db: Db, known: str, fresh: str, batch: int) -> None:
    names = [row[1] for row in db.execute("PRAGMA table_info(deliveries)") if row[1] != "key"]
    row = db.execute(f"SELECT {', '.join(names)} FROM deliveries WHERE id = ?", (known,)).fetchone()
    values = dict(zip(names, row, strict=True))
    values |= {"id": fresh, "batch": batch, "partner": fresh.split(".")[1]}
    marks = ", ".join("?" * len(names))
    db.execute(f"INSERT INTO deliveries ({', '.join(names)}) VALUES ({marks})", [*values.values()])


@corrupts("state-differs")
def a_state_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE deliveries SET state = 'SENT' WHERE id = '1.opr-uji-a.1'")


@corrupts("state-differs", "state-unknown")
def a_state_that_nobody_shows(db: Db, _site: Path) -> None:
    change(db, "UPDATE deliveries SET state = 'HIDDEN' WHERE id = '1.opr-uji-b.1'")


@corrupts("state-differs", "row-differs")
def a_batch_is_started_again(db: Db, _site: Path) -> None:
    change(db, "UPDATE batches SET state = 'RELEASED', stopped = 0 WHERE state = 'STOPPED'")


@corrupts("row-differs")
def an_attempts_outcome_is_edited(db: Db, _site: Path) -> None:
    change(db, "UPDATE attempts SET outcome = 'sent' WHERE outcome = 'unknown'")


@corrupts("row-differs")
def an_endpoint_is_edited(db: Db, _site: Path) -> None:
    change(db, "UPDATE attempts SET endpoint = 'peer:lain' WHERE delivery = '1.opr-uji-a.1'")


@corrupts("row-differs")
def a_hand_over_is_forgotten(db: Db, _site: Path) -> None:
    change(db, "UPDATE deliveries SET handed_over_at = NULL WHERE id = '5.opr-uji-a.1'")


@corrupts("row-missing")
def an_attempt_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM attempts WHERE delivery = '2.opr-uji-b.1' AND number = 1")


@corrupts("row-differs")
def a_deliverys_attempts_are_fewer(db: Db, _site: Path) -> None:
    change(db, "UPDATE deliveries SET attempts = 1 WHERE id = '2.opr-uji-b.1'")


@corrupts("parcel-bytes")
def a_byte_of_a_parcel_is_flipped(db: Db, _site: Path) -> None:
    parcel = value(db, "SELECT parcel FROM sealings WHERE delivery = '2.opr-uji-a.1'")
    change(
        db, "UPDATE sealings SET parcel = ? WHERE delivery = '2.opr-uji-a.1'", flipped(parcel, 90)
    )


@corrupts("row-differs", "statement-subject", "copy-differs", "exchange-unknown")
def a_parcel_is_replaced_with_its_digest(db: Db, _site: Path) -> None:
    parcel = flipped(value(db, "SELECT parcel FROM sealings WHERE delivery = '2.opr-uji-a.1'"))
    sql = "UPDATE sealings SET parcel = ?, digest = ? WHERE delivery = '2.opr-uji-a.1'"
    change(db, sql, parcel, digest(parcel))


@corrupts("sequence-gap", "statement-subject", "behind-high-water")
def a_manifest_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM manifests WHERE delivery = '2.opr-uji-b.1'")


@corrupts("manifest-differs", "manifest-signature")
def a_manifest_is_edited(db: Db, _site: Path) -> None:
    body = json.loads(value(db, "SELECT body FROM manifests WHERE delivery = '1.opr-uji-b.1'"))
    spoiled = encode(body | {"respond_within": "PT48H"})
    change(db, "UPDATE manifests SET body = ? WHERE delivery = '1.opr-uji-b.1'", spoiled)


@corrupts("manifest-signature")
def a_signature_of_another_manifest(db: Db, _site: Path) -> None:
    jws = value(db, "SELECT jws FROM manifests WHERE delivery = '1.opr-uji-a.1'")
    change(db, "UPDATE manifests SET jws = ? WHERE delivery = '1.opr-uji-b.1'", jws)


@corrupts("previous-differs", "manifest-differs", "manifest-signature")
def the_chain_is_broken(db: Db, _site: Path) -> None:
    body = json.loads(value(db, "SELECT body FROM manifests WHERE delivery = '2.opr-uji-b.1'"))
    spoiled = encode(body | {"previous": "sha256:" + "0" * 64})
    change(db, "UPDATE manifests SET body = ? WHERE delivery = '2.opr-uji-b.1'", spoiled)


@corrupts("sequence-reused", "sequence-gap", "manifest-differs", "behind-high-water")
def a_sequence_is_used_twice(db: Db, _site: Path) -> None:
    _without_unique(db, "manifests")
    change(db, "UPDATE manifests SET sequence = 1 WHERE delivery = '2.opr-uji-b.1'")


def _without_unique(db: Db, table: str) -> None:
    """The table anew, without what keeps its rows unique."""
    db.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    db.execute(f"CREATE TABLE {table} AS SELECT * FROM old_{table}")
    db.execute(f"DROP TABLE old_{table}")


@corrupts("stream-head", "behind-high-water")
def a_streams_head_is_lowered(db: Db, _site: Path) -> None:
    change(db, "UPDATE streams SET sequence = sequence - 1 WHERE partner = ?", B)


@corrupts("stream-head")
def a_streams_head_is_raised(db: Db, _site: Path) -> None:
    change(db, "UPDATE streams SET sequence = sequence + 1 WHERE partner = ?", B)


@corrupts("void-wrong")
def a_void_is_forgotten(db: Db, _site: Path) -> None:
    change(db, "UPDATE streams SET voids = '[]' WHERE partner = ?", OTT)


@corrupts("void-wrong")
def a_void_is_made_up(db: Db, _site: Path) -> None:
    manifest = value(db, "SELECT digest FROM manifests WHERE partner = ? AND sequence = 1", B)
    voids = json.dumps([[1, manifest], [7, "sha256:" + "0" * 64]])
    change(db, "UPDATE streams SET voids = ? WHERE partner = ?", voids, B)


@corrupts("epoch-falls", "behind-high-water")
def the_epoch_falls(db: Db, site: Path) -> None:
    change(db, "UPDATE gateway SET epoch = 0")


@corrupts("behind-high-water")
def the_high_water_file_is_gone(_db: Db, site: Path) -> None:
    (site / "high-water.json").unlink()


@corrupts("slice-differs", "slice-unreleased")
def a_number_of_a_slice_is_changed(db: Db, _site: Path) -> None:
    key = value(db, "SELECT key FROM deliveries WHERE id = '1.opr-uji-b.1'")
    change(db, "UPDATE slice_entries SET number = number + 1 WHERE delivery_key = ?", key)


@corrupts("slice-differs", "slice-unreleased", "slice-foreign", "entry-outside")
def a_block_of_a_slice_becomes_an_unblock(db: Db, _site: Path) -> None:
    key = value(db, "SELECT key FROM deliveries WHERE id = '1.opr-uji-b.1'")
    change(db, "UPDATE slice_entries SET unblock = 1 WHERE delivery_key = ?", key)


@corrupts("slice-differs")
def a_slices_counts_are_changed(db: Db, _site: Path) -> None:
    key = value(db, "SELECT key FROM deliveries WHERE id = '1.opr-uji-b.1'")
    change(db, "UPDATE slices SET blocks = 2 WHERE delivery_key = ?", key)


@corrupts("slice-differs")
def a_slices_salt_is_changed(db: Db, _site: Path) -> None:
    salt = value(db, "SELECT salt FROM manifests WHERE delivery = '1.opr-uji-b.1'")
    sql = "UPDATE manifests SET salt = ? WHERE delivery = '1.opr-uji-b.1'"
    change(db, sql, flipped(salt))


@corrupts("slice-foreign", "entries-changed", "entry-unfounded")
def a_number_is_routed_to_another(db: Db, _site: Path) -> None:
    """The slice and its digest stay; only who the number belongs to is changed."""
    change(db, "UPDATE entries SET route = ? WHERE batch = 1 AND route = ?", A, B)


@corrupts("slice-foreign", "slice-differs", "entry-outside")
def what_was_sent_before_is_taken_out(db: Db, _site: Path) -> None:
    """Then the unblock of batch 5 frees what the partner was never sent."""
    key = value(db, "SELECT key FROM deliveries WHERE id = '1.opr-uji-a.1'")
    change(db, "DELETE FROM slice_entries WHERE delivery_key = ? AND entry = 1", key)


@corrupts("protected-sealed", "reference-differs")
def a_sealed_number_is_protected(db: Db, _site: Path) -> None:
    number = value(db, "SELECT number FROM entries WHERE batch = 1 AND route = ?", B)
    cells = json.loads(
        value(db, "SELECT cells FROM reference_tables WHERE kind = 'protected_numbers'")
    )
    names = json.loads(
        value(db, "SELECT column_names FROM reference_tables WHERE kind = 'protected_numbers'")
    )
    row = dict(zip(names, cells[0], strict=True))
    row |= {"pattern": f"+{number}", "match": "exact", "valid_from": "2020-01-01"}
    text = json.dumps([*cells, [row[name] for name in names]])
    change(db, "UPDATE reference_tables SET cells = ? WHERE kind = 'protected_numbers'", text)


@corrupts("reference-differs")
def a_dated_table_is_edited(db: Db, _site: Path) -> None:
    sql = "UPDATE reference_tables SET source = source || '.' WHERE kind = 'numbering_plan'"
    change(db, sql)


@corrupts("reference-differs")
def a_version_begins_earlier(db: Db, _site: Path) -> None:
    change(db, "UPDATE activations SET begins = begins - 86400000000")


@corrupts("reference-differs")
def a_version_is_activated_by_nobody(db: Db, _site: Path) -> None:
    sql = "INSERT INTO activations (kind, version, begins, at) SELECT kind, version, 0, 0"
    change(db, f"{sql} FROM reference_tables WHERE kind = 'terms'")


@corrupts("entries-changed", "entry-unfounded")
def an_entry_is_edited(db: Db, _site: Path) -> None:
    change(db, "UPDATE entries SET evidence_ref = 'TIKET-9' WHERE batch = 2")


@corrupts("entries-changed", "entry-unfounded")
def an_entry_is_added(db: Db, _site: Path) -> None:
    """Of a batch that is released and not sealed, so it would go out."""
    names = [row[1] for row in db.execute("PRAGMA table_info(entries)")]
    chosen = ", ".join("number + 1" if name == "number" else name for name in names)
    assert db.execute(f"INSERT INTO entries SELECT {chosen} FROM entries WHERE batch = 7").rowcount


@corrupts("nobody-differs", "entries-changed", "approval-missing")
def a_review_is_edited(db: Db, _site: Path) -> None:
    review = json.loads(value(db, "SELECT review FROM batches WHERE id = 1"))
    change(db, "UPDATE batches SET review = ? WHERE id = 1", encode(review | {"nobody": 0}))


def first_row(db: Db, **members: object) -> None:
    """Change members of the first row of intake 2."""

    def edit(position: int, row: IntakeRow) -> IntakeRow:
        return row._replace(**members) if position == 1 else row  # type: ignore[arg-type]  # by name

    rewrite(db, edit, intake=2)


@corrupts("number-differs", "entry-unfounded", "row-differs")
def an_accepted_number_is_changed(db: Db, _site: Path) -> None:
    first_row(db, number=62_870_1111_9999)


@corrupts("number-differs", "row-differs")
def what_the_source_wrote_is_changed(db: Db, _site: Path) -> None:
    first_row(db, raw="0870-1111-9999")


@corrupts("row-differs", "entry-unfounded")
def a_row_of_an_intake_is_deleted(db: Db, _site: Path) -> None:
    rewrite(db, lambda position, row: row if position > 1 else None, intake=2)


@corrupts("row-differs")
def a_row_got_another_rule(db: Db, _site: Path) -> None:
    first_row(db, rule="country_code")


@corrupts("row-missing", "entry-unfounded")
def all_rows_of_an_intake_are_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM intake_pages WHERE intake = 2")


@corrupts("cell-form", "row-missing", "entry-unfounded")
def a_page_of_an_intake_is_no_page(db: Db, _site: Path) -> None:
    change(db, "UPDATE intake_pages SET page = x'7b7d' WHERE intake = 2")


@corrupts("row-differs", "entry-unfounded")
def a_page_of_an_intake_is_moved(db: Db, _site: Path) -> None:
    change(db, "UPDATE intake_pages SET first = 2 WHERE intake = 2")


@corrupts("row-differs")
def an_intake_is_said_to_correct_another(db: Db, _site: Path) -> None:
    change(db, "UPDATE intakes SET follows = 1 WHERE id = 2")


@corrupts("row-differs")
def a_dropped_column_is_hidden(db: Db, _site: Path) -> None:
    change(db, """UPDATE intakes SET dropped = '[["", "B", "name"]]' WHERE id = 2""")


@corrupts("row-differs")
def a_profile_is_edited(db: Db, _site: Path) -> None:
    change(db, "UPDATE source_profiles SET profile = replace(profile, 'hp', 'wa')")


@corrupts("row-missing")
def a_profile_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM source_profiles")


@corrupts("row-differs")
def a_ladders_head_is_changed(db: Db, _site: Path) -> None:
    change(db, "UPDATE ladder SET head = head || ' '")


@corrupts("statement-signature", "row-differs")
def a_ladders_result_is_another(db: Db, _site: Path) -> None:
    change(db, "UPDATE ladder SET body = substr(body, 1, 60) WHERE kind = 'result'")


@corrupts("row-missing")
def a_ladder_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM ladder WHERE kind <> 'start'")


@corrupts("row-differs")
def an_account_gets_another_role(db: Db, _site: Path) -> None:
    change(db, "UPDATE accounts SET role = 'approver' WHERE id = 'tono'")


@corrupts("row-unlogged", "row-missing")
def an_account_is_slipped_in(db: Db, _site: Path) -> None:
    change(db, "UPDATE accounts SET id = 'tonny' WHERE id = 'tono'")


@corrupts("row-missing")
def an_account_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM accounts WHERE id = 'tono'")


@corrupts("row-differs", "statement-differs")
def a_list_gets_another_serial(db: Db, _site: Path) -> None:
    change(db, "UPDATE source_lists SET serial = 2")


@corrupts(
    *("statement-signature", "statement-bytes", "statement-missing"),
    *("row-missing", "row-unlogged"),
)
def a_lists_signature_is_another(db: Db, _site: Path) -> None:
    change(db, "UPDATE source_lists SET jws = substr(jws, 1, 20), provenance = parcel")


@corrupts("manifest-differs", "row-differs", "statement-subject")
def a_delivery_names_another_manifest(db: Db, _site: Path) -> None:
    other = value(db, "SELECT manifest FROM deliveries WHERE id = '1.opr-uji-a.1'")
    change(db, "UPDATE deliveries SET manifest = ? WHERE id = '1.opr-uji-b.1'", other)
