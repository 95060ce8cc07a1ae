"""The parcels that were taken and those that were not, as rows of the state."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.domain import entries as csv
from gateway.domain.manifest import Manifest
from gateway.domain.statements import About, Reason
from gateway.domain.times import Micros
from partner.history import History, Known
from partner.opening import Opened
from partner.refusal import ParcelRefused
from partner.state import Tx

KEPT_REFUSALS = 10_000  # rows; whoever reaches the channel can send rubbish without end


class Stored(NamedTuple):
    """The head of a parcel that was taken."""

    manifest: str
    epoch: int
    sequence: int
    delivery: str
    batch: int
    consent: str
    entries: int
    note: str
    revision: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Sequences first..last of the newest epoch that neither arrived nor were declared void."""

    first: int
    last: int


def newest_epoch(tx: Tx) -> int:
    """The newest epoch known, 0 before the first parcel."""
    row = tx.one("SELECT max(epoch) FROM parcels")
    return int(row[0] or 0) if row else 0


def history(tx: Tx, manifest: Manifest) -> History:
    """What a parcel is held against: itself if it was here before, its neighbours, its voids.

    Checkpoints only grow with the sequence, so the nearest ones on both sides speak for all.
    """
    epoch = newest_epoch(tx)
    named = json.dumps([manifest.sequence - 1, *(void.sequence for void in manifest.voids)])
    known = tx.rows(
        "SELECT * FROM known WHERE epoch = ?1 AND sequence IN (SELECT value FROM json_each(?3)"
        " UNION SELECT max(sequence) FROM parcels WHERE epoch = ?1 AND sequence <= ?2"
        " UNION SELECT max(sequence) FROM parcels WHERE epoch = ?1 AND sequence < ?2"
        " UNION SELECT min(sequence) FROM parcels WHERE epoch = ?1 AND sequence > ?2)",
        (epoch, manifest.sequence, named),
    )
    voids = tx.rows(
        "SELECT sequence, manifest FROM voids WHERE epoch = ?1"
        " AND (sequence = ?2 OR sequence IN (SELECT value FROM json_each(?3)))",
        (epoch, manifest.sequence, named),
    )
    same = tx.one("SELECT * FROM known WHERE delivery = ?", (str(manifest.delivery),))
    parcels = {one.sequence: one for one in (Known(*row) for row in known)}
    return History(epoch, parcels, dict(voids), Known(*same) if same else None)


def by_parcel(tx: Tx, parcel: str) -> Stored | None:
    """What this sealing holds, if it came before."""
    row = tx.one(
        "SELECT * FROM stored WHERE manifest = (SELECT manifest FROM sealings WHERE parcel = ?)",
        (parcel,),
    )
    return Stored(*row) if row else None


def by_delivery(tx: Tx, delivery: str) -> Stored | None:
    """The parcel of a delivery."""
    row = tx.one("SELECT * FROM stored WHERE delivery = ?", (delivery,))
    return Stored(*row) if row else None


def entries(tx: Tx, manifest: str) -> Iterator[csv.SliceEntry]:
    """The entries of a parcel that was taken; they were verified before they were stored."""
    row = tx.one("SELECT slice FROM parcels WHERE manifest = ?", (manifest,))
    return csv.iterate(row[0]) if row else iter(())


def add(tx: Tx, opened: Opened, at: Micros) -> bool:
    """Store a verified parcel; False where its manifest is stored already (promise B)."""
    manifest, tree = opened.manifest, opened.checkpoint
    new = tx.run(
        "INSERT INTO parcels"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, zeroblob(?))"
        " ON CONFLICT (manifest) DO NOTHING",
        (
            opened.digest,
            manifest.epoch,
            manifest.sequence,
            manifest.previous,
            str(manifest.delivery),
            manifest.batch,
            manifest.consent,
            opened.entries,
            at,
            tree.origin,
            tree.size,
            tree.root,
            manifest.checkpoint,
            opened.contents.manifest,
            opened.contents.signature,
            opened.contents.salt,
            len(opened.contents.entries),
        ),
    )
    if new:
        _fill(tx, opened)
    add_sealing(tx, opened.parcel, opened.digest)
    rows = ((manifest.epoch, void.sequence, void.digest) for void in manifest.voids)
    tx.many("INSERT OR IGNORE INTO voids VALUES (?, ?, ?)", rows)
    return bool(new)


