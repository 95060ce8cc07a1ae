"""Which word counts for an entry: the one rule, for every statement that asks (design 4)."""

from sqlalchemy import ColumnElement, Subquery, false, func, select

from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS

_PLACE = func.row_number().over(
    partition_by=CONFIRMATION_ROWS.c.entry,
    order_by=(CONFIRMATIONS.c.revision.desc(), CONFIRMATIONS.c.key.desc()),
)


def counting(delivery: ColumnElement[str], *entries: ColumnElement[bool]) -> Subquery:
    """The rows of a delivery's answered entries, or of those that meet the conditions, with the
    `place` of each: the one that counts is at 1. It is the row of the highest revision that is in
    no conflict; of equal ones, which repeat each other, the last."""
    rows, heads = CONFIRMATION_ROWS.c, CONFIRMATIONS.c
    said = (rows.entry, rows.disposition, rows.scope, rows.said_at)
    head = (heads.key, heads.revision, heads.statement, _PLACE.label("place"))
    found = select(*said, *head).join_from(CONFIRMATION_ROWS, CONFIRMATIONS)
    return found.where(heads.delivery == delivery, heads.conflict == false(), *entries).subquery()
