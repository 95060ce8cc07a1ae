"""What will be read of a file, shown before anything is stored; and how far the reading is."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from gateway.domain.columns import letter, shown_text
from gateway.domain.masked_cells import mask_text
from gateway.domain.opened import Opened
from gateway.domain.sheet_plan import ReadingPlan, SheetPlan
from gateway.services.intake_preview import rows_expected

_FIRST = 3  # rows shown of each sheet
_WHY = {
    "hidden": "hidden; name it with --sheet to read it",
    "not-named": "another one was named or has another layout; name it with --sheet to read it",
    "empty": "empty",
    "no-numbers": "no column of phone numbers",
}


def proposal(opened: Opened, plan: ReadingPlan) -> Iterator[str]:
    """Lines for a person: sheets, columns, what is left out, the first cells masked."""
    kind = " ".join(part for part in (opened.kind, opened.encoding, opened.separator) if part)
    yield f"{opened.name}: {kind}, file {opened.digest}"
    for sheet in plan.sheets:
        yield from _sheet(opened, sheet)
    for one in plan.dropped:
        yield f"  not kept: column {one.letter}{_of(one.sheet)} ({one.kind})"
    for told in plan.told:
        named = _of(told.sheet).removeprefix(" of ") or "the sheet without a name"
        yield f"  not read: {named}, {_WHY[told.why]}"


def dropped_cells(dropped: Mapping[str, int]) -> Iterator[str]:
    """What a person is told of cells of which nothing is kept."""
    if count := dropped.get("evidence_ref"):
        yield f"{count} evidence references are not kept: they are words, names or numbers"
    if count := dropped.get("evidence_date"):
        yield f"{count} evidence dates are not kept: no such day, or one that is still to come"


def _sheet(opened: Opened, sheet: SheetPlan) -> Iterator[str]:
    columns = sheet.columns
    header = f" ({shown_text(columns.header)})" if shown_text(columns.header) else ""
    yield (
        f"  numbers: column {letter(columns.number)}{header}{_of(sheet.name)}, from row "
        f"{sheet.first_row}"
    )
    for role, at in columns.optional.items():
        yield f"  {role.replace('_', ' ')}: column {letter(at)}"
    for row, cell in islice(_cells(opened, sheet), _FIRST):
        yield f"    row {row}: {mask_text(cell)}"


def _cells(opened: Opened, sheet: SheetPlan) -> Iterator[tuple[int, str]]:
    at = sheet.columns.number
    for block in opened.blocks(sheet.index):
        for row, record in enumerate(block.rows, block.first):
            if row >= sheet.first_row and at < len(record) and record[at].strip():
                yield row, record[at]


def _of(sheet: str) -> str:
    return f" of sheet “{shown_text(sheet) or '…'}”" if sheet else ""


class Reading:
    """Rows decided so far, on the terminal: none where standard error is no terminal."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = bar.add_task("rows decided", total=None) if bar else None

    def planned(self, opened: Opened, plan: ReadingPlan) -> None:
        """How many rows there will be, about, where the kind of file lets that be told."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=rows_expected(opened, plan))

    def decided(self, rows: int) -> None:
        """So many more."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, rows)


@contextmanager
def reading() -> Iterator[Reading]:
    """A bar with rate and time left."""
    if not sys.stderr.isatty():
        yield Reading(None)
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        yield Reading(bar)


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """As rich asks for it."""
        return Text(f"{task.speed:,.0f} rows/s" if task.speed else "")
