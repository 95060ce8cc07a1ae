"""A corrected file comes back: each row is matched with the row that it corrects.

A row that comes back as it was is a duplicate that refers to it: what was decided of it stands. One
that was accepted counts once: the same number again is a duplicate too, another number in its place
is held. The others are decided anew, but for doubts that no cell of the returned file can end. All
files that correct one another are looked at together, so that two of them never count a row twice.
"""

from array import array

from gateway.domain.corrections import RESENT
from gateway.domain.errors import Conflict, InputError
from gateway.domain.opened import Opened
from gateway.domain.proposals import NEVER_ACCEPTED
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.returned import MARK_HEADER, mark_column, read_mark
from gateway.domain.rules import RULES, Outcome
from gateway.domain.sheet_plan import ReadingPlan, SheetPlan, called
from gateway.domain.sheet_rows import DecidedRow, DecidedRows
from gateway.ports import Store, UnitOfWork
from gateway.services.context import refused
from gateway.services.intake_known import Known

_CHANGED = "resent_changed"
_DECIDED = (str(Outcome.ACCEPTED), str(Outcome.HELD))
_HEAD = 30  # rows in which the header of the marks stands


class Resend:
    """The rows of a file that corrects an intake; where it corrects none, they pass as they are."""

    def __init__(
        self, store: Store, opened: Opened, plan: ReadingPlan, source: str, follows: int
    ) -> None:
        """Raises NotFound, Conflict (another source's, or not the intake of the marks), InputError
        (marks of several intakes, a mark that is not ours, no sheet of the corrected file)."""
        self._places: dict[str, array[int]] = {}
        marked = self._read_marks(opened, plan)
        if marked and follows and marked != follows:
            raise Conflict(
                f"the rows of this file are marked as those of intake {marked}, not {follows}",
                hint=f"add it with --follows {marked}",
            )
        number = marked or follows
        self._marked = bool(marked)
        self._known: Known | None = None
        self.intake: Intake | None = None
        if number:
            with store.read() as uow:
                self.intake = uow.lists.intake(number)
                _require_source(self.intake, source)
                self._known = Known(uow, self.intake)
                if not marked:
                    self._place_by_row(uow, self.intake, opened, plan)

    @staticmethod
    def returned(opened: Opened) -> bool:
        """Whether the first sheet is one that Palang wrote for a sender."""
        blocks = opened.blocks(0)
        first = next(blocks, None)
        return any(mark_column(row) is not None for row in (first.rows[:_HEAD] if first else ()))

    def matched(self, rows: DecidedRows) -> DecidedRows:
        """The rows, each against the one that it corrects."""
        known = self._known
        if known is None:
            return rows
        return DecidedRows.of(self._match(known, IntakeRow._make(row)) for row in rows)

    def _match(self, known: Known, row: IntakeRow) -> DecidedRow:
        places = self._places.get(row.sheet)
        position = places[row.row] if places is not None and row.row < len(places) else 0
        taken = bool(position) and known.is_taken(position)
        if row.number:
            same = known.accepted(row.number, row.action)
            moved = taken and self._marked and same != known.origin(position)
            if same is not None and not moved:
                return refused(row, RULES[RESENT], known.position(same))
            if taken:
                return refused(row, RULES[_CHANGED], position)
        if not position:
            return row
        if known.is_same(position, row):
            return refused(row, RULES[RESENT], position)
        if row.refers:  # a repeat in its own file
            return refused(row, RULES[_CHANGED], position) if taken else row
        doubt = known.doubt(position, row)
        if doubt and row.outcome in _DECIDED and row.rule not in NEVER_ACCEPTED:
            return refused(row, RULES[doubt], position)
        return row._replace(refers=position)

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

    def _place_by_row(
        self, uow: UnitOfWork, intake: Intake, opened: Opened, plan: ReadingPlan
    ) -> None:
        """The sender's own file: a row stands for the one in its place. A file of one sheet may
        call it anything. Raises InputError where no sheet is one of the corrected file."""
        for position, sheet, row, _, _, _ in uow.lists.row_places(intake.id):
            _put(self._places.setdefault(sheet, array("q")), row, position)
        names = [sheet.name for sheet in plan.sheets]
        if len(names) == len(self._places) == 1:
            self._places = {names[0]: next(iter(self._places.values()))}
        if not self._places.keys() & set(names):
            raise InputError(
                f"no sheet of {opened.name} is one of intake {intake.id}, so none of its rows can "
                "be matched",
                hint="name the sheets as they were, or send back the file that "
                f"`palang intake return {intake.id}` writes",
            )


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


def _require_source(intake: Intake, source: str) -> None:
    if intake.source != source:
        raise Conflict(
            f"intake {intake.id} is of source {intake.source}, this file was given as {source}'s",
            hint=f"--source {intake.source}, or look whose file it is",
        )