def _fill(tx: Tx, opened: Opened) -> None:
    row = tx.one("SELECT rowid FROM parcels WHERE manifest = ?", (opened.digest,))
    if row is not None:
        tx.fill("parcels", "slice", row[0], opened.contents.entries)


def add_sealing(tx: Tx, parcel: str, manifest: str) -> None:
    """A sealing came, perhaps again: it is to be acknowledged, perhaps again.

    An earlier refusal of the same bytes (an old pin, say) is void: it must not be sent any more.
    """
    tx.run("DELETE FROM refusals WHERE parcel = ?", (parcel,))
    tx.run(
        "INSERT INTO sealings VALUES (?, ?, 0) ON CONFLICT (parcel) DO UPDATE SET acked = 0",
        (parcel, manifest),
    )


def refuse(tx: Tx, refused: ParcelRefused, at: Micros) -> None:
    """Remember a parcel that was not taken, so that it is answered."""
    named = refused.manifest
    tx.run(
        "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
        (
            refused.parcel,
            named.epoch if named else 0,
            named.sequence if named else 0,
            named.digest() if named else "",
            refused.step,
            str(refused.code),
            at,
        ),
    )
    tx.run(
        "DELETE FROM refusals WHERE parcel NOT IN"
        " (SELECT parcel FROM refusals ORDER BY at DESC LIMIT ?)",
        (KEPT_REFUSALS,),
    )


class Receipt(NamedTuple):
    """A parcel that waits for its acknowledgement; `reason` is None for a good one."""

    about: About
    delivery: str
    note: str
    reason: Reason | None


def receipts(tx: Tx, delivery: str = "", parcel: str = "") -> list[Receipt]:
    """What is to be acknowledged: all that waits, one delivery's again, or one sealing's."""
    rows = tx.rows(
        "SELECT p.epoch, p.sequence, s.parcel, p.manifest, p.delivery, p.note"
        " FROM sealings s JOIN parcels p USING (manifest)"
        " WHERE p.delivery = ?1 OR s.parcel = ?2 OR (?1 = '' AND ?2 = '' AND s.acked = 0)"
        " ORDER BY p.epoch, p.sequence, s.rowid",
        (delivery, parcel),
    )
    return [Receipt(About(*row[:4]), row[4], row[5], None) for row in rows]


def negatives(tx: Tx, parcel: str = "") -> list[Receipt]:
    """The refused parcels that were not answered yet, or this one."""
    rows = tx.rows(
        "SELECT epoch, sequence, parcel, manifest, reason FROM refusals"
        " WHERE parcel = ?1 OR (?1 = '' AND acked = 0) ORDER BY at",
        (parcel,),
    )
    return [Receipt(About(*row[:4]), "", "", Reason(row[4])) for row in rows]


def mark_acked(tx: Tx, receipt: Receipt) -> None:
    """Its statement is stored in the same transaction."""
    parcel = (receipt.about.parcel,)
    if receipt.reason is None:
        tx.run("UPDATE sealings SET acked = 1 WHERE parcel = ?", parcel)
    else:
        tx.run("UPDATE refusals SET acked = 1 WHERE parcel = ?", parcel)


def gaps(tx: Tx) -> list[Gap]:
    """What is missing in the newest epoch. Ranges: a sequence may jump far (threats.md D4)."""
    epoch = newest_epoch(tx)
    rows = tx.rows(
        "SELECT sequence FROM parcels WHERE epoch = ?1 UNION"
        " SELECT sequence FROM voids WHERE epoch = ?1 ORDER BY 1",
        (epoch,),
    )
    found, last = [], 0
    for (sequence,) in rows:
        if sequence > last + 1:
            found.append(Gap(last + 1, sequence - 1))
        last = sequence
    return found


def last_sequence(tx: Tx) -> int:
    """The highest sequence that arrived in the newest epoch."""
    row = tx.one("SELECT max(sequence) FROM parcels WHERE epoch = ?", (newest_epoch(tx),))
    return int(row[0] or 0) if row else 0


def came(tx: Tx, parcel: str, after: Micros) -> bool:
    """Whether these bytes are stored, or were refused after a moment."""
    row = tx.one(
        "SELECT 1 FROM sealings WHERE parcel = ?1 UNION ALL"
        " SELECT 1 FROM refusals WHERE parcel = ?1 AND at > ?2",
        (parcel, after),
    )
    return row is not None
