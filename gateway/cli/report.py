"""`palang report`: monthly and quarterly reports, and the cut-offs that they were made at."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from gateway.cli.common import PalangGroup, columns, example, json_option, show, write_new
from gateway.domain.canonical import Json
from gateway.domain.periods import Period, PeriodKind, read_period
from gateway.domain.rules import Language
from gateway.domain.times import show_wib, to_wire
from gateway.services.report_document import document
from gateway.services.report_shapes import Document
from gateway.services.reports import Report, ReportService

FORMATS = ("pdf", "xlsx", "csv", "json")


@dataclass(frozen=True, slots=True)
class _Wanted:
    cut: int | None
    test: bool
    kind: str
    language: Language
    out: Path | None


def report_group(reports: Callable[[], ReportService]) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "report",
        help="Monthly and quarterly reports. Each is made at a cut-off that the ledger records, "
        "and comes out the same, byte for byte, whenever it is written again.",
        epilog=example(
            "palang report month 2026-11 --out november.pdf",
            "palang report list",
            "palang report check 2026-11 --cut 5120",
        ),
    )
    for kind, name in ((PeriodKind.MONTH, "2026-11"), (PeriodKind.QUARTER, "2026-Q4")):
        group.add_command(_period_command(reports, kind, name))
    for add in (_add_list, _add_check):
        add(group, reports)
    return group


def _period_command(
    reports: Callable[[], ReportService], kind: PeriodKind, name: str
) -> click.Command:
    lines = (
        f"palang report {kind} {name} --out laporan.pdf",
        f"palang report {kind} {name} --cut 5120 --out laporan.xlsx --lang en",
        f"palang report {kind} {name} --format json",
    )

    @click.command(str(kind), epilog=example(*lines), help=_HELP % kind)
    @click.argument("period")
    @click.option("--cut", type=int, metavar="LEDGER_SIZE", help="A recorded cut-off, not now.")
    @click.option("--test", is_flag=True, help="Count test batches instead of live ones.")
    @click.option("--format", "form", type=click.Choice(FORMATS), help="By default by --out.")
    @click.option("--lang", "language", type=click.Choice(("id", "en")), default="id")
    @click.option("--out", type=click.Path(path_type=Path), help="New file to write.")
    def command(
        period: str, cut: int | None, test: bool, form: str | None, language: Language,
        out: Path | None,
    ) -> None:  # fmt: skip
        wanted = _Wanted(cut, test, _format(form, out), language, out)
        _make(reports(), read_period(kind, period), wanted)

    return command


_HELP = """Report on a %s, with what is known now or was at a recorded cut-off.

Without --out, a summary is shown (or with --format json or csv, that document). Times are WIB."""


def _format(form: str | None, out: Path | None) -> str:
    """Raises BadParameter where a file's format can't be told, or a terminal can't show it."""
    if form is None:
        suffix = out.suffix[1:].lower() if out is not None else ""
        if out is not None and suffix not in FORMATS:
            raise click.BadParameter(
                f"name a file ending in .{', .'.join(FORMATS)}", param_hint="--out"
            )
        return suffix
    if out is None and form in ("pdf", "xlsx"):
        raise click.BadParameter(f"a {form} needs a file: add --out", param_hint="--format")
    return form


def _make(service: ReportService, period: Period, wanted: _Wanted) -> None:
    if wanted.cut is not None:
        report = service.find(period, wanted.cut)
    else:
        with _progress() as tell:
            report = service.make(period, test=wanted.test, tell=tell)
    found = document(report, wanted.language)
    if not wanted.kind:
        return show(False, {}, _summary(report, found), _again(report))
    data = _bytes(wanted.kind, report, found)
    if wanted.out is None:
        return click.echo(data.decode("utf-8-sig"), nl=False)
    write_new(wanted.out, data)
    return show(False, {}, [f"Report {report.number} is in {wanted.out}"], _again(report))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """What is being counted, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda _what: None
        return
    with Console(stderr=True).status("taking a cut-off") as status:
        yield lambda what: status.update(f"counting: {what}")


def _bytes(kind: str, report: Report, found: Document) -> bytes:
    if kind == "pdf":
        from gateway.writing.report_pdf import to_pdf  # its import takes 0.3 s

        return to_pdf(report, found)
    from gateway.writing.report_sheets import document_json, write_csv, write_xlsx

    if kind == "json":
        text = json.dumps(document_json(report), ensure_ascii=False, indent=2, sort_keys=True)
        return text.encode() + b"\n"
    file = io.BytesIO()
    if kind == "csv":
        write_csv(found, file)
    else:
        write_xlsx(report, found, file)
    return file.getvalue()


def _summary(report: Report, found: Document) -> list[str]:
    lines = [found.title, *(f"{label}: {value}" for label, value in found.head), *found.warnings]
    for section in found.sections[:2]:
        if section.table is not None:
            lines += ["", section.title, *columns(section.table.headers, section.table.rows)]
    return lines


def _again(report: Report) -> str:
    return f"palang report {report.period.kind} {report.period.name} --cut {report.marks.size}"


def _add_list(group: click.Group, reports: Callable[[], ReportService]) -> None:
    @group.command("list", epilog=example("palang report list", "palang report list --json"))
    @json_option
    def list_(as_json: bool) -> None:
        """List recorded cut-offs, newest first."""
        found = list(reports().listed())
        head = ("period", "cut", "at", "of", "digest")
        rows: list[Json] = [_document(one) for one in found]
        show(as_json, {"reports": rows}, columns(head, map(_line, found)))


def _add_check(group: click.Group, reports: Callable[[], ReportService]) -> None:
    @group.command("check", epilog=example("palang report check 2026-11 --cut 5120"))
    @click.argument("period")
    @click.option("--cut", type=int, required=True, metavar="LEDGER_SIZE")
    @json_option
    def check(period: str, cut: int, as_json: bool) -> None:
        """Count a recorded report again from the rows as they were known at its cut-off.

        Exit 0 where the same figures come out, 1 where others do.
        """
        kind = PeriodKind.QUARTER if "Q" in period else PeriodKind.MONTH
        report = reports().find(read_period(kind, period), cut)
        with _progress() as tell:
            reports().check(report, tell)
        show(as_json, _document(report) | {"same": True},
             [f"Report {report.number}: the same figures come out of the rows"])  # fmt: skip


def _line(found: Report) -> tuple[object, ...]:
    of = "test" if found.test else "live"
    return found.period.name, found.marks.size, show_wib(found.marks.at), of, found.digest


def _document(found: Report) -> dict[str, Json]:
    return {
        "report": found.number,
        "period": found.period.name,
        "cut": found.marks.size,
        "at": to_wire(found.marks.at),
        "test": found.test,
        "provisional": found.provisional,
        "digest": found.digest,
    }
