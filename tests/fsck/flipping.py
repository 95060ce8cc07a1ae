"""One bit of a database file turned, and what becomes of that (threats.md F12)."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.domain.errors import InputError
from gateway.fsck.schema import CORE
from tests.fsck.conftest import Site

Content = dict[str, list[tuple[object, ...]]]

UNPROVEN = {
    "schema_state": {"oldest_program"},
    "reference_tables": {"key"},  # only their order rules
    "approvals": {"key"},
    "counters": {"value"},  # raised, it leaves numbers out
    "intakes": {"id", "name", "officer", "loaded_at"},
    "source_profiles": {"officer"},
    "resolutions": {"id"},  # only their order rules
    "deliveries": {"key", "due_at", "tries", "lease_until", "fence"},
    "inbound": {"id", "reason"},
    "source_lists": {"id"},  # only their order rules
    "ladder": {"id"},  # only their order rules
    "receipts": {"key"},
    "confirmations": {"key"},
    "checkpoints": {"key", "at"},
    "outgoing": {"due_at", "tries", "handed_at"},
    "heartbeats": {"worker", "host", "pid", "version", "at"},
    "accounts": {"language", "totp_step"},
    "sessions": set(CORE["sessions"]),
    "sign_in_attempts": set(CORE["sign_in_attempts"]),
    "access_log": set(CORE["access_log"]),
    "wanted_heads": set(CORE["wanted_heads"]),
    "wanted_lists": set(CORE["wanted_lists"]),
    "legal_holds": {"id"},  # only their order rules
    "tombstones": {"id"},  # likewise
}
"""Columns that no leaf and no signature speaks of (docs/fsck.md)."""

SECONDS = {
    "gateway": {"initialised_at"},
    "officers": {"enrolled_at"},
    "keys": {"revoked"},
    "consents": {"withdrawn_at", "ended_at"},
    "approvals": {"at"},
    "intakes": {"added_at"},
    "source_profiles": {"at"},
    "batches": {"created_at"},
    "deliveries": {"queued_at", "handed_over_at"},
    "sealings": {"at"},
    "attempts": {"began_at", "ended_at"},
    "inbound": {"received_at"},
    "legal_holds": {"placed_at", "lifted_at"},
    "tombstones": {"at"},
    "outgoing": {"made_at"},
}
"""Moments that the ledger has to the second."""


def is_unproven(table: str, column: str) -> bool:
    """Whether a small change there may pass unseen."""
    listed = UNPROVEN.get(table, set()) | SECONDS.get(table, set())
    return column in listed


def content(path: Path) -> Content:
    """Every row of every table, and the schema, as exact bytes."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        db.text_factory = bytes
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        tables = [name.decode() for (name,) in db.execute(names)]
        found = {t: list(db.execute(f"SELECT * FROM {t} ORDER BY 1")) for t in tables}
        found["schema"] = list(db.execute("SELECT type, name, sql FROM sqlite_master"))
        return found


def columns(path: Path) -> dict[str, list[str]]:
    """The columns of every table, in order."""
    with closing(sqlite3.connect(path)) as db:
        tables = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {t: [row[1] for row in db.execute(f"PRAGMA table_info({t})")] for t in tables}


def flip(path: Path, rng: random.Random) -> None:
    """Turn one bit of a file."""
    data = bytearray(path.read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)


def fate(site: Site, before: Content, names: dict[str, list[str]]) -> str:
    """What became of a flipped database: unreadable, found, harmless (no row is another), schema
    (only the words that made a table), unproven (a column that is listed above), or the columns
    that changed without being told."""
    try:
        report = site.check()
    except InputError:
        return "unreadable"
    if not report.clean:
        return "found"
    after = content(site.database)
    if after == before:
        return "harmless"
    if after["schema"] != before["schema"]:
        return "schema"
    changed = {pair for pair in _changed(before, after, names) if not is_unproven(*pair)}
    return ", ".join(sorted(f"{table}.{name}" for table, name in changed)) or "unproven"


def _changed(before: Content, after: Content, names: dict[str, list[str]]) -> set[tuple[str, str]]:
    found = set()
    for table, rows in before.items():
        for old, new in zip(rows, after[table], strict=True):
            pairs = zip(names.get(table, ()), old, new, strict=True) if old != new else ()
            found |= {(table, name) for name, one, other in pairs if one != other}
    return found
