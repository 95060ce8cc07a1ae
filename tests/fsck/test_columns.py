"""Every column of the core database is proven, or stands in the list of those that are not."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.fsck.schema import CORE, FLAG, INT, MAYBE
from tests.fsck.conftest import Site
from tests.fsck.flipping import is_unproven
from tests.fsck.town import by_hand

_FIXED = {("schema_state", "id"), ("gateway", "id"), ("ledger_head", "id")}
"""Held by a constraint of the table itself."""

_EMPTY = {"heartbeats", "wanted_heads", "wanted_lists"}


def _other(value: object, kind: str, step: int) -> object:
    """A value as near as it gets; of numbers also one some seconds away."""
    if kind == FLAG:
        return not value
    if isinstance(value, int):
        return value ^ 1 if step == 0 else value + 3_000_000
    if isinstance(value, str):
        return value[:-1] + chr(ord(value[-1]) ^ 1) if value else "x"
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"x"
    return 1_790_000_000_000_000


def _spoil(site: Site, table: str, column: str, step: int) -> bool:
    """Change one cell of a row; whether that could be done."""
    columns = CORE[table]
    with by_hand(site.database) as db:
        rows = db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
        row = random.Random(f"{table}.{column}").choice(rows)
        value = _other(dict(zip(columns, row, strict=True))[column], columns[column], step)
        same = " AND ".join(f"{name} IS ?" for name in columns)
        change = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {same}"
        return db.execute(change, (value, *row)).rowcount > 0


@pytest.mark.long
@pytest.mark.parametrize("table", sorted(CORE.keys() - _EMPTY))
def test_a_change_of_any_column_is_found_or_is_listed(
    table: str, original: Site, tmp_path: Path
) -> None:
    shutil.copytree(original.folder, tmp_path / "site")
    site = Site(tmp_path / "site", original.trust)
    unseen = set()
    for column, kind in CORE[table].items():
        for step in (0, 1) if kind in (INT, MAYBE) else (0,):
            for file in site.folder.glob("palang.sqlite*"):
                file.unlink()
            shutil.copy(original.database, site.database)
            if (table, column) not in _FIXED and _spoil(site, table, column, step):
                unseen |= {column} if _is_clean(site) else set()
    assert {column for column in unseen if not is_unproven(table, column)} == set()


def _is_clean(site: Site) -> bool:
    try:
        return site.check().clean
    except InputError:
        return False
