"""Intakes: loaded in pieces, one transaction each, and seen by nobody before the last one.

While it is loading, an intake's digest is a name of its own, so that two who add the same file do
not wait for each other; the database takes the file's digest once, at the end.
"""

import json
import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import compress, count
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import LedgerEvent
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.times import Micros
from gateway.store import intake_pages
from gateway.store.db import Db, plain
from gateway.store.errors import translated
from gateway.store.tables.lists import INTAKE_PAGES, INTAKES

LOADING, READY = "loading", "ready"
_LISTS = ("counts", "sheets", "dropped")  # members that are lists of lists, JSON in the table
_COMPLETE = select(INTAKES).where(INTAKES.c.state != LOADING)
_ONE = _COMPLETE.where(INTAKES.c.id == bindparam("intake"))
_FOLLOWERS = _COMPLETE.where(INTAKES.c.follows == bindparam("intake")).order_by(INTAKES.c.id)


class SqlIntakes:
    """The part of ports.Lists that is about intakes."""

    def __init__(self, db: Db) -> None:
        self._db = db

    def intake_by_digest(self, digest: str) -> Intake | None:
        """The intake of the same file, if there was one."""
        row = self._db.first(_COMPLETE.where(INTAKES.c.digest == digest))
        return to_intake(row) if row is not None else None

    def intake(self, intake: int) -> Intake:
        """One that is complete. Raises NotFound."""
        row = self._db.first(_ONE, intake=intake)
        if row is None:
            raise NotFound(f"there is no intake {intake}", hint="palang intake list shows all")
        return to_intake(row)

    def intakes(self) -> tuple[Intake, ...]:
        """All that are complete, newest first."""
        return tuple(map(to_intake, self._db.rows(_COMPLETE.order_by(INTAKES.c.id.desc()))))

    def followers(self, intake: int) -> tuple[Intake, ...]:
        """The intakes that correct this one, oldest first."""
        return tuple(map(to_intake, self._db.rows(_FOLLOWERS, intake=intake)))

    def begin_intake(self, intake: Intake) -> int:
        """Make room for an intake that is loaded in pieces; returns its id."""
        name = f"loading:{secrets.token_hex(16)}"
        begun = replace(intake, digest=name, state=LOADING, loaded_at=self._db.now)
        return self._db.insert(INTAKES, _values(begun))

    def put_pages(self, intake: int, pages: Iterable[tuple[int, bytes]]) -> None:
        """Add pages to a loading intake, each with the position of its first row. Raises Conflict
        where it is gone: it rested so long that somebody took it for abandoned."""
        self._touch(intake, {"loaded_at": self._db.now})
        sealed = self._db.seal
        rows = (
            (intake, first, sealed(intake_pages.place(intake, first), page))
            for first, page in pages
        )
        self._db.bulk(INTAKE_PAGES, rows)

    def finish_intake(self, intake: Intake, event: LedgerEvent) -> None:
        """A loading intake becomes one. Raises Conflict where it is gone or the same file is
        there."""
        values = _values(replace(intake, state=READY, loaded_at=self._db.now))
        known = self.intake_by_digest(intake.digest)
        if known is not None:
            raise Conflict(f"this file is intake {known.id} already", hint="palang intake list")
        kept = ("digest", "counts", "sheets", "dropped", "state", "loaded_at")
        self._touch(intake.id, {name: values[name] for name in kept})
        self._db.note(event)

    def _touch(self, intake: int, values: dict[str, Any]) -> None:
        loading = (INTAKES.c.id == intake, INTAKES.c.state == LOADING)
        changed = self._db.update(INTAKES, update(INTAKES).where(*loading).values(**values))
        if not changed:
            raise Conflict("this intake was swept as abandoned", hint="add the file again")

    def abandoned(self, before: Micros) -> tuple[int, ...]:
        """Loading intakes whose last rows came before that moment."""
        loading = select(INTAKES.c.id).where(INTAKES.c.state == LOADING)
        return tuple(row.id for row in self._db.rows(loading.where(INTAKES.c.loaded_at < before)))

    def sweep(self, intake: int) -> None:
        """Take a loading intake away, with its rows."""
        self._db.require_writer()
        pages = delete(INTAKE_PAGES).where(INTAKE_PAGES.c.intake == intake)
        head = delete(INTAKES).where(INTAKES.c.id == intake, INTAKES.c.state == LOADING)
        with translated("table intake_pages"):
            self._db.connection.execute(pages)
            self._db.connection.execute(head)

    def intake_rows(self, intake: int, outcome: str = "") -> Iterator[IntakeRow]:
        """The rows of an intake in order, all or of one outcome."""
        return (row for _, row in self.placed_rows(intake, outcome))

    def placed_rows(self, intake: int, outcome: str = "") -> Iterator[tuple[int, IntakeRow]]:
        """The same with their positions."""
        for first, rows in intake_pages.parts(self._db, intake):
            wanted = (outcome in ("", ended) for ended in rows.column("outcome"))
            for position, row in compress(enumerate(rows, first), wanted):
                yield position, IntakeRow._make(row)

    def rows_at(self, intake: int, positions: Collection[int]) -> dict[int, IntakeRow]:
        """The rows at these positions, those that are there."""
        return intake_pages.rows_at(self._db, intake, positions)

    def row_places(self, intake: int) -> Iterator[tuple[int, str, int, int, str, int]]:
        """Position, sheet, row, accepted number or 0, action and `refers` of every row."""
        for first, rows in intake_pages.parts(self._db, intake):
            names = ("sheet", "row", "number", "action", "refers")
            yield from zip(count(first), *map(rows.column, names))


def _values(intake: Intake) -> dict[str, Any]:
    """The intake as column values, without its id: the database gives it."""
    values = plain(intake) | {name: json.dumps(getattr(intake, name)) for name in _LISTS}
    del values["id"]
    return values


def to_intake(row: Row[Any]) -> Intake:
    """The intake of a row."""
    lists = {name: tuple(map(tuple, json.loads(row._mapping[name]))) for name in _LISTS}
    return Intake(**(dict(row._mapping) | lists))
