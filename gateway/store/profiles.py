"""Saved profiles of sources: added, never changed; the newest version rules."""

from sqlalchemy import func, select

from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import SourceProfile
from gateway.store.db import Db, plain
from gateway.store.tables.lists import SOURCE_PROFILES


class SqlProfiles:
    """ports.Profiles over the table."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def newest(self) -> tuple[SourceProfile, ...]:
        """The newest of each source, by source; one with profile "" was removed."""
        table = SOURCE_PROFILES.c
        last = select(table.source, func.max(table.version).label("version"))
        last_of = last.group_by(table.source).subquery()
        found = select(SOURCE_PROFILES).join(
            last_of, (table.source == last_of.c.source) & (table.version == last_of.c.version)
        )
        rows = self._db.rows(found.order_by(table.source))
        return tuple(SourceProfile(**row._mapping) for row in rows)

    def of(self, source: str) -> SourceProfile | None:
        """The newest one of a source, None where it never had one."""
        table = SOURCE_PROFILES.c
        found = select(SOURCE_PROFILES).where(table.source == source)
        row = self._db.first(found.order_by(table.version.desc()).limit(1))
        return SourceProfile(**row._mapping) if row is not None else None

    def add(self, profile: SourceProfile, event: LedgerEvent) -> None:
        """Add a version, with its event. Raises Conflict where its number was taken meanwhile."""
        self._db.insert(SOURCE_PROFILES, plain(profile))
        self._db.note(event)
