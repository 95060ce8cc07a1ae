"""Numbers in a backup: what lies in clear in the database goes there under period keys.

Entries, where they came from, slices' numbers, resolutions and rows of older programs are needed in
clear while the gateway runs. In a backup they are a member of their own, a file of segments, each
sealed for its batch or intake under the key of the month in which that was made. So a destroyed key
empties old backups of its numbers too (ADR 0011).

A segment is a line of JSON (subject, table, bytes) and then so many bytes: deflated JSON rows in
the order of the table's columns, sealed; or, with an empty subject, in clear.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Select, Table, literal, select

from gateway.domain.errors import NotVerified
from gateway.domain.period_keys import Periods, Place, Purged
from gateway.domain.times import Micros
from gateway.store.db import Db
from gateway.store.tables import METADATA
from gateway.store.tables.deliveries import DELIVERIES, SLICE_ENTRIES
from gateway.store.tables.lists import (
    BATCHES,
    ENTRIES,
    ENTRY_SOURCES,
    INTAKE_ROWS,
    INTAKES,
    RESOLUTIONS,
)

TABLES = ("entries", "entry_sources", "slice_entries", "resolutions", "intake_rows")
"""Tables whose rows a backup has in this form only."""

_ROWS = 20_000
_MOST_LINE = 4_096


def write(db: Db, target: Path, periods: Periods) -> None:
    """Write all segments as `db` sees them. Raises what the period keys raise."""
    with target.open("xb") as file:
        target.chmod(0o600)
        for row in db.rows(select(BATCHES.c.id, BATCHES.c.created_at).order_by(BATCHES.c.id)):
            for table, wanted in _of_batch(row.id):
                _put(
                    db,
                    file,
                    periods,
                    Place(f"batch {row.id}", _cell(table)),
                    row.created_at,
                    wanted,
                )
        for row in db.rows(select(INTAKES.c.id, INTAKES.c.added_at).order_by(INTAKES.c.id)):
            for found in (RESOLUTIONS, INTAKE_ROWS):
                wanted = select(found).where(found.c.intake == row.id)
                place = Place(f"intake {row.id}", _cell(found))
                _put(db, file, periods, place, row.added_at, wanted)
        _put_bare(db, file)


def _of_batch(batch: int) -> Iterator[tuple[Table, Select[Any]]]:
    yield ENTRIES, select(ENTRIES).where(ENTRIES.c.batch == batch)
    sources = ENTRY_SOURCES.c
    yield ENTRY_SOURCES, select(ENTRY_SOURCES).where(sources.batch == batch, sources.number != 0)
    mine = select(DELIVERIES.c.key).where(DELIVERIES.c.batch == batch)
    numbered = SLICE_ENTRIES.c.delivery_key.in_(mine) & (SLICE_ENTRIES.c.number != 0)
    yield SLICE_ENTRIES, select(SLICE_ENTRIES).where(numbered)


def _put(
    db: Db, file: IO[bytes], periods: Periods, place: Place, at: Micros, wanted: Select[Any]
) -> None:
    rows = db.tuples(wanted)
    while chunk := list(islice(rows, _ROWS)):
        _segment(file, place, periods.seal(place, _packed(chunk), at))


def _put_bare(db: Db, file: IO[bytes]) -> None:
    """Which entries a slice has, and which rows a purged batch took, without a number: they stay
    known when the numbers are gone."""
    slices = SLICE_ENTRIES.c
    bare = select(slices.delivery_key, slices.entry, literal(0), slices.unblock)
    taken = select(ENTRY_SOURCES).where(ENTRY_SOURCES.c.number == 0)
    for table, wanted in ((SLICE_ENTRIES, bare), (ENTRY_SOURCES, taken)):
        rows = db.tuples(wanted)
        while chunk := list(islice(rows, _ROWS)):
            _segment(file, Place("", _cell(table)), _packed(chunk))


def _segment(file: IO[bytes], place: Place, content: bytes) -> None:
    head = {"subject": place.subject, "cell": place.cell, "bytes": len(content)}
    file.write(json.dumps(head).encode() + b"\n")
    file.write(content)


def _packed(rows: Sequence[tuple[Any, ...]]) -> bytes:
    listed = [[_text(cell) for cell in row] for row in rows]
    return zlib.compress(json.dumps(listed, separators=(",", ":")).encode(), 1)


def _text(cell: Any) -> Any:
    return {"hex": bytes(cell).hex()} if isinstance(cell, bytes | memoryview) else cell


def fill(db: Db, source: Path, periods: Periods) -> list[str]:
    """Put every segment back whose key is there; the subjects whose key was destroyed.

    Raises NotFound where a key is lost, NotVerified for a segment that was changed.
    """
    gone: set[str] = set()
    with source.open("rb") as file:
        while head := _head(file):
            place, content = Place(head["subject"], head["cell"]), file.read(head["bytes"])
            table = METADATA.tables[place.cell.removeprefix("backup.")]
            try:
                clear = periods.open(place, content) if place.subject else content
            except Purged:
                gone.add(place.subject)
                continue
            db.bulk(table, _unpacked(clear, table), skip=True)
    return sorted(gone)


def _head(file: IO[bytes]) -> dict[str, Any]:
    line = file.readline(_MOST_LINE)
    if not line:
        return {}
    head: dict[str, Any] = {}
    try:
        head = json.loads(line)
        known = head["cell"].removeprefix("backup.") in TABLES and int(head["bytes"]) > 0
    except (ValueError, KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise NotVerified("malformed", "the numbers of the backup are not in their form")
    return head


def _unpacked(clear: bytes, table: Table) -> Iterator[tuple[Any, ...]]:
    flags = [column.type.python_type is bool for column in table.columns]
    for row in json.loads(zlib.decompress(clear)):
        cells = zip(row, flags, strict=True)
        yield tuple(bool(cell) if flag else _cell_of(cell) for cell, flag in cells)


def _cell_of(cell: Any) -> Any:
    return bytes.fromhex(cell["hex"]) if isinstance(cell, dict) else cell


def _cell(table: Table) -> str:
    return f"backup.{table.name}"


def cut(copy: Path, target: Path) -> None:
    """From a copy of a SQLite database, one without the rows of TABLES; nothing of them lies in it.

    The copy goes. Its triggers keep such rows: they are taken off it and put on again.
    """
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        kept = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        for table in TABLES:
            triggers = db.execute(kept, (table,)).fetchall()
            for name, _sql in triggers:
                db.execute(f"DROP TRIGGER {name}")
            db.execute(f"DELETE FROM {table}")  # noqa: S608  # names of this file
            for _name, sql in triggers:
                db.execute(sql)
        db.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
    for left in copy.parent.glob(f"{copy.name}*"):
        left.unlink()
