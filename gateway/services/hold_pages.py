"""The hold queue for a screen: a page of rows that wait, over all intakes, oldest first.

What HoldQueue reads whole is read here by intake and by page. Rows of a complete intake never
change, so where its held rows stand is remembered; what officers decided is looked up each time,
with their signatures verified. No row leaves the queue because time has passed.
"""

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from gateway.domain.errors import NotFound
from gateway.domain.proposals import proposals
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.resolutions import ACCEPT, Resolution, in_force
from gateway.domain.returned import row_mark
from gateway.ports import Clock, Store, UnitOfWork
from gateway.ports.views.intake import IntakePages
from gateway.services.approvals import Approvals
from gateway.services.corrections import corrected_rows
from gateway.services.hold_final import HELD, Words, is_final, words_of
from gateway.services.holds import Held, HoldState, held_rows
from gateway.services.rulebook import rulebook

INTAKES = 200  # intakes that one request looks into
_REMEMBERED = 500  # intakes whose held rows are remembered, some 20 bytes a row
_AT_ONCE = 20  # intakes' heads read at once

Key = tuple[int, int]
"""Intake and position: where a page begins after."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which waiting rows; empty members do not filter. `second` wants those that wait for a second
    officer."""

    intake: int = 0
    source: str = ""
    rule: str = ""
    second: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """A waiting row and since when it does."""

    held: Held
    intake: Intake


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Waiting rows; `after` is where the next page begins, None where this is the last."""

    rows: tuple[Queued, ...]
    after: Key | None


@dataclass(frozen=True, slots=True)
class _Places:
    """Where an intake's held rows stand, with the rule of each."""

    positions: "array[int]"
    rules: list[str]


