"""`palang intake check`: what would become of every row of a file, changing nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from gateway.cli.common import telling_errors
from gateway.cli.intake_proposal import Reading, dropped_cells, proposal, reading
from gateway.domain.columns import letter
from gateway.domain.masked_cells import mask_text
from gateway.domain.numbers import Outcome
from gateway.domain.opened import Opened
from gateway.domain.profiles import Profile
from gateway.domain.records import IntakeRow
from gateway.domain.rules import reason_of
from gateway.domain.sheet_plan import ReadingPlan, Wanted, plan_reading
from gateway.domain.sheet_rows import Deciding, decide_file
from gateway.ports import Reader

_SHOWN = 40  # held and rejected rows on screen; --json has them all
_NOT_GOOD = (str(Outcome.HELD), str(Outcome.REJECTED))
_EPILOG = """\b
Example:
  palang intake check laporan.xlsx --column "NOMOR HP"
  palang intake check laporan.xlsx --sheet Januari --source iasc
  palang intake check laporan.csv --column C --json > laporan.jsonl

\b
Exit code: 0 every row accepted, duplicate or ignored; 1 some held or rejected;
2 the file can't be read, or the number column is not certain."""


@dataclass(frozen=True, slots=True)
class CheckParts:
    """What the command is given: the tables in force, the reader, the saved profile of a source."""

    load_rules: Callable[[], Deciding]
    reader: Reader
    profile_of: Callable[[str], Profile | None]


@dataclass(slots=True)
class _Tally:
    """Counts over rows as they pass, and the first that need a person."""

    outcomes: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    inferred: Counter[str] = field(default_factory=Counter)
    test: int = 0
    bad: list[IntakeRow] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """In all."""
        return self.outcomes.total()

    def add(self, row: IntakeRow) -> None:
        """One more."""
        self.outcomes[row.outcome] += 1
        self.rules[row.rule] += 1
        if row.route:
            self.routes[row.route] += 1
        self.inferred[row.outcome] += row.confidence == "inferred"
        self.test += row.test
        if row.outcome in _NOT_GOOD and len(self.bad) < _SHOWN:
            self.bad.append(row)

    @property
    def all_good(self) -> bool:
        """Whether no row needs a person."""
        return not any(self.outcomes[outcome] for outcome in _NOT_GOOD)


def check_command(parts: CheckParts) -> click.Command:
    """The command `check`."""

    @click.command("check", epilog=_EPILOG)
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--sheet", default="", metavar="NAME", help="One sheet; default all visible.")
    @click.option("--column", metavar="NAME_OR_LETTER", help="Header text or letter (A, B, ...).")
    @click.option("--source", default="", metavar="ID", help="Use this source's saved profile.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a line, summary last.")
    @click.pass_context
    def check(
        context: click.Context,
        file: Path,
        sheet: str,
        column: str | None,
        source: str,
        as_json: bool,
    ) -> None:
        """Decide every row of a FILE of phone numbers and say why. Changes nothing.

        Reads XLSX, ODS, CSV, TSV, NDJSON and pasted text.
        """
        with telling_errors(context):
            profile = parts.profile_of(source) if source else None
            wanted = Wanted(sheet, column or "", profile)
            by, tally = parts.load_rules(), _Tally()
            with parts.reader.open(file, file.name) as opened, reading() as bar:
                plan = plan_reading(opened, wanted)
                bar.planned(opened, plan)
                shown = [] if as_json else [*proposal(opened, plan)]
                for row in _rows(opened, plan, by, bar):
                    tally.add(row)
                    if as_json:
                        click.echo(json.dumps(row_object(row), ensure_ascii=False))
                told = summary(opened, plan, tally, by)
            _end(tally, shown, told, by, as_json=as_json)
        context.exit(0 if tally.all_good else 1)

    return check


def _rows(opened: Opened, plan: ReadingPlan, by: Deciding, bar: Reading) -> Iterator[IntakeRow]:
    for rows in decide_file(opened, plan, by):
        yield from map(IntakeRow._make, rows)
        bar.decided(len(rows))


def _end(
    tally: _Tally, shown: list[str], told: dict[str, object], by: Deciding, *, as_json: bool
) -> None:
    if as_json:
        click.echo(json.dumps({"summary": told}, ensure_ascii=False))
        return
    for line in (*shown, *_report(tally, by)):
        click.echo(line)


def row_object(row: IntakeRow) -> dict[str, object]:
    """The object of one row in `--json`; `number` is there only when accepted."""
    found: dict[str, object] = {"sheet": row.sheet, "row": row.row, "outcome": row.outcome}
    if row.number:
        found["number"] = f"+{row.number}"
    found |= {"confidence": row.confidence, "route": row.route}
    return found | {"rule": row.rule, "reason": reason_of(row)}


def summary(opened: Opened, plan: ReadingPlan, tally: _Tally, by: Deciding) -> dict[str, object]:
    """Counts by outcome, rule and route, all in rows of the file, and what they rest on."""
    first = plan.sheets[0].columns
    return {
        "unit": "rows",
        "rows": tally.rows,
        "outcomes": {str(outcome): tally.outcomes[outcome] for outcome in Outcome},
        "inferred": tally.inferred.total(),
        "test": tally.test,
        "rules": dict(sorted(tally.rules.items())),
        "routes": dict(sorted(tally.routes.items())),
        "file": opened.digest,
        "column": {"letter": letter(first.number), "header": first.header},
        "sheets": [
            {"sheet": one.name, "letter": letter(one.columns.number), "header": one.columns.header}
            for one in plan.sheets
        ],
        "dropped": [
            {"sheet": one.sheet, "letter": one.letter, "kind": one.kind} for one in plan.dropped
        ],
        "dropped_cells": dict(sorted((+by.dropped).items())),
        "not_read": [{"sheet": one.sheet, "why": one.why} for one in plan.told],
        "kind": opened.kind,
        "encoding": opened.encoding,
        "separator": opened.separator,
        "plan": by.numbers.plan.version,
        "on": by.numbers.on.isoformat(),
    }


def _report(tally: _Tally, by: Deciding) -> Iterator[str]:
    yield f"Numbering plan {by.numbers.plan.version}, as of {by.numbers.on.isoformat()}"
    yield ""
    for outcome in Outcome:
        inferred = tally.inferred[outcome]
        remark = f"  of which inferred {inferred}" if inferred else ""
        yield f"  {outcome:<10}{tally.outcomes[outcome]:>9} rows{remark}"
    yield f"  {'in all':<10}{tally.rows:>9} rows"
    yield from dropped_cells(by.dropped)
    yield from _problems(tally)


def _problems(tally: _Tally) -> Iterator[str]:
    if tally.all_good:
        yield "\nEvery row is accepted, a duplicate or ignored."
        return
    yield "\nRows that need a person (numbers masked):"
    for row in tally.bad:
        sheet = f"{row.sheet} " if row.sheet and not any(map(str.isdigit, row.sheet)) else ""
        yield f"  {sheet}row {row.row:<7} {row.outcome:<9} {mask_text(row.raw)}"
        yield f"      {reason_of(row)}"
    more = sum(tally.outcomes[outcome] for outcome in _NOT_GOOD) - len(tally.bad)
    if more:
        yield f"  ... and {more} more: --json lists every row"
