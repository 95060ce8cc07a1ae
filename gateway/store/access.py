"""The access log: rows that are added and never changed."""

from sqlalchemy import select

from gateway.domain.access import Access, AccessFilter, What
from gateway.store.db import Db, plain
from gateway.store.tables.staff import ACCESS_LOG

_ROW = ACCESS_LOG.c


class SqlAccessRows:
    """ports.AccessRows over the table."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, row: Access) -> None:
        """Add one; the store gives the id."""
        values = plain(row)
        del values["id"]
        self._db.insert(ACCESS_LOG, values)

    def page(self, wanted: AccessFilter, most: int) -> tuple[Access, ...]:
        """At most so many that match, newest first."""
        tests = [
            (wanted.account, _ROW.account == wanted.account),
            (wanted.subject, _ROW.subject == wanted.subject),
            (wanted.what, _ROW.what.in_(wanted.what)),
            (wanted.since, _ROW.at >= wanted.since),
            (wanted.until, _ROW.at < wanted.until),
            (wanted.before, _ROW.id < wanted.before),
        ]
        rows = select(ACCESS_LOG).where(*(test for asked, test in tests if asked))
        found = self._db.rows(rows.order_by(_ROW.id.desc()).limit(most))
        return tuple(Access(**(dict(row._mapping) | {"what": What(row.what)})) for row in found)
