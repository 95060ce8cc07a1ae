"""A corrected file comes back: each row is matched with the row that it corrects.

A row that was accepted stays accepted once: the same number again is a duplicate that refers to it,
another number in its place is held. The others are decided anew. All files that correct one intake
are looked at together, so that two of them never count a row twice.
"""

from array import array
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from gateway.domain.entries import UNBLOCK
from gateway.domain.errors import Conflict, InputError
from gateway.domain.opened import Opened
from gateway.domain.records import Intake
from gateway.domain.resolutions import ACCEPT, in_force
from gateway.domain.returned import MARK_HEADER, mark_column, read_mark
from gateway.domain.rules import RULES
from gateway.domain.sheet_plan import ReadingPlan, SheetPlan, called
from gateway.domain.sheet_rows import DecidedRow, DecidedRows
from gateway.ports import Store, UnitOfWork
from gateway.services.context import refused
from gateway.services.hold_final import HELD

# places in records.IntakeRow
_NUMBER: Final = 3
_ACTION: Final = 12
_SHEET: Final = 14
_REFERS: Final = 16
_HEAD = 30  # rows in which the header of the marks stands


@dataclass(slots=True)
class _Known:
    """What was accepted of an intake and of all that corrected it. Numbers to unblock count below
    zero; positions are those of the first intake."""

    numbers: dict[int, int] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def learn(self, position: int, number: int, action: str) -> None:
        signed = _signed(number, action)
        self.numbers.setdefault(signed, position)
        self.taken.add(position)


class Resend:
    """The rows of a file that corrects an intake; where it corrects none, they pass as they are."""

    def __init__(
        self, store: Store, opened: Opened, plan: ReadingPlan, source: str, follows: int
    ) -> None:
        """Raises NotFound, Conflict (another source's, or not the intake of the marks), InputError
        (marks of several intakes, or a mark that is not ours)."""
        self._places: dict[str, array[int]] = {}
        marked = self._read_marks(opened, plan)
        if marked and follows and marked != follows:
            raise Conflict(
                f"the rows of this file are marked as those of intake {marked}, not {follows}",
                hint=f"add it with --follows {marked}",
            )
        number = marked or follows
        self.intake: Intake | None = None
        self._known = _Known()
        if number:
            with store.read() as uow:
                self.intake = uow.lists.intake(number)
                _require_source(self.intake, source)
                self._learn(uow, number, by_row=not marked)

    @staticmethod
    def returned(opened: Opened) -> bool:
        """Whether the first sheet is one that Palang wrote for a sender."""
        blocks = opened.blocks(0)
        first = next(blocks, None)
        return any(mark_column(row) is not None for row in (first.rows[:_HEAD] if first else ()))

    def matched(self, rows: DecidedRows) -> DecidedRows:
        """The rows, each against the one that it corrects."""
        return DecidedRows.of(map(self._match, rows)) if self.intake else rows

    def _match(self, row: DecidedRow) -> DecidedRow:
        places = self._places.get(row[_SHEET])
        position = places[row[0]] if places is not None and row[0] < len(places) else 0
        known = self._known
        if row[_NUMBER]:
            same = known.numbers.get(_signed(row[_NUMBER], row[_ACTION]))
            if same is not None:
                return refused(row, RULES["resent"], same)
            if position in known.taken:
                return refused(row, RULES["resent_changed"], position)
        return row if row[_REFERS] or not position else (*row[:16], position)

    def _read_marks(self, opened: Opened, plan: ReadingPlan) -> int:
        """Where each row's original stands; returns the intake that the marks name, or 0."""
        intakes: set[int] = set()
        for sheet in plan.sheets:
            column = mark_column(sheet.columns.headers)
            if column is not None:
                self._places[sheet.name] = _marks(opened, sheet, column, intakes)
        if len(intakes) > 1:
            raise InputError(
                f"expected rows of one intake, {opened.name} has marks of {len(intakes)}",
                hint="send the corrected rows of each returned file in a file of their own",
            )
        return intakes.pop() if intakes else 0

    def _learn(self, uow: UnitOfWork, number: int, *, by_row: bool) -> None:
        for position, sheet, row, accepted, action, _ in uow.lists.row_places(number):
            if accepted:
                self._known.learn(position, accepted, action)
            if by_row:
                _put(self._places.setdefault(sheet, array("q")), row, position)
        self._learn_resolved(uow, number)
        for later in uow.lists.followers(number):
            for _, _, _, accepted, action, refers in uow.lists.row_places(later.id):
                if accepted:
                    self._known.learn(refers, accepted, action)
            self._learn_resolved(uow, later.id, corrects=True)
        self._known.taken.discard(0)  # rows that were added in a correction correct none

    def _learn_resolved(self, uow: UnitOfWork, number: int, *, corrects: bool = False) -> None:
        """Held rows that an officer accepted count as accepted, signed twice or not yet."""
        parts = chain.from_iterable(in_force(uow.lists.resolutions.of(number)).values())
        accepted = [part for part in parts if part.act == ACCEPT]
        rows = dict(uow.lists.placed_rows(number, HELD)) if accepted else {}
        for part in accepted:
            row = rows[part.position]
            position = row.refers if corrects else part.position
            self._known.learn(position, part.number, row.action)


def _marks(opened: Opened, sheet: SheetPlan, column: int, intakes: set[int]) -> "array[int]":
    places = array("q")
    for block in opened.blocks(sheet.index):
        for row, record in enumerate(block.rows, block.first):
            if row < sheet.first_row or column >= len(record):
                continue
            try:
                mark = read_mark(record[column])
            except InputError as bad:
                raise InputError(
                    f"row {row} of {called(opened, sheet.index)}: {bad}",
                    hint=f"copy the cell of column “{MARK_HEADER}” from the returned file; in a "
                    "new row leave it empty",
                ) from None
            if mark is not None:
                intakes.add(mark[0])
                _put(places, row, mark[1])
    return places


def _put(places: "array[int]", row: int, position: int) -> None:
    if row >= len(places):
        places.extend([0] * (row + 1 - len(places)))
    places[row] = position


def _signed(number: int, action: str) -> int:
    return -number if action == UNBLOCK else number


def _require_source(intake: Intake, source: str) -> None:
    if intake.source != source:
        raise Conflict(
            f"intake {intake.id} is of source {intake.source}, this file was given as {source}'s",
            hint=f"--source {intake.source}, or look whose file it is",
        )
