"""Which sheets and columns of an open file are read, and what is left out: told before any row is.

The first visible sheet with numbers is read, and others with the same headers; any other, a hidden
one, or one that is called after complainants or accounts, only when it is named. One sheet that is
ambiguous stops everything, with the candidates named (promise F).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from gateway.domain.columns import Columns, find_columns, letter, shown_text, words
from gateway.domain.columns_look import look, matching
from gateway.domain.errors import InputError
from gateway.domain.opened import Opened, SheetHead
from gateway.domain.people import NEVER_NUMBERS, Kind, kind_of_header
from gateway.domain.plain_names import without_numbers
from gateway.domain.profiles import Profile, check_fit, compared

Why = Literal["hidden", "not-named", "empty", "no-numbers"]

HEAD = 600  # rows looked at before the columns are chosen
_BLANK = " \t\r\n;,|\u00a0"
_LETTERS = 3  # of a column; longer words are headers


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer, or the saved profile of the source, says about a file.

    `sheet` is a name, or a position from 1; `column` a header text or a letter. Both win over the
    profile.
    """

    sheet: str = ""
    column: str = ""
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """One sheet that is read; `first_row` is the number of the first row below its header."""

    index: int
    name: str
    columns: Columns
    first_row: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """A column that may hold people: recognised by its header or values, and never kept."""

    sheet: str
    letter: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Told:
    """A sheet that is not read, and why; `index` is its place from 0."""

    sheet: str
    why: Why
    index: int


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """What of a file is read; `profile` is the one that said so, None where none was needed."""

    sheets: tuple[SheetPlan, ...]
    dropped: tuple[Dropped, ...]
    told: tuple[Told, ...]
    profile: Profile | None = None

    def draft(self) -> Profile | None:
        """A profile of these columns to save; None where several sheets or no header stand."""
        if len(self.sheets) != 1 or not words(self.sheets[0].columns.header):
            return None
        columns = self.sheets[0].columns
        roles = {role: columns.headers[at] for role, at in columns.optional.items()}
        named = self.told or _about_others(self.sheets[0].name)
        sheet = self.sheets[0].name if named else ""
        return Profile(sheet, columns.header, roles, compared(columns.headers))


def plan_reading(opened: Opened, wanted: Wanted) -> ReadingPlan:
    """Choose sheets and columns from the first rows of each sheet.

    Raises InputError when a column is not certain in a sheet that is to be read, when no sheet has
    one, or when the profile does not fit the file.
    """
    chosen = _named(opened, wanted)
    plans: list[SheetPlan] = []
    told: list[Told] = []
    for index, head in enumerate(opened.sheets):
        why = _left_out(index, head, chosen)
        found = why or _plan_sheet(opened, index, wanted, named=chosen is not None)
        if isinstance(found, SheetPlan):
            plans.append(found)
        else:
            told.append(Told(kept_name(opened, index), found, index))
    if not plans:
        raise _nothing(opened, told)
    _one_letter(opened, wanted, plans)
    plans, others = _alike(plans)
    told = sorted([*told, *others], key=lambda one: one.index)
    return ReadingPlan(
        tuple(plans),
        tuple(
            Dropped(plan.name, letter(index), kind)
            for plan in plans
            for index, kind in plan.columns.dropped
        ),
        tuple(told),
        wanted.profile,
    )


def called(opened: Opened, index: int) -> str:
    """What errors call a sheet: the file, and which of its sheets where it has several."""
    if len(opened.sheets) == 1:
        return opened.name
    name = shown_text(opened.sheets[index].name)
    return f"sheet {index + 1}{f' ({name})' if name else ''} of {opened.name}"


def _named(opened: Opened, wanted: Wanted) -> int | None:
    """The index of the one sheet that is to be read, or None: all visible ones."""
    name = wanted.sheet or (wanted.profile.sheet if wanted.profile else "")
    if not name:
        return None
    names = [head.name.strip().casefold() for head in opened.sheets]
    if name.strip().casefold() in names:
        return names.index(name.strip().casefold())
    if name.isascii() and name.isdigit() and 0 < int(name) <= len(names):
        return int(name) - 1
    known = ", ".join(shown_text(head.name) or str(i + 1) for i, head in enumerate(opened.sheets))
    raise InputError(
        f"expected a sheet of that name in {opened.name}",
        hint=f"its sheets: {known}; name one by its name or its place from 1",
    )


