"""What the gateway says to partners: answers and heads, and how far they are on their way."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select, update

from gateway.domain.records import NothingRecord, Outgoing
from gateway.domain.statements import Kind
from gateway.domain.times import Micros
from gateway.store.db import Db, plain
from gateway.store.tables.outgoing import NOTHINGS, OUTGOING

_HEAD, _ANSWER = str(Kind.HEAD), str(Kind.ANSWER)


def _newest(*conditions: ColumnElement[bool]) -> Select[Any]:
    theirs = select(OUTGOING).where(OUTGOING.c.partner == bindparam("partner"), *conditions)
    return theirs.order_by(OUTGOING.c.made_at.desc(), OUTGOING.c.digest).limit(1)


_NEWEST_HEAD = _newest(OUTGOING.c.kind == _HEAD)
_NEWEST_ANSWER = _newest(OUTGOING.c.kind == _ANSWER, OUTGOING.c.subject == bindparam("subject"))


class SqlOutbox:
    """ports.Outbox over the table."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def add(self, outgoing: Outgoing) -> None:
        """Store an answer; its subject's leaf is noted by whoever judged."""
        _add(self._db, outgoing)

    def partners(self, at: Micros) -> tuple[str, ...]:
        """Those that something is due for."""
        wanted = select(OUTGOING.c.partner).where(*_due(at)).distinct()
        return tuple(row.partner for row in self._db.rows(wanted.order_by(OUTGOING.c.partner)))

    def due(self, partner: str, at: Micros, limit: int) -> tuple[Outgoing, ...]:
        """Oldest first."""
        wanted = select(OUTGOING).where(OUTGOING.c.partner == partner, *_due(at))
        wanted = wanted.order_by(OUTGOING.c.made_at, OUTGOING.c.digest).limit(limit)
        return tuple(Outgoing(**row._mapping) for row in self._db.rows(wanted))

    def claim(self, outgoing: Outgoing, until: Micros) -> Outgoing | None:
        """Take it, compare and swap: its `tries` and `due_at` must still be those seen."""
        taken = replace(outgoing, tries=outgoing.tries + 1, due_at=until)
        values = {"tries": taken.tries, "due_at": taken.due_at}
        return taken if self._swap(outgoing, values) else None

    def settle(self, claimed: Outgoing, handed_at: Micros | None, due_at: Micros) -> bool:
        """Record how a claimed try ended; False where the claim was lost. The first hand-over
        stays."""
        values: dict[str, Any] = {"due_at": due_at}
        if handed_at is not None:
            values["handed_at"] = func.coalesce(OUTGOING.c.handed_at, handed_at)
        return self._swap(claimed, values)

    def answer(self, partner: str, subject: str) -> Outgoing | None:
        """The newest answer to a statement of this partner."""
        return self._first(_NEWEST_ANSWER, partner=partner, subject=subject)

    def again(self, digest: str, at: Micros) -> None:
        """Due once more, unless it is due already."""
        resting = (OUTGOING.c.digest == digest, OUTGOING.c.due_at == 0)
        self._db.update(OUTGOING, update(OUTGOING).where(*resting).values(due_at=at))

    def made(self) -> Iterator[Outgoing]:
        """All that was ever signed here, oldest first."""
        wanted = select(OUTGOING).order_by(OUTGOING.c.made_at, OUTGOING.c.digest)
        for row in self._db.rows(wanted):
            yield Outgoing(**row._mapping)

    def head(self, partner: str) -> Outgoing | None:
        """The newest head that was made for the partner."""
        return self._first(_NEWEST_HEAD, partner=partner)

    def told_heads(self, partner: str, most: int) -> tuple[Outgoing, ...]:
        """The newest heads that were handed over to the partner, newest first."""
        theirs = (OUTGOING.c.partner == partner, OUTGOING.c.kind == _HEAD)
        wanted = select(OUTGOING).where(*theirs, OUTGOING.c.handed_at.is_not(None))
        wanted = wanted.order_by(OUTGOING.c.made_at.desc(), OUTGOING.c.digest).limit(most)
        return tuple(Outgoing(**row._mapping) for row in self._db.rows(wanted))

    def retire_heads(self, partner: str) -> None:
        """Older heads are not said any more."""
        theirs = (OUTGOING.c.partner == partner, OUTGOING.c.kind == _HEAD, OUTGOING.c.due_at > 0)
        self._db.update(OUTGOING, update(OUTGOING).where(*theirs).values(due_at=0))

    def _first(self, statement: Select[Any], **values: Any) -> Outgoing | None:
        row = self._db.first(statement, **values)
        return Outgoing(**row._mapping) if row is not None else None

    def _swap(self, seen: Outgoing, values: dict[str, Any]) -> bool:
        same = (
            OUTGOING.c.digest == seen.digest,
            OUTGOING.c.tries == seen.tries,
            OUTGOING.c.due_at == seen.due_at,
        )
        return self._db.update(OUTGOING, update(OUTGOING).where(*same).values(values)) == 1


def _due(at: Micros) -> tuple[ColumnElement[bool], ...]:
    return OUTGOING.c.due_at > 0, OUTGOING.c.due_at <= at


def _add(db: Db, outgoing: Outgoing) -> None:
    db.insert(OUTGOING, plain(outgoing))


SAVE: dict[type, Callable[[Db, Any], object]] = {
    Outgoing: _add,
    NothingRecord: lambda db, record: db.insert(NOTHINGS, plain(record)),
}
"""How the aggregates of this noun are written."""
