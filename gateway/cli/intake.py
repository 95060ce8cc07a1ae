"""`palang intake`: files of raw rows come in, each row ends with an outcome and a rule."""

import getpass
import os
from pathlib import Path

import click

from gateway.cli.common import (
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    read_file,
    show,
    working,
)
from gateway.cli.intake_check import mask_text
from gateway.domain.canonical import Json
from gateway.domain.csvbytes import MAX_BYTES
from gateway.domain.errors import Conflict, InputError
from gateway.domain.numbering import mask
from gateway.domain.numbers import Outcome
from gateway.domain.records import Intake, IntakeRow
from gateway.domain.times import show_wib, to_wire
from gateway.services.intake import Options
from gateway.services.intake_report import report_csv

SHOWN = 40  # rows on screen; the export has them all
OUTCOMES = tuple(str(outcome) for outcome in Outcome)


def intake_group(tools: Tools, check: click.Command) -> click.Group:
    """The group and its commands; `check` is gateway/cli/intake_check.py's."""
    group = PalangGroup("intake", help="Files of raw rows: check, add, list, show, export.")
    group.add_command(check)
    for add in (_add, _list, _show, _export):
        add(group, tools)
    return group


def _add(group: click.Group, tools: Tools) -> None:
    @group.command(
        "add",
        epilog=example(
            "palang intake add laporan.csv --source iasc",
            'palang intake add laporan.csv --source iasc --column "NOMOR HP" --category penipuan',
        ),
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--source", required=True, metavar="ID", help="Who handed it in, e.g. iasc.")
    @click.option("--column", metavar="NAME_OR_LETTER", help="Header text or letter (A, B, ...).")
    @click.option("--category", default="", help="For rows that name none, e.g. penipuan.")
    @click.option("--channel", default="", help="For rows that name none, e.g. whatsapp.")
    @click.option("--evidence-date", default="", help="For rows that have none, YYYY-MM-DD.")
    @click.option("--resend", is_flag=True, help="Take numbers again that were released before.")
    @json_option
    def add(
        file: Path,
        source: str,
        column: str | None,
        category: str,
        channel: str,
        evidence_date: str,
        resend: bool,
        as_json: bool,
    ) -> None:
        """Decide every row of a CSV FILE and keep it with its report.

        A number that was released before with the same action is a duplicate, unless --resend.
        """
        account = getpass.getuser()
        options = Options(source, column, category, channel, evidence_date, resend, account)
        with working(f"deciding the rows of {file.name}"):
            data = read_file(file, MAX_BYTES)
            made = tools.front().intakes.add(data, file.name, options)
        lines = [f"Intake {made.id} from {made.source}, file {made.digest}", *_counts(made)]
        show(as_json, _document(made), lines, _after_add(made))


def _after_add(made: Intake) -> str:
    counts = dict(made.counts)
    if counts.get("held") or counts.get("rejected"):
        return f"palang intake show {made.id} --outcome held; palang batch new {made.id}"
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
        "--out", required=True, type=click.Path(path_type=Path), help="New file to write."
    )
    @click.option("--outcome", type=click.Choice(OUTCOMES), help="Only rows that ended so.")
    @json_option
    def export(intake: int, out: Path, outcome: str | None, as_json: bool) -> None:
        """Write the row report as CSV for staff: whole numbers, no cell that runs as a formula."""
        rows = tools.front().intakes.rows(intake, outcome or "")
        with working(f"writing {out.name}"):
            _write_new(out, report_csv(rows))
        lines = [f"{len(rows)} rows of intake {intake} in {out}: it holds numbers, guard it"]
        show(as_json, {"intake": intake, "rows": len(rows), "file": str(out)}, lines)


def _write_new(path: Path, data: bytes) -> None:
    """A new file for its owner only. Raises Conflict, InputError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} exists", hint="choose another name with --out") from None
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)


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
        "rows": dict(intake.counts),
    }


def _row(row: IntakeRow) -> dict[str, Json]:
    return {
        "row": row.row,
        "outcome": row.outcome,
        "number": _masked(row),
        "confidence": row.confidence,
        "route": row.route,
        "rule": row.rule,
        "reason": row.reason,
        "action": row.action,
        "test": row.test,
    }