def _left_out(index: int, head: SheetHead, chosen: int | None) -> Why | None:
    if chosen is not None:
        return None if index == chosen else "not-named"
    if not head.visible:
        return "hidden"
    return "not-named" if _about_others(head.name) else None


def _about_others(name: str) -> bool:
    """Whether a sheet is called after complainants, accounts or identities."""
    return kind_of_header(words(name)) in NEVER_NUMBERS


def _alike(plans: list[SheetPlan]) -> tuple[list[SheetPlan], list[Told]]:
    """The first sheet and those with its headers and number column; what another layout holds, only
    a person knows."""
    layout = _layout(plans[0])
    others = [plan for plan in plans if _layout(plan) != layout]
    told = [Told(plan.name, "not-named", plan.index) for plan in others]
    return [plan for plan in plans if plan not in others], told


def _layout(plan: SheetPlan) -> tuple[tuple[str, ...], int]:
    return compared(plan.columns.headers), plan.columns.number


def kept_name(opened: Opened, index: int) -> str:
    """A sheet's name as it is stored and shown: without long runs of digits (promise H); with its
    place then, as two could become alike."""
    name = opened.sheets[index].name
    masked = without_numbers(name)
    return name if masked == name else f"{masked} #{index + 1}"


def _plan_sheet(opened: Opened, index: int, wanted: Wanted, *, named: bool) -> SheetPlan | Why:
    numbered = list(islice(_rows(opened, index), HEAD))
    rows = [row for _, row in numbered]
    if not any(cell.strip(_BLANK) for row in rows for cell in row):
        return "empty"
    profile = None if wanted.column else wanted.profile
    want = wanted.column or (profile.number if profile else "")
    alone = named or len(opened.sheets) == 1
    if want and not alone and not (_is_letter(want) or _headed(rows, want)):
        return "no-numbers"  # another sheet has the named column; else plan_reading refuses
    name = called(opened, index)
    if profile:
        check_fit(profile, look(rows, want).headers, name)
    columns = find_columns(rows, want or None, name, opened.sheets[index].hidden_columns)
    if columns is None:
        return "no-numbers"
    if profile:
        columns = _by_profile(columns, profile, name)
    if columns.headers and opened.kind in ("csv", "text"):
        columns = replace(columns, most=len(rows[columns.first_row - 1]))
    first = numbered[0][0] + columns.first_row
    return SheetPlan(index, kept_name(opened, index), columns, first)


def _by_profile(columns: Columns, profile: Profile, name: str) -> Columns:
    """The optional columns that the profile names; one that may hold people is refused."""
    places = profile.places(columns.headers)
    people = {index for index, _ in columns.dropped}
    for role, index in places.items():
        if index in people:
            raise InputError(
                f"expected a column for {role} that holds no people, column {letter(index)} of "
                f"{name} may",
                hint="save the profile of this source anew without it",
            )
    return replace(columns, optional=places)


def _rows(opened: Opened, index: int) -> Iterator[tuple[int, list[str]]]:
    for block in opened.blocks(index):
        yield from enumerate(block.rows, block.first)


def _is_letter(want: str) -> bool:
    text = want.strip()
    return text.isascii() and text.isalpha() and len(text) <= _LETTERS


def _headed(rows: list[list[str]], want: str) -> bool:
    return any(matching(row, want) for row in rows)


def _one_letter(opened: Opened, wanted: Wanted, plans: list[SheetPlan]) -> None:
    """A letter means one column of one sheet, unless all sheets head that column alike."""
    headers = {words(plan.columns.header) for plan in plans}
    if len(headers) > 1 and wanted.column and _is_letter(wanted.column):
        raise InputError(
            f"expected one meaning of column {wanted.column.strip().upper()} in {opened.name}, "
            "its sheets head it differently",
            hint="read one sheet at a time: --sheet NAME --column LETTER",
        )


def _nothing(opened: Opened, told: list[Told]) -> InputError:
    hidden = any(one.why in ("hidden", "not-named") for one in told)
    if all(one.why == "empty" for one in told):
        return InputError(
            f"expected rows with phone numbers, {opened.name} has none in its first rows",
            hint="look whether it is the right file",
        )
    return InputError(
        f"expected a column of phone numbers in {opened.name}, found none by headers or values",
        hint="name it: --column NAME_OR_LETTER"
        + (
            "; sheets that are hidden, or called after others, are read only by name: --sheet NAME"
            if hidden
            else ""
        ),
    )
