"""Pages of decided rows, changed by somebody who can write to the database and knows their form."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from gateway.domain.decided_rows import DecidedRows
from gateway.domain.records import IntakeRow
from gateway.domain.row_pages import read_page, write_page


def rewrite(
    db: sqlite3.Connection, edit: Callable[[int, IntakeRow], IntakeRow | None], intake: int = 0
) -> None:
    """Give every row (of one intake, or of all) another content by its position, or take it out."""
    pages = db.execute("SELECT intake, first, page FROM intake_pages").fetchall()
    for place, first, page in pages:
        if intake in (0, place):
            rows = enumerate(map(IntakeRow._make, read_page(page)), first)
            left = [row for at, one in rows if (row := edit(at, one)) is not None]
            sql = "UPDATE intake_pages SET page = ? WHERE intake = ? AND first = ?"
            db.execute(sql, (write_page(DecidedRows.of(left)), place, first))
