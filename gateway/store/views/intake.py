"""Lists of intakes. Their counts are JSON in the row, so held rows are told from its text alike in
every database; what officers decided is counted from their resolutions."""

from sqlalchemy import ColumnElement, Select, and_, func, not_, select

from gateway.domain.records import Intake
from gateway.ports.views.intake import IntakeFilter, IntakeLine, IntakeState
from gateway.store.intakes import LOADING, to_intake
from gateway.store.store import SqlStore
from gateway.store.tables.lists import INTAKES, RESOLUTIONS
from gateway.store.unit import SqlUnit

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
_AT_ONCE = 200  # lines read at a time where the state is told from several tables


class SqlIntakePages:
    """ports.views.intake.IntakePages over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def page(self, wanted: IntakeFilter, before: int, limit: int) -> tuple[IntakeLine, ...]:
        """At most `limit` of them with an id below `before`, newest first."""
        found: list[IntakeLine] = []
        while len(found) < limit:
            some = self._lines(wanted, before, _AT_ONCE if wanted.state else limit)
            found += [one for one in some if wanted.state in (None, one.state)]
            if not some or not wanted.state:
                break
            before = some[-1].intake.id
        return tuple(found[:limit])

    def _lines(self, wanted: IntakeFilter, before: int, limit: int) -> list[IntakeLine]:
        asked = select(INTAKES).where(_COMPLETE, *_conditions(wanted))
        if before:
            asked = asked.where(_I.id < before)
        with self._store.read() as uow:
            found = list(map(to_intake, uow._db.rows(asked.order_by(_I.id.desc()).limit(limit))))
            decided, later = _decided(uow, found), _later(uow, found)
        return [_line(one, decided.get(one.id, 0), later.get(one.id, 0)) for one in found]

    def holding(self, source: str, after: int, limit: int) -> tuple[Intake, ...]:
        """At most `limit` intakes with held rows and an id above `after`, oldest first."""
        asked = select(INTAKES).where(_COMPLETE, _HOLDS, _I.id > after).order_by(_I.id)
        if source:
            asked = asked.where(_I.source == source)
        with self._store.read() as uow:
            return tuple(map(to_intake, uow._db.rows(asked.limit(limit))))

    def sources(self) -> tuple[str, ...]:
        """Every source that handed something in, in order."""
        asked: Select[tuple[str]] = select(_I.source).where(_COMPLETE).distinct()
        with self._store.read() as uow:
            return tuple(row.source for row in uow._db.rows(asked.order_by(_I.source)))


def _conditions(wanted: IntakeFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.source:
        found.append(_I.source == wanted.source)
    if wanted.since:
        found.append(_I.added_at >= wanted.since)
    if wanted.until:
        found.append(_I.added_at < wanted.until)
    if wanted.state in (IntakeState.WAITING, IntakeState.DECIDED):
        found.append(_HOLDS)
    if wanted.state is IntakeState.CLEAN:
        found.append(not_(_HOLDS))
    if wanted.state is IntakeState.CORRECTED:
        found.append(_LATER > 0)
    return found


def _line(intake: Intake, decided: int, later: int) -> IntakeLine:
    held = dict(intake.counts).get("held", 0)
    return IntakeLine(intake, max(0, held - decided), later)


def _decided(uow: SqlUnit, intakes: list[Intake]) -> dict[int, int]:
    """Of how many rows of each something was decided."""
    table = RESOLUTIONS.c
    asked = select(table.intake, func.count(table.position.distinct()).label("rows"))
    asked = asked.where(table.intake.in_([one.id for one in intakes])).group_by(table.intake)
    return {row.intake: row.rows for row in uow._db.rows(asked)}


def _later(uow: SqlUnit, intakes: list[Intake]) -> dict[int, int]:
    """The first intake that corrects each."""
    asked = select(_I.follows, func.min(_I.id).label("first")).where(_COMPLETE)
    asked = asked.where(_I.follows.in_([one.id for one in intakes])).group_by(_I.follows)
    return {row.follows: row.first for row in uow._db.rows(asked)}
