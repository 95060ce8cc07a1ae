"""A file of numbers to free: each row must name one number with certainty."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from gateway.domain.columns import Role
from gateway.domain.entries import BLOCK
from gateway.domain.errors import InputError
from gateway.domain.numbering import NumberingPlan, NumberRules, PlanRow
from gateway.domain.numbers import Outcome
from gateway.domain.records import IntakeRow
from gateway.domain.sheet_plan import ReadingPlan, Wanted, plan_reading
from gateway.domain.sheet_rows import DecidedRow, Deciding, decide_file
from gateway.ports import Reader
from gateway.services.rulebook import Rulebook

_SHOWN = 10  # rows named in an error


@dataclass(frozen=True, slots=True)
class Freed:
    """The accepted rows of a file, and the digest of its bytes."""

    digest: str
    rows: tuple[IntakeRow, ...]


def read_unblocks(
    reader: Reader, path: Path, name: str, column: str | None, rules: Rulebook
) -> Freed:
    """Read it whole. A number that became protected or unmapped since can be freed too.

    Raises InputError where a row is in doubt, or asks for a block.
    """
    by = Deciding(_open_rules(rules.numbers), rules.categories, rules.channels)
    with reader.open(path, name) as opened:
        plan = _numbers_and_actions(plan_reading(opened, Wanted(column=column or "")))
        asking = {one.name for one in plan.sheets if "action" in one.columns.optional}
        rows: list[IntakeRow] = []
        bad: list[str] = []
        for decided in map(_named, decide_file(opened, plan, by)):
            rows += [row for row in decided if row.outcome == Outcome.ACCEPTED]
            bad += [doubt for row in decided if (doubt := _doubt(row, asking))]
        digest = opened.digest
    if bad:
        raise InputError(
            f"{name}: every row must name one number to free; {'; '.join(bad[:_SHOWN])}",
            hint="correct these rows; palang intake check says why for each",
        )
    return Freed(digest, tuple(rows))


def _named(rows: Iterable[DecidedRow]) -> list[IntakeRow]:
    return list(map(IntakeRow._make, rows))


def _numbers_and_actions(plan: ReadingPlan) -> ReadingPlan:
    """What else stands in the file says nothing about who is freed."""
    sheets = []
    for one in plan.sheets:
        kept: dict[Role, int] = {
            role: at for role, at in one.columns.optional.items() if role == "action"
        }
        sheets.append(replace(one, columns=replace(one.columns, optional=kept)))
    return replace(plan, sheets=tuple(sheets))


def _doubt(row: IntakeRow, asking: set[str]) -> str:
    if row.outcome in (Outcome.HELD, Outcome.REJECTED):
        return f"row {row.row}: {row.rule}"
    blocks = row.sheet in asking and row.action == BLOCK and row.outcome != Outcome.IGNORED
    return f"row {row.row}: asks to block" if blocks else ""


def _open_rules(rules: NumberRules) -> NumberRules:
    """Number rules that read every well-formed number: nothing protected, unmapped ones to nobody.

    Who gets the unblock is decided by who was sent the number, not by the plan.
    """
    rest = PlanRow("+62", "", date.min, None, "any number can be freed", test=False)
    plan = NumberingPlan(rules.plan.version, (*rules.plan.rows, rest))
    return NumberRules(plan, (), rules.on)
