"""What would become of a file, told before anything is stored: its sheets, columns and outcomes.

The rows are decided by the very steps of `Intakes.add`, against all that the gateway knows; only
the store is spared. So what is counted here is what is stored, unless a release or another file
comes between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal

from gateway.domain.columns import letter, shown_text
from gateway.domain.columns_look import Look, cell, look
from gateway.domain.columns_words import is_number_header, words
from gateway.domain.errors import InputError
from gateway.domain.masked_cells import mask_text
from gateway.domain.opened import Opened
from gateway.domain.people import NEVER_NUMBERS, Kind, kind_of_header
from gateway.domain.sheet_plan import HEAD, ReadingPlan, SheetPlan, Why, kept_name
from gateway.ports import Reader, Store
from gateway.services.intake import Intakes, Options, Watch
from gateway.services.intake_resend import Resend

SAMPLES = 3  # cells shown of a column
SHEETS = 30  # sheets of a workbook that are looked into

Reason = Literal["said", "profile", "returned", "header", "values"]


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column as it is shown: `header` is "" where it has digits, `kind` says which people it may
    hold; then nothing of its cells is shown. `could` tells that it may be the reported numbers."""

    letter: str
    header: str
    role: str
    kind: Kind | None
    could: bool
    forbidden: bool
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenSheet:
    """A sheet: `why` is "" where it is read; `number` is the letter of its number column then.

    `name` is for showing, `key` is what names it to Options.sheet."""

    place: int
    name: str
    key: str
    why: Why | Literal["", "unsure"]
    number: str
    first_row: int
    columns: tuple[SeenColumn, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A file before its rows are decided. `problem` says why it can't be read as it is; `reason` by
    what the number column was found, `profile` the version of the saved one that was used."""

    name: str
    kind: str
    encoding: str
    separator: str
    digest: str
    size: int
    sheets: tuple[SeenSheet, ...]
    problem: InputError | None
    reason: Reason | None
    profile: int

    @property
    def choosable(self) -> bool:
        """Whether a column can be named that ends the doubt."""
        columns = (one for sheet in self.sheets for one in sheet.columns)
        return self.problem is not None and any(not one.forbidden for one in columns)


@dataclass(slots=True)
class Counted:
    """What the rows of a file would be, in rows; `columns` is what of it was read."""

    columns: tuple[tuple[int, str], ...] = ()
    rows: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    inferred: int = 0
    undated: int = 0
    follows: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Previews:
    """Looks into files; stores nothing."""

    store: Store
    reader: Reader
    intakes: Intakes

    def seen(self, path: Path, name: str, options: Options) -> Seen:
        """Sheets and columns, and what would be read. Raises InputError where it is no list."""
        with self.reader.open(path, name) as opened:
            plan, problem, profile = None, None, ""
            try:
                plan, profile = self.intakes.plan(opened, options)
            except InputError as unsure:
                problem = unsure
            version = int(profile.rpartition(" ")[2]) if profile else 0
            sheets = tuple(_sheets(opened, plan, options.column or ""))
            return Seen(
                *(opened.name, opened.kind, opened.encoding, opened.separator, opened.digest),
                *(opened.size, sheets, problem, _reason(opened, plan, options, version), version),
            )

    def known(self, digest: str) -> int:
        """The intake that this very file is already, 0 for none."""
        with self.store.read() as uow:
            found = uow.lists.intake_by_digest(digest)
        return found.id if found else 0

    def count(
        self,
        path: Path,
        name: str,
        options: Options,
        told: Callable[[int, int | None], None] = lambda _rows, _about: None,
    ) -> Counted:
        """Decide every row and count; `told` hears the rows so far and how many there are about.

        It may raise to end this. Raises as Intakes.add, for the same reasons.
        """
        found, about = Counted(), [None]  # type: Counted, list[int | None]

        def planned(opened: Opened, plan: ReadingPlan) -> None:
            found.columns = planned_columns(plan)
            about[0] = rows_expected(opened, plan)

        with self.intakes.decided(path, name, options, Watch(planned)) as file:
            found.follows = file.follows.id if file.follows else 0
            for rows in filter(len, file.blocks):
                with self.store.read() as uow:
                    kept = file.context.apply(uow, rows)
                outcomes, rules = kept.column("outcome"), kept.column("rule")
                found.rows += len(kept)
                found.outcomes.update(outcomes)
                found.rules.update(zip(outcomes, rules, strict=True))
                found.inferred += list(kept.column("confidence")).count("inferred")
                told(found.rows, about[0])
            found.undated, found.dropped = file.context.undated, dict(file.dropped)
        return found


def planned_columns(plan: ReadingPlan) -> tuple[tuple[int, str], ...]:
    """The place of each sheet that is read, from 0, and the letter of its number column."""
    return tuple((one.index, letter(one.columns.number)) for one in plan.sheets)


def rows_expected(opened: Opened, plan: ReadingPlan) -> int | None:
    """About how many rows a text file has, by the length of its first ones; None for a workbook,
    which is compressed."""
    first = next(opened.blocks(plan.sheets[0].index), None)
    if opened.kind in ("xlsx", "ods") or first is None or not first.rows:
        return None
    length = sum(len(cell.encode()) + 1 for row in first.rows for cell in row) + len(first.rows)
    return max(len(first.rows), round(opened.size * len(first.rows) / length))


def _sheets(opened: Opened, plan: ReadingPlan | None, wanted: str) -> list[SeenSheet]:
    read = {one.index: one for one in plan.sheets} if plan else {}
    told = {one.index: one.why for one in plan.told} if plan else {}
    return [
        _sheet(opened, index, read.get(index), told.get(index), wanted)
        for index in range(min(len(opened.sheets), SHEETS))
    ]


def _sheet(
    opened: Opened, index: int, plan: SheetPlan | None, why: Why | None, wanted: str
) -> SeenSheet:
    rows = list(islice((row for block in opened.blocks(index) for row in block.rows), HEAD))
    found = look(rows, wanted or None)
    state: Why | Literal["", "unsure"] = "" if plan else why or "unsure"
    if state == "unsure" and not opened.sheets[index].visible:
        state = "hidden"
    if state == "unsure" and kind_of_header(words(opened.sheets[index].name)) in NEVER_NUMBERS:
        state = "not-named"
    columns = tuple(_column(found, at, plan) for at in range(found.width))
    number = letter(plan.columns.number) if plan else ""
    first = plan.first_row if plan else 0
    real = opened.sheets[index].name
    alike = [one.name.strip().casefold() for one in opened.sheets].count(real.strip().casefold())
    key = real if real.strip() and alike == 1 else str(index + 1)
    return SeenSheet(index + 1, kept_name(opened, index), key, state, number, first, columns)


def _column(found: Look, at: int, plan: SheetPlan | None) -> SeenColumn:
    kind = found.kinds.get(at)
    roles = {index: role for role, index in plan.columns.optional.items()} if plan else {}
    if plan and at == plan.columns.number:
        kind = None
    cells = (text for row in found.body if (text := cell(row, at).strip()))
    samples = () if kind else tuple(map(mask_text, islice(cells, SAMPLES)))
    return SeenColumn(
        letter(at),
        shown_text(cell(found.headers, at)),
        roles.get(at, ""),
        kind,
        at in found.candidates(),
        found.forbidden(at),
        samples,
    )


def _reason(
    opened: Opened, plan: ReadingPlan | None, options: Options, version: int
) -> Reason | None:
    """By what the number column of the first sheet was found."""
    if plan is None:
        return None
    if options.column:
        return "said"
    if version:
        return "profile"
    if Resend.returned(opened):
        return "returned"
    return "header" if is_number_header(plan.sheets[0].columns.header) else "values"
