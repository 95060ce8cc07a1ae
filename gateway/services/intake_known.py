"""What is known of the rows that a corrected file is about, from all files of its family.

An accepted number counts until a later file says something else of its row; the row counts as taken
for ever, so that no further file gives it another number without an officer.
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from gateway.domain.corrections import Origin, place
from gateway.domain.entries import UNBLOCK
from gateway.domain.proposals import UNSURE_PLACE
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.resolutions import ACCEPT, in_force
from gateway.ports import UnitOfWork
from gateway.services.corrections import family
from gateway.services.hold_final import HELD

_CONFLICT = "conflicting_action"


class Known:
    """What is known of the rows of `intake`, the one that is corrected."""

    def __init__(self, uow: UnitOfWork, intake: Intake) -> None:
        self.intake = intake
        self._family = family(uow, intake)
        self._positions = self._family.positions(intake.id)
        self._numbers: dict[int, Origin] = {}  # those to unblock count below zero
        self._taken: set[Origin] = set()
        self._marks: dict[Origin, IntakeRow] = {}
        for member, _ in self._family.members:
            for position, number, action in _accepted(uow, member):
                self._learn(member, position, number, action)
            for position, row in uow.lists.placed_rows(member, HELD):
                if row.rule in UNSURE_PLACE or row.rule == _CONFLICT:
                    self._marks[self._family.origin(member, position)] = row
        self._said = array("q", [0])
        for _, row in uow.lists.placed_rows(intake.id):
            self._said.append(_digest(row))

    def _learn(self, member: int, position: int, number: int, action: str) -> None:
        origin = self._family.origin(member, position)
        self._taken.add(origin)
        if not self._family.later(member, position):
            self._numbers.setdefault(_signed(number, action), origin)

    def accepted(self, number: int, action: str) -> Origin | None:
        """The origin of the row that asks this already, None where none does."""
        return self._numbers.get(_signed(number, action))

    def origin(self, position: int) -> Origin:
        """That of a row of the intake."""
        return self._family.origin(self.intake.id, position)

    def is_taken(self, position: int) -> bool:
        """Whether a number was ever accepted of this row, signed twice or not yet."""
        return self.origin(position) in self._taken

    def is_same(self, position: int, row: Sequence[Any]) -> bool:
        """Whether a row says what the one at this position said."""
        return position < len(self._said) and self._said[position] == _digest(IntakeRow._make(row))

    def doubt(self, position: int, row: IntakeRow) -> str:
        """The rule that goes on holding a row whatever its cells say now: the doubt was about its
        place in the sender's own file, or about another row. Else ""."""
        held = self._marks.get(self.origin(position))
        if held is None:
            return ""
        if held.rule == _CONFLICT and (_cell(held), held.action) != (_cell(row), row.action):
            return ""
        return held.rule

    def position(self, origin: Origin) -> int:
        """Where the intake has the row of this origin, 0 for nowhere."""
        intake, position = place(origin)
        return position if intake == self.intake.id else self._positions.get(origin, 0)


def _accepted(uow: UnitOfWork, intake: int) -> Iterator[tuple[int, int, str]]:
    """Position, number and action of what was accepted at once, or by an officer."""
    for position, _, _, number, action, _ in uow.lists.row_places(intake):
        if number:
            yield position, number, action
    decided = chain.from_iterable(in_force(uow.lists.resolutions.of(intake)).values())
    parts = [part for part in decided if part.act == ACCEPT]
    rows = uow.lists.rows_at(intake, {part.position for part in parts}) if parts else {}
    for part in parts:
        yield part.position, part.number, rows[part.position].action


def _signed(number: int, action: str) -> int:
    return -number if action == UNBLOCK else number


def _cell(row: IntakeRow) -> str:
    """The number cell as any program gives it back: an apostrophe or a line break is no change."""
    return " ".join(row.raw.lstrip("'").split())


def _digest(row: IntakeRow) -> int:
    said = (row.category, row.channel, row.evidence_ref, row.evidence_date, row.evidence_type)
    return hash((_cell(row), row.action, *said))
