"""`palang intake`: files of raw rows come in, each row ends with an outcome and a rule."""

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import (
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    show,
    working,
)
from gateway.cli.holds import holds_command
from gateway.cli.incoming import incoming
from gateway.cli.intake_profile import profile_group
from gateway.cli.intake_proposal import Reading, dropped_cells, proposal, reading
from gateway.cli.intake_return import return_command
from gateway.cli.resolve import resolve_command
from gateway.cli.sheet_files import write_table
from gateway.domain.canonical import Json
from gateway.domain.masked_cells import mask_text
from gateway.domain.numbering import mask
from gateway.domain.numbers import Outcome
from gateway.domain.opened import Opened
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.rules import reason_of
from gateway.domain.sheet_plan import ReadingPlan
from gateway.domain.times import show_wib, to_wire
from gateway.services.intake import Options, Watch
from gateway.services.intake_report import HEADERS, report_rows

_WIDTHS = (14,) * len(HEADERS)  # characters, of the export's columns
SHOWN = 40  # rows on screen; the export has them all
OUTCOMES = tuple(str(outcome) for outcome in Outcome)


def intake_group(tools: Tools, check: click.Command) -> click.Group:
    """The group and its commands; `check` is gateway/cli/intake_check.py's."""
    group = PalangGroup(
        "intake",
        help="Files of raw rows: check, add, return, look at.",
        epilog=example("palang intake check daftar.xlsx", "palang intake list"),
    )
    group.add_command(check)
    group.add_command(return_command(tools))
    group.add_command(profile_group(tools))
    group.add_command(holds_command(tools))
    group.add_command(resolve_command(tools))
    for add in (_add, _list, _show, _export):
        add(group, tools)
    return group


