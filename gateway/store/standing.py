"""What stands blocked, read from the entries of released batches."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from gateway.domain.batch import BatchState
from gateway.domain.entries import BLOCK, UNBLOCK
from gateway.domain.times import Micros
from gateway.ports.standing import StandingBlock
from gateway.store import dialect
from gateway.store.db import Db
from gateway.store.endings import endings
from gateway.store.tables.lists import BATCHES, ENTRIES

_UNDER_WAY = (BatchState.PREPARED.value, BatchState.SUBMITTED.value)


class SqlStanding:
    """ports.Standing over entries and batches."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def blocked(self) -> Iterator[StandingBlock]:
        """All, in the order of their numbers."""
        return self._read(_standing())

    def due(self, day: str) -> Iterator[StandingBlock]:
        """Those whose review date is `day` or earlier and that no batch under preparation names."""
        reviewed = (ENTRIES.c.review_date != "") & (ENTRIES.c.review_date <= day)
        return self._read(_standing().where(reviewed, ~_prepared()))

    def freed_at(self, numbers: Sequence[int]) -> dict[int, Micros]:
        """Of these numbers, those whose last released entry is an unblock, with when it was
        released."""
        wanted = select(ENTRIES.c.number, ENTRIES.c.action, BATCHES.c.released_at).join(BATCHES)
        wanted = wanted.where(
            BATCHES.c.released_at.is_not(None),
            dialect.among(self._db.connection, ENTRIES.c.number, numbers),
        )
        rows = self._db.stream(wanted.order_by(ENTRIES.c.batch))
        last = {row.number: (row.action, row.released_at) for row in rows}
        return {number: at for number, (action, at) in last.items() if action == UNBLOCK}

    def ended(self, numbers: Sequence[int]) -> dict[int, dict[str, Micros]]:
        """Of these numbers, those that a partner declared ended or recycled."""
        return endings(self._db, numbers)

    def _read(self, wanted: Select[Any]) -> Iterator[StandingBlock]:
        rows = self._db.stream(wanted.order_by(ENTRIES.c.number))
        return map(StandingBlock._make, rows)


def _standing() -> Select[Any]:
    """Latest entries of numbers that are blocks; the columns of StandingBlock."""
    latest = (
        select(ENTRIES.c.number, func.max(ENTRIES.c.batch).label("batch"))
        .join(BATCHES)
        .where(BATCHES.c.released_at.is_not(None))
        .group_by(ENTRIES.c.number)
        .subquery()
    )
    same = (ENTRIES.c.number == latest.c.number) & (ENTRIES.c.batch == latest.c.batch)
    named = ("category", "channel", "evidence_ref", "evidence_date", "basis", "review_date")
    columns = (ENTRIES.c[name] for name in (*named, "route"))
    return (
        select(ENTRIES.c.number, ENTRIES.c.batch, BATCHES.c.test, *columns)
        .join(latest, same)
        .join(BATCHES, BATCHES.c.id == ENTRIES.c.batch)
        .where(ENTRIES.c.action == BLOCK)
    )


def _prepared() -> ColumnElement[bool]:
    """Whether a batch that is not released yet names the number too."""
    other, batch = ENTRIES.alias(), BATCHES.alias()
    under_way = batch.c.state.in_(_UNDER_WAY)
    found = select(other.c.number).join(batch, batch.c.id == other.c.batch)
    return found.where(other.c.number == ENTRIES.c.number, under_way).exists()
