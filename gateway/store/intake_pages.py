"""Decided rows as they lie in the store: in pages (gateway.domain.row_pages), read one at a time.

Programs before 0005 had a row in `intake_rows` for each; an intake of theirs has no pages.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Row, bindparam, select

from gateway.domain import period_keys
from gateway.domain.decided_rows import FIELDS, DecidedRows
from gateway.domain.records import IntakeRow
from gateway.domain.row_pages import read_page
from gateway.store.db import Db
from gateway.store.tables.lists import INTAKE_PAGES, INTAKE_ROWS

Part = tuple[int, DecidedRows]
"""Consecutive rows of an intake, with the position of the first."""

_OF = select(INTAKE_PAGES.c.first, INTAKE_PAGES.c.page).where(
    INTAKE_PAGES.c.intake == bindparam("intake")
)
_NEXT = _OF.where(INTAKE_PAGES.c.first > bindparam("after")).order_by(INTAKE_PAGES.c.first).limit(1)
_HOLDING = (
    _OF.where(INTAKE_PAGES.c.first <= bindparam("position"))
    .order_by(INTAKE_PAGES.c.first.desc())
    .limit(1)
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
    after = 0
    while (found := db.first(_NEXT, intake=intake, after=after)) is not None:
        after = found.first
        yield _part(db, intake, found)
    if not after:
        yield from _old_parts(db, intake)


def rows_at(db: Db, intake: int, positions: Collection[int]) -> dict[int, IntakeRow]:
    """The rows at these positions, those that are there."""
    wanted = sorted(position for position in positions if position > 0)
    found: dict[int, IntakeRow] = {}
    for first, rows in _around(db, intake, wanted):
        here = wanted[bisect_left(wanted, first) : bisect_left(wanted, first + len(rows))]
        found |= {position: rows.row(position - first) for position in here}
    return found


def _around(db: Db, intake: int, wanted: list[int]) -> Iterator[Part]:
    """The pages that hold these positions, which are sorted; an older intake whole."""
    at = 0
    while at < len(wanted):
        found = db.first(_HOLDING, intake=intake, position=wanted[at])
        if found is None:
            yield from _old_parts(db, intake)
            return
        first, rows = _part(db, intake, found)
        yield first, rows
        at = max(at + 1, bisect_left(wanted, first + len(rows)))


def place(intake: int, first: int) -> period_keys.Place:
    """Where a page lies, as its period key knows it."""
    return period_keys.of_intake(intake, f"intake_pages.page {first}")


def _part(db: Db, intake: int, found: Row[Any]) -> Part:
    page = db.open(place(intake, found.first), found.page)
    return found.first, read_page(page) if page else DecidedRows.of(())


def _old_parts(db: Db, intake: int) -> Iterator[Part]:
    """Positions there run from 1 without a gap."""
    first = 1
    while rows := db.rows(_OLD, intake=intake, first=first):
        yield first, DecidedRows.of((*row[1:], *_NOT_THERE) for row in rows)
        first = rows[-1].position + 1
