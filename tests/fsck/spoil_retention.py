"""Corruptions of what was purged or is held: content that is gone, or under another key."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gateway.domain.period_keys import Place, join, of_delivery
from gateway.domain.times import from_wire
from keys.period_keys import PeriodFolder
from tests.fsck.tampering import change, corrupts, value

Db = sqlite3.Connection
DELIVERY = "1.opr-uji-b.1"
_SALT = "UPDATE manifests SET salt = ? WHERE delivery = ?"
MAY = from_wire("2026-05-03T00:00:00Z")


@corrupts("purge-unrecorded")
def a_salt_is_emptied(db: Db, _site: Path) -> None:
    change(db, _SALT, b"", DELIVERY)


@corrupts("purge-unrecorded")
def a_parcel_is_emptied(db: Db, _site: Path) -> None:
    change(db, "UPDATE sealings SET parcel = x'' WHERE delivery = ?", DELIVERY)


@corrupts("purge-unrecorded")
def the_numbers_of_a_batch_are_deleted(db: Db, _site: Path) -> None:
    change(db, "UPDATE batches SET salt = x'' WHERE id = 2")


@corrupts("period-key-missing")
def a_period_key_is_lost(db: Db, _site: Path) -> None:
    change(db, _SALT, join("2026-05-00000000", bytes(12), bytes(48)), DELIVERY)


@corrupts("sealed-content")
def sealed_content_is_moved(db: Db, site: Path) -> None:
    keys, salt = _keys(site), value(db, "SELECT salt FROM manifests WHERE delivery = ?", DELIVERY)
    change(db, _SALT, keys.seal(Place("delivery 9.opr-uji-b.1", "manifests.salt"), salt, MAY),
           DELIVERY)  # fmt: skip


@corrupts("purge-unrecorded")
def a_period_key_is_destroyed_without_a_tombstone(db: Db, site: Path) -> None:
    keys, salt = _keys(site), value(db, "SELECT salt FROM manifests WHERE delivery = ?", DELIVERY)
    change(db, _SALT, keys.seal(of_delivery(DELIVERY, "manifests.salt"), salt, MAY), DELIVERY)
    keys.destroy("2026-05", (), [])


@corrupts("purge-unrecorded")
def a_period_key_is_destroyed_by_nobodys_tombstone(db: Db, site: Path) -> None:
    keys, salt = _keys(site), value(db, "SELECT salt FROM manifests WHERE delivery = ?", DELIVERY)
    change(db, _SALT, keys.seal(of_delivery(DELIVERY, "manifests.salt"), salt, MAY), DELIVERY)
    body = value(db, "SELECT body FROM tombstones")
    jws = value(db, "SELECT jws FROM approvals WHERE act = 'retention.purge'")
    said = {"at": "2027-01-03T00:00:00Z", "policy": "2027-1", "officer": "budi"}
    keys.destroy("2026-05", (), [said | {"document": body.decode(), "jws": jws.decode()}])


@corrupts("row-missing", "purge-unrecorded")
def a_tombstone_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM tombstones")


@corrupts("row-differs")
def a_tombstone_is_edited(db: Db, _site: Path) -> None:
    change(db, "UPDATE tombstones SET body = CAST(body || ' ' AS BLOB)")


@corrupts("row-unlogged", "row-missing", "purge-unrecorded")
def a_tombstone_is_another(db: Db, _site: Path) -> None:
    change(db, "UPDATE tombstones SET digest = 'sha256:' || hex(randomblob(32))")


@corrupts("row-differs")
def a_hold_is_on_another_partner(db: Db, _site: Path) -> None:
    change(db, "UPDATE legal_holds SET subject = 'ott-uji' WHERE subject = 'opr-uji-a'")


@corrupts("row-differs")
def a_hold_ends_by_itself(db: Db, _site: Path) -> None:
    change(db, "UPDATE legal_holds SET lifted_at = placed_at WHERE subject = 'opr-uji-a'")


@corrupts("row-missing")
def a_hold_is_deleted(db: Db, _site: Path) -> None:
    change(db, "DELETE FROM legal_holds WHERE subject = 'opr-uji-a'")


@corrupts("row-unlogged", "row-missing")
def a_hold_is_slipped_in(db: Db, _site: Path) -> None:
    change(db, "UPDATE legal_holds SET digest = 'sha256:' || hex(zeroblob(32)) WHERE id = 1")


@corrupts("reference-differs")
def a_policy_keeps_longer(db: Db, _site: Path) -> None:
    sql = "UPDATE reference_tables SET cells = replace(cells, '\"1\"', '\"9\"')"
    change(db, f"{sql} WHERE kind = 'retention'")


def _keys(site: Path) -> PeriodFolder:
    return PeriodFolder(site / "period-keys", site / "period-secret")
