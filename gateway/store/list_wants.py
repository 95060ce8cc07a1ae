"""Wishes about source lists."""

from sqlalchemy import select, update

from gateway.domain.list_wants import ListWant
from gateway.domain.times import Micros
from gateway.store.db import Db, plain
from gateway.store.tables.inbox import WANTED_LISTS

_TABLE = WANTED_LISTS.c


class SqlListWants:
    """ports.list_wants.ListWants over the table."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, want: ListWant) -> None:
        """Add one."""
        values = plain(want)
        del values["id"]  # the database gives it
        self._db.insert(WANTED_LISTS, values)

    def waiting(self) -> tuple[ListWant, ...]:
        """Those that the worker has not come to, oldest first."""
        asked = select(WANTED_LISTS).where(_TABLE.ended_at == 0).order_by(_TABLE.id)
        return tuple(ListWant(**row._mapping) for row in self._db.rows(asked))

    def newest(self) -> dict[int, ListWant]:
        """The last one about each list."""
        rows = self._db.rows(select(WANTED_LISTS).order_by(_TABLE.id))
        return {row.list: ListWant(**row._mapping) for row in rows}

    def end(self, want: int, at: Micros, problem: str = "", hint: str = "") -> None:
        """It was seen to."""
        changed = update(WANTED_LISTS).where(_TABLE.id == want, _TABLE.ended_at == 0)
        self._db.update(WANTED_LISTS, changed.values(ended_at=at, problem=problem, hint=hint))