def _add(group: click.Group, tools: Tools) -> None:
    @group.command(
        "add",
        epilog=example(
            "palang intake add laporan.xlsx --source iasc",
            'palang intake add laporan.csv --source iasc --column "NOMOR HP" --category penipuan',
        ),
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--source", required=True, metavar="ID", help="Who handed it in, e.g. iasc.")
    @click.option("--sheet", default="", metavar="NAME", help="One sheet; default all visible.")
    @click.option("--column", metavar="NAME_OR_LETTER", help="Header text or letter (A, B, ...).")
    @click.option("--category", default="", help="For rows that name none, e.g. penipuan.")
    @click.option("--channel", default="", help="For rows that name none, e.g. whatsapp.")
    @click.option("--evidence-date", default="", help="For rows that have none, YYYY-MM-DD.")
    @click.option("--resend", is_flag=True, help="Take numbers again that were released before.")
    @click.option("--follows", default=0, metavar="INTAKE", help="The intake that FILE corrects.")
    @click.option("--save-profile", is_flag=True, help="Keep these columns for the source's files.")
    @json_option
    def add(file: Path, save_profile: bool, as_json: bool, **given: Any) -> None:
        """Decide every row of a FILE and keep it with its report.

        Reads XLSX, ODS, CSV, TSV, NDJSON and pasted text; `-` is standard input. A number that was
        released before with the same action is a duplicate, unless --resend. A file that `palang
        intake return` wrote is recognised, and its rows are matched with those that they correct.
        """
        options = Options(account=getpass.getuser(), **given)
        intakes, kept = tools.front().intakes, _Kept()
        with incoming(file) as (path, name), reading() as bar:
            watch = Watch(kept.planned(bar), bar.decided, kept.undated, kept.dropped)
            made = intakes.add(path, name, options, watch)
        if save_profile and kept.plan:
            intakes.profiles.save(options.source, kept.plan, options.account)
        lines = [*kept.lines, f"Intake {made.id} from {made.source}", *_counts(made)]
        show(as_json, _document(made), lines, _after_add(made))


@dataclass(slots=True)
class _Kept:
    """What was planned, for the report and the profile."""

    plan: ReadingPlan | None = None
    lines: list[str] = field(default_factory=list)

    def planned(self, bar: Reading) -> Callable[[Opened, ReadingPlan], None]:
        """What is called when the plan stands."""

        def told(opened: Opened, plan: ReadingPlan) -> None:
            self.plan, self.lines = plan, [*proposal(opened, plan)]
            bar.planned(opened, plan)

        return told

    def undated(self, rows: int) -> None:
        """What is said of numbers that a partner declared ended, where the rows have no date."""
        if rows:
            self.lines.append(
                f"{rows} rows have no evidence date: whether their number had a new owner by then "
                "was not looked at"
            )

    def dropped(self, cells: Mapping[str, int]) -> None:
        """What is said of cells of which nothing was kept."""
        self.lines += dropped_cells(cells)


def _after_add(made: Intake) -> str:
    counts = dict(made.counts)
    if counts.get("held") or counts.get("rejected"):
        return f"palang intake holds --intake {made.id}; palang batch new {made.id}"
    return f"palang batch new {made.id}"


def _list(group: click.Group, tools: Tools) -> None:
    @group.command("list", epilog=example("palang intake list"))
    @json_option
    def list_(as_json: bool) -> None:
        """List all intakes, newest first."""
        found = tools.front().intakes.all()
        head = ("id", "added", "source", *OUTCOMES, "file")
        rows = [
            (i.id, show_wib(i.added_at), i.source, *(n for _, n in i.counts), i.name) for i in found
        ]
        show(as_json, {"intakes": [_document(i) for i in found]}, columns(head, rows))


def _show(group: click.Group, tools: Tools) -> None:
    @group.command("show", epilog=example("palang intake show 3 --outcome held"))
    @click.argument("intake", type=int)
    @click.option("--outcome", type=click.Choice(OUTCOMES), help="Only rows that ended so.")
    @json_option
    def show_(intake: int, outcome: str | None, as_json: bool) -> None:
        """Show an intake and its rows, numbers masked; the export has them whole."""
        intakes = tools.front().intakes
        found = intakes.show(intake)
        rows = intakes.rows(intake, outcome or "")
        lines = [f"Intake {found.id} from {found.source}: {found.name}", *_counts(found)]
        lines += [f"Decided by {found.rules}", *_row_lines(rows)]
        document = _document(found) | {"report": [_row(row) for row in rows]}
        show(as_json, document, lines, f"palang intake export {intake} --out laporan.csv")


def _export(group: click.Group, tools: Tools) -> None:
    @group.command("export", epilog=example("palang intake export 3 --out hasil.csv"))
    @click.argument("intake", type=int)
    @click.option(
        "--out", required=True, type=click.Path(path_type=Path), help="New file, .xlsx or .csv."
    )
    @click.option("--outcome", type=click.Choice(OUTCOMES), help="Only rows that ended so.")
    @json_option
    def export(intake: int, out: Path, outcome: str | None, as_json: bool) -> None:
        """Write the row report for staff: whole numbers, no cell that runs as a formula."""
        intakes = tools.front().intakes
        with intakes.stream(intake, outcome or "") as rows, working(f"writing {out.name}"):
            count = write_table(out, f"Intake {intake}", HEADERS, _WIDTHS, report_rows(rows))
        lines = [f"{count} rows of intake {intake} in {out}: it holds numbers, guard it"]
        show(as_json, {"intake": intake, "rows": count, "file": str(out)}, lines)


def _counts(intake: Intake) -> list[str]:
    rows = sum(number for _, number in intake.counts)
    return [f"  {name:<10}{number:>9} rows" for name, number in (*intake.counts, ("in all", rows))]


def _row_lines(rows: list[IntakeRow]) -> list[str]:
    head = ("row", "outcome", "number or cell", "route", "rule")
    shown = [(r.row, r.outcome, _masked(r), r.route, r.rule) for r in rows[:SHOWN]]
    more = [f"... and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    return [*columns(head, shown), *more]


def _masked(row: IntakeRow) -> str:
    return mask(row.number) if row.number else mask_text(row.raw)


def _document(intake: Intake) -> dict[str, Json]:
    return {
        "id": intake.id,
        "source": intake.source,
        "name": intake.name,
        "file": intake.digest,
        "added": to_wire(intake.added_at),
        "account": intake.officer,
        "rules": intake.rules,
        "kind": intake.kind,
        "profile": intake.profile,
        "sheets": [list(sheet) for sheet in intake.sheets],
        "dropped": [list(column) for column in intake.dropped],
        "follows": intake.follows,
        "rows": dict(intake.counts),
    }


def _row(row: IntakeRow) -> dict[str, Json]:
    return {
        "sheet": row.sheet,
        "row": row.row,
        "outcome": row.outcome,
        "number": _masked(row),
        "confidence": row.confidence,
        "route": row.route,
        "rule": row.rule,
        "reason": reason_of(row),
        "action": row.action,
        "test": row.test,
    }
