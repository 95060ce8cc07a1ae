"""Lists of intakes. Their counts are JSON in the row, so held rows are told from its text alike in
every database; what officers decided is counted from their resolutions."""

from dataclasses import asdict
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    not_,
    select,
    true,
)

from gateway.domain.records import Intake
from gateway.ports.views.intake import IntakeFilter, IntakeLine, IntakeState
from gateway.store.intakes import LOADING, to_intake
from gateway.store.store import SqlStore
from gateway.store.tables.lists import INTAKES, RESOLUTIONS

_I = INTAKES.c
_COMPLETE = _I.state != LOADING
_HOLDS = and_(_I.counts.contains('["held", '), not_(_I.counts.contains('["held", 0]')))
_LATER_TABLE = INTAKES.alias("later")
_LATER = (
    select(func.coalesce(func.min(_LATER_TABLE.c.id), 0))
    .where(_LATER_TABLE.c.follows == _I.id, _LATER_TABLE.c.state != LOADING)
    .correlate(INTAKES)
    .scalar_subquery()
)
_MOST = bindparam("most", type_=Integer)
_BOUNDS = {
    "source": _I.source == bindparam("source"),
    "since": _I.added_at >= bindparam("since"),
    "until": _I.added_at < bindparam("until"),
    "before": _I.id < bindparam("before"),
}
_STATES: dict[IntakeState | None, ColumnElement[bool]] = {
    None: true(),
    IntakeState.WAITING: _HOLDS,  # of these those of which rows are undecided
    IntakeState.DECIDED: _HOLDS,
    IntakeState.CLEAN: not_(_HOLDS),
    IntakeState.CORRECTED: _LATER > 0,
}
_HOLDING = (
    select(INTAKES)
    .where(_COMPLETE, _HOLDS, _I.id > bindparam("after"))
    .order_by(_I.id)
    .limit(_MOST)
)
_HOLDING_OF = _HOLDING.where(_BOUNDS["source"])
_SOURCES = select(_I.source).where(_COMPLETE).distinct().order_by(_I.source)
_THESE: BindParameter[Any] = bindparam("intakes", expanding=True)
_DECIDED = (
    select(RESOLUTIONS.c.intake, func.count(RESOLUTIONS.c.position.distinct()).label("rows"))
    .where(RESOLUTIONS.c.intake.in_(_THESE))
    .group_by(RESOLUTIONS.c.intake)
)
"""Of how many rows of each something was decided."""
_FIRST = (
    select(_I.follows, func.min(_I.id).label("first"))
    .where(_COMPLETE, _I.follows.in_(_THESE))
    .group_by(_I.follows)
)
"""The first intake that corrects each."""
_AT_ONCE = 200  # lines read at a time where the state is told from several tables


class SqlIntakePages:
    """ports.views.intake.IntakePages over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def page(self, wanted: IntakeFilter, before: int, limit: int) -> tuple[IntakeLine, ...]:
        """At most `limit` of them with an id below `before`, newest first."""
        found: list[IntakeLine] = []
        at_once = _AT_ONCE if wanted.state else limit
        while len(found) < limit:
            some = self._lines(wanted, before, at_once)
            found += [one for one in some if wanted.state in (None, one.state)]
            if len(some) < at_once or not wanted.state:
                break
            before = some[-1].intake.id
        return tuple(found[:limit])

    def _lines(self, wanted: IntakeFilter, before: int, limit: int) -> list[IntakeLine]:
        given = asdict(wanted) | {"before": before}
        given = {name: given[name] for name in _BOUNDS if given[name]}
        asked = _asked(wanted.state, frozenset(given))
        with self._store.read() as uow:
            found = list(map(to_intake, uow._db.rows(asked, **given, most=limit)))
            ids = [one.id for one in found]
            decided = {row.intake: row.rows for row in uow._db.rows(_DECIDED, intakes=ids)}
            later = {row.follows: row.first for row in uow._db.rows(_FIRST, intakes=ids)}
        return [_line(one, decided.get(one.id, 0), later.get(one.id, 0)) for one in found]

    def holding(self, source: str, after: int, limit: int) -> tuple[Intake, ...]:
        """At most `limit` intakes with held rows and an id above `after`, oldest first."""
        asked, of = (_HOLDING_OF, {"source": source}) if source else (_HOLDING, {})
        with self._store.read() as uow:
            return tuple(map(to_intake, uow._db.rows(asked, **of, after=after, most=limit)))

    def sources(self) -> tuple[str, ...]:
        """Every source that handed something in, in order."""
        with self._store.read() as uow:
            return tuple(row.source for row in uow._db.rows(_SOURCES))


@cache
def _asked(state: IntakeState | None, bounds: frozenset[str]) -> Select[Any]:
    """A page of those in a state, within the bounds that are given."""
    conditions = [_STATES[state], *(_BOUNDS[name] for name in sorted(bounds))]
    return select(INTAKES).where(_COMPLETE, *conditions).order_by(_I.id.desc()).limit(_MOST)


def _line(intake: Intake, decided: int, later: int) -> IntakeLine:
    held = dict(intake.counts).get("held", 0)
    return IntakeLine(intake, max(0, held - decided), later)