@dataclass(slots=True)
class HoldPages:
    """Pages of waiting rows, and single held rows."""

    store: Store
    approvals: Approvals
    clock: Clock
    intakes: IntakePages
    _places: dict[int, _Places] = field(default_factory=dict)

    def page(self, wanted: QueueFilter, after: Key, limit: int) -> QueuePage:
        """At most `limit` rows behind `after`, (0, 0) for the first page.

        Raises NotFound for an intake that is not there.
        """
        found: list[Queued] = []
        for number, intake in enumerate(self._heads(wanted, after)):
            if number == INTAKES:
                return QueuePage(tuple(found), (intake.id, 0))
            start = after[1] if intake.id == after[0] else 0
            room = limit + 1 - len(found)
            found += [Queued(held, intake) for held in self._waiting(intake, wanted, start, room)]
            if len(found) > limit:
                last = found[limit - 1].held
                return QueuePage(tuple(found[:limit]), (last.intake, last.position))
        return QueuePage(tuple(found), None)

    def one(self, intake: int, position: int) -> Queued:
        """A held row, whatever became of it. Raises NotFound."""
        with self.store.read() as uow:
            head = uow.lists.intake(intake)
            row = uow.lists.rows_at(intake, {position}).get(position)
            if row is None or row.outcome != HELD:
                raise NotFound(
                    f"no held row {row_mark(intake, position)}",
                    hint="the list of held rows shows what waits",
                )
            at = self.clock.now()
            words = words_of(uow, self.approvals, intake, at)
            (held,) = held_rows(uow, head, rulebook(uow, at), words, [(position, row)])
        return Queued(held, head)

    def decided(self, intake: int, positions: Collection[int]) -> dict[int, HoldState]:
        """What officers said of these held rows so far: accepted, rejected, or one of them waits
        for a second officer; rows of which nobody said anything are left out."""
        with self.store.read() as uow:
            parts = in_force(uow.lists.resolutions.of(intake))
            here = {at: parts[at] for at in positions if at in parts}
            words = words_of(uow, self.approvals, intake, self.clock.now()) if here else {}
        return {at: _said(some, words) for at, some in here.items()}

    def open_by_rule(self, intake: int) -> dict[str, int]:
        """How many rows of an intake each rule holds of which nobody decided anything yet."""
        with self.store.read() as uow:
            head = uow.lists.intake(intake)
            places = self._held_places(uow, head)
            gone = set(in_force(uow.lists.resolutions.of(intake))) | set(corrected_rows(uow, head))
        counts: dict[str, int] = {}
        for position, rule in zip(places.positions, places.rules, strict=True):
            if position not in gone:
                counts[rule] = counts.get(rule, 0) + 1
        return counts

    def _heads(self, wanted: QueueFilter, after: Key) -> Iterator[Intake]:
        if wanted.intake:
            with self.store.read() as uow:
                yield uow.lists.intake(wanted.intake)
            return
        last = max(0, after[0] - 1)
        while some := self.intakes.holding(wanted.source, last, _AT_ONCE):
            yield from some
            last = some[-1].id

    def _waiting(self, intake: Intake, wanted: QueueFilter, start: int, room: int) -> list[Held]:
        """At most `room` rows of an intake that wait, at positions above `start`."""
        if wanted.source not in ("", intake.source):
            return []
        at = self.clock.now()
        with self.store.read() as uow:
            parts = in_force(uow.lists.resolutions.of(intake.id))
            words = words_of(uow, self.approvals, intake.id, at) if parts else {}
            gone = {position for position, some in parts.items() if is_final(some, words)}
            gone |= corrected_rows(uow, intake).keys()

            def wants(place: tuple[int, str]) -> bool:
                position, rule = place
                if position in gone or wanted.rule not in ("", rule):
                    return False
                return not wanted.second or position in parts

            here = self._rows_after(uow, intake, start, wants, room)
            return self._held(uow, intake, here, parts) if here else []

    def _held(
        self,
        uow: UnitOfWork,
        intake: Intake,
        here: Mapping[int, IntakeRow],
        parts: dict[int, list[Resolution]],
    ) -> list[Held]:
        """Rows that wait, so that no batch has them."""
        numbers = rulebook(uow, self.clock.now()).numbers
        return [
            Held(
                intake=intake.id,
                source=intake.source,
                position=position,
                row=row,
                proposed=proposals(row, numbers),
                state=HoldState.SECOND if position in parts else HoldState.OPEN,
                parts=tuple(parts.get(position, ())),
            )
            for position, row in here.items()
        ]

    def _rows_after(
        self,
        uow: UnitOfWork,
        intake: Intake,
        start: int,
        wants: Callable[[tuple[int, str]], bool],
        room: int,
    ) -> dict[int, IntakeRow]:
        """At most `room` held rows above a position, in order, whose position and rule are wanted;
        what retention took is not there any more.

        The first page of an intake that was never looked at reads no further than it needs.
        """
        if start == 0 and intake.id not in self._places:
            placed = uow.lists.placed_rows(intake.id, HELD)
            found = ((at, row) for at, row in placed if wants((at, row.rule)))
            return dict(islice(found, room))
        places = self._held_places(uow, intake)
        known = zip(places.positions, places.rules, strict=True)
        wanted = (place for place in known if place[0] > start and wants(place))
        here = [position for position, _rule in islice(wanted, room)]
        rows = uow.lists.rows_at(intake.id, here)
        return {position: rows[position] for position in here if position in rows}

    def _held_places(self, uow: UnitOfWork, intake: Intake) -> _Places:
        found = self._places.get(intake.id)
        if found is None:
            positions, rules = array("q"), []
            for position, row in uow.lists.placed_rows(intake.id, HELD):
                positions.append(position)
                rules.append(row.rule)
            while len(self._places) >= _REMEMBERED:
                self._places.pop(next(iter(self._places)), None)
            found = self._places[intake.id] = _Places(positions, rules)
        return found


def _said(parts: list[Resolution], words: Words) -> HoldState:
    if not is_final(parts, words):
        return HoldState.SECOND
    return HoldState.ACCEPTED if parts[0].act == ACCEPT else HoldState.REJECTED
