"""Resolutions of held rows, and which rows batches took."""

from collections.abc import Iterable

from sqlalchemy import bindparam, func, select

from gateway.domain.batch import BatchState
from gateway.domain.resolutions import Resolution
from gateway.store.db import Db, plain
from gateway.store.tables.lists import BATCHES, ENTRY_SOURCES, RESOLUTIONS

_OF = (
    select(RESOLUTIONS)
    .where(RESOLUTIONS.c.intake == bindparam("intake"))
    .order_by(RESOLUTIONS.c.id)
)


class SqlResolutions:
    """ports.Resolutions over the tables."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, resolutions: Iterable[Resolution]) -> None:
        """Add the parts of one signed act."""
        for one in resolutions:
            values = plain(one)
            del values["id"]
            self._db.insert(RESOLUTIONS, values)

    def of(self, intake: int) -> list[Resolution]:
        """All of an intake, in the order in which they were made."""
        return [Resolution(**row._mapping) for row in self._db.rows(_OF, intake=intake)]

    def taken(self, intake: int) -> set[int]:
        """The positions that a batch has taken, but for one that was stopped before its release."""
        gone = (BATCHES.c.state == BatchState.STOPPED.value) & BATCHES.c.released_at.is_(None)
        wanted = select(ENTRY_SOURCES.c.position).join(BATCHES).distinct()
        rows = self._db.rows(wanted.where(ENTRY_SOURCES.c.intake == intake, ~gone))
        return {row.position for row in rows}

    def shared(self, batch: int) -> list[tuple[int, int, int]]:
        """Number, intake and position of every row of a number that several rows ask for."""
        source = ENTRY_SOURCES.c
        mine = source.batch == batch
        several = select(source.number).where(mine).group_by(source.number)
        several = several.having(func.count() > 1)
        wanted = select(source.number, source.intake, source.position)
        wanted = wanted.where(mine, source.number.in_(several))
        rows = self._db.rows(wanted.order_by(source.intake, source.position))
        return [(row.number, row.intake, row.position) for row in rows]
