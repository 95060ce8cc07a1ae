"""Decided rows as they lie in the store: in pages (gateway.domain.row_pages), read one at a time.

Programs before 0005 had a row in `intake_rows` for each; an intake of theirs has no pages.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator

from sqlalchemy import bindparam, select

from gateway.domain import period_keys
from gateway.domain.decided_rows import FIELDS, DecidedRows
from gateway.domain.records import IntakeRow
from gateway.domain.row_pages import read_page
from gateway.store.db import Db
from gateway.store.tables.lists import INTAKE_PAGES, INTAKE_ROWS

Part = tuple[int, DecidedRows]
"""Consecutive rows of an intake, with the position of the first."""

_FIRSTS = (
    select(INTAKE_PAGES.c.first)
    .where(INTAKE_PAGES.c.intake == bindparam("intake"))
    .order_by(INTAKE_PAGES.c.first)
)
_PAGE = select(INTAKE_PAGES.c.page).where(
    INTAKE_PAGES.c.intake == bindparam("intake"), INTAKE_PAGES.c.first == bindparam("first")
)
_MEMBERS = [INTAKE_ROWS.c[name] for name in FIELDS if name in INTAKE_ROWS.c]
_AT_ONCE = 5_000  # rows
_NOT_THERE = ("", "", 0)  # sheet, evidence type, refers
_OLD = (
    select(INTAKE_ROWS.c.position, *_MEMBERS)
    .where(INTAKE_ROWS.c.intake == bindparam("intake"))
    .where(INTAKE_ROWS.c.position >= bindparam("first"))
    .order_by(INTAKE_ROWS.c.position)
    .limit(_AT_ONCE)
)


def parts(db: Db, intake: int) -> Iterator[Part]:
    """All rows of an intake in order. Raises InputError where a page can't be read."""
    firsts = _firsts(db, intake)
    for first in firsts:
        yield _part(db, intake, first)
    if not firsts:
        yield from _old_parts(db, intake)


def rows_at(db: Db, intake: int, positions: Collection[int]) -> dict[int, IntakeRow]:
    """The rows at these positions, those that are there."""
    firsts = _firsts(db, intake)
    needed = sorted({bisect_right(firsts, position) for position in positions} - {0})
    some = (_part(db, intake, firsts[at - 1]) for at in needed) if firsts else parts(db, intake)
    found: dict[int, IntakeRow] = {}
    for first, rows in some:
        here = (position for position in positions if 0 <= position - first < len(rows))
        found |= {position: rows.row(position - first) for position in here}
    return found


def place(intake: int, first: int) -> period_keys.Place:
    """Where a page lies, as its period key knows it."""
    return period_keys.of_intake(intake, f"intake_pages.page {first}")


def _firsts(db: Db, intake: int) -> list[int]:
    return [row.first for row in db.rows(_FIRSTS, intake=intake)]


def _part(db: Db, intake: int, first: int) -> Part:
    page = db.open(place(intake, first), db.value(_PAGE, intake=intake, first=first))
    return first, read_page(page) if page else DecidedRows.of(())


def _old_parts(db: Db, intake: int) -> Iterator[Part]:
    """Positions there run from 1 without a gap."""
    first = 1
    while rows := db.rows(_OLD, intake=intake, first=first):
        yield first, DecidedRows.of((*row[1:], *_NOT_THERE) for row in rows)
        first = rows[-1].position + 1
