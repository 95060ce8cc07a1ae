"""Reading an incoming CSV sheet into rows, and deciding them in order (issue: intake, design 1).

Only the number and five named columns leave this module; names, addresses and identity numbers of
other columns are never kept (domain.md 3.2, data minimisation).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from sys import intern

from gateway.domain.columns import Columns, Role, choose_columns, letter
from gateway.domain.csvbytes import read_records
from gateway.domain.errors import InputError
from gateway.domain.numbering import NumberRules
from gateway.domain.numbers import Decision, decide, refused
from gateway.domain.rules import REASONS
from gateway.domain.sheet_marks import Mark, action_of, iso_date, mark

_MAX_COUNT_DIGITS = 6  # a total of rows has no more; beyond it a total row may hide a number
_SEPARATOR_ONLY = " \t\r\n;,|"
_HEAD = 600  # rows read before the columns are chosen
_MAX_FIELD = 120  # characters kept of category, channel and evidence reference


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as a spreadsheet shows it.

    `raw` is the number cell untouched. `category`, `channel` and `evidence_ref` are as written;
    `evidence_date` is YYYY-MM-DD or empty; `action` is block, unblock or empty (not said). `mark`
    says what the row's place in the sheet forbids: see `decide_rows`.
    """

    row: int
    raw: str
    category: str
    channel: str
    evidence_ref: str
    evidence_date: str
    action: str
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows below the header, and how they were read; `digest` is of the file's bytes."""

    rows: tuple[SheetRow, ...]
    column_header: str
    column_letter: str
    encoding: str
    separator: str
    digest: str


def read_sheet(data: bytes, column: str | None, name: str) -> Sheet:
    """Read CSV bytes; `column` is a header text or letter, `name` the file's name for errors.

    Raises InputError when the file can't be read or is too large, or when the number column is
    not certain.
    """
    records = read_records(data, name)
    head = list(islice(records.rows, _HEAD))
    if not any(cell.strip(_SEPARATOR_ONLY) for row in head for cell in row):
        raise InputError(f"expected rows with phone numbers, {name} has none in its first rows")
    columns = choose_columns(head, column, name)
    body = enumerate(chain(head, records.rows), start=1)
    return Sheet(
        rows=tuple(
            _sheet_row(number, record, columns)
            for number, record in body
            if number > columns.first_row
        ),
        column_header=columns.header,
        column_letter=letter(columns.number),
        encoding=records.encoding,
        separator=records.separator,
        digest="sha256:" + hashlib.sha256(data).hexdigest(),
    )


def decide_rows(
    rows: Iterable[SheetRow], rules: NumberRules
) -> Iterator[tuple[SheetRow, Decision]]:
    """Decide every row in order; repeats inside the file become duplicates of the first row.

    A number that the file asks both to block and to unblock is held in every row that names it.
    """
    listed = list(rows)
    disputed = _disputed(listed, rules)
    first: dict[int, int] = {}
    for row in listed:
        decision = _decide_row(row, rules)
        if decision.number is not None:
            earlier = first.setdefault(decision.number, row.row)
            if decision.number in disputed:
                decision = refused("conflicting_action")
            elif earlier != row.row:
                decision = _repeat(earlier)
        yield row, decision


def _decide_row(row: SheetRow, rules: NumberRules) -> Decision:
    decision = decide(row.raw, rules)
    if row.mark in ("", "blank"):
        return decision
    if row.mark == "header":
        return refused("header_again")
    if row.mark == "total":
        digits = sum(char.isdigit() for char in row.raw)
        return refused("total_unclear" if digits > _MAX_COUNT_DIGITS else "total_row")
    if row.mark == "shifted":
        return refused("shifted_row")
    return decision if decision.number is None else refused("unknown_action")


def _disputed(rows: list[SheetRow], rules: NumberRules) -> frozenset[int]:
    """Numbers for which the rows ask different actions (no action means block)."""
    if not any(row.action == "unblock" for row in rows):
        return frozenset()
    asked: dict[int, set[str]] = {}
    for row in rows:
        number = _decide_row(row, rules).number
        if number is not None:
            asked.setdefault(number, set()).add(row.action or "block")
    return frozenset(number for number, actions in asked.items() if len(actions) > 1)


def _repeat(first_row: int) -> Decision:
    base = refused("repeat")
    reason = f"{REASONS['repeat']} First in row {first_row}."
    return Decision(base.outcome, None, "", "", base.rule, reason, False, False)


def _sheet_row(number: int, record: list[str], columns: Columns) -> SheetRow:
    def field(name: Role) -> str:
        index = columns.optional.get(name, -1)
        return intern(record[index].strip()[:_MAX_FIELD]) if 0 <= index < len(record) else ""

    raw = record[columns.number] if columns.number < len(record) else ""
    action = action_of(field("action"))
    said = mark(record, raw, columns) or ("action" if action is None else "")
    return SheetRow(
        row=number,
        raw=raw,
        category=field("category"),
        channel=field("channel"),
        evidence_ref=field("evidence_ref"),
        evidence_date=iso_date(field("evidence_date")),
        action=action or "",
        mark=said,
    )
