"""Lists that sources handed in: added, never changed."""

from typing import Any

from sqlalchemy import ColumnElement, Row, select

from gateway.domain.errors import NotFound
from gateway.domain.ledger import LedgerEvent
from gateway.domain.source_list import ReceivedList
from gateway.store.db import Db, plain
from gateway.store.tables.inbox import SOURCE_LISTS

_TABLE = SOURCE_LISTS.c


class SqlSourceLists:
    """ports.SourceLists over the table."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, received: ReceivedList, event: LedgerEvent) -> None:
        """Add one, with its event. Raises Conflict where its serial or signature is there."""
        values = plain(received)
        del values["id"]  # the database gives it
        self._db.insert(SOURCE_LISTS, values)
        self._db.note(event)

    def all(self) -> tuple[ReceivedList, ...]:
        """All, oldest first."""
        return tuple(map(_received, self._db.rows(select(SOURCE_LISTS).order_by(_TABLE.id))))

    def get(self, number: int) -> ReceivedList:
        """Raises NotFound."""
        found = self._one(_TABLE.id == number)
        if found is None:
            raise NotFound(f"there is no list {number}", hint="palang intake inbox shows all")
        return found

    def newest(self, partner: str) -> ReceivedList | None:
        """The one of the highest serial of a source."""
        wanted = select(SOURCE_LISTS).where(_TABLE.partner == partner)
        row = self._db.first(wanted.order_by(_TABLE.serial.desc()).limit(1))
        return _received(row) if row is not None else None

    def by_provenance(self, provenance: str) -> ReceivedList | None:
        """The one that this signature is under."""
        return self._one(_TABLE.provenance == provenance)

    def _one(self, which: ColumnElement[bool]) -> ReceivedList | None:
        row = self._db.first(select(SOURCE_LISTS).where(which))
        return _received(row) if row is not None else None


def _received(row: Row[Any]) -> ReceivedList:
    blobs = {name: bytes(row._mapping[name]) for name in ("head", "jws")}
    return ReceivedList(**(dict(row._mapping) | blobs))
