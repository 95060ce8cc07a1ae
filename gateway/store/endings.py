"""What partners' confirmations say of numbers whose owner is gone (domain.md 3.6)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, func, select, true

from gateway.domain.dispositions import ENDINGS
from gateway.store import dialect
from gateway.store.db import Db
from gateway.store.tables.deliveries import DELIVERIES, SLICE_ENTRIES
from gateway.store.tables.inbox import CONFIRMATION_ROWS, CONFIRMATIONS


def endings(db: Db, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
    """Of these numbers, those that a partner declared ended or recycled: the last such moment of
    each of the two dispositions."""
    found: dict[int, dict[str, int]] = {}
    among = dialect.among(db.connection, SLICE_ENTRIES.c.number, numbers)
    for row in db.rows(_ended().where(among)):
        found.setdefault(row.number, {})[row.disposition] = row.last
    return found


def _ended() -> Select[Any]:
    """Number, disposition and its last moment, from the revision of each delivery that counts."""
    said, about, entry = CONFIRMATION_ROWS.c, CONFIRMATIONS.c, SLICE_ENTRIES.c
    later, later_row = CONFIRMATIONS.alias(), CONFIRMATION_ROWS.alias()
    overtaken = exists().where(
        later.c.delivery == about.delivery,
        later.c.revision > about.revision,
        later.c.conflict != true(),
        later_row.c.confirmation == later.c.key,
        later_row.c.entry == said.entry,
    )
    return (
        select(entry.number, said.disposition, func.max(said.said_at).label("last"))
        .select_from(SLICE_ENTRIES)
        .join(DELIVERIES, DELIVERIES.c.key == entry.delivery_key)
        .join(CONFIRMATIONS, about.delivery == DELIVERIES.c.id)
        .join(
            CONFIRMATION_ROWS,
            and_(said.confirmation == about.key, said.entry == entry.entry),
        )
        .where(said.disposition.in_(ENDINGS), about.conflict != true(), ~overtaken)
        .group_by(entry.number, said.disposition)
    )
