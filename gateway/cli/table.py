"""`palang table`: dated tables in versions; import, compare, activate by two officers."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
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
    signatory,
    signing_options,
    working,
    write_new,
)
from gateway.cli.sheet_files import write_table
from gateway.domain.canonical import Json
from gateway.domain.errors import NotFound
from gateway.domain.records import ReferenceTable
from gateway.domain.times import show_wib, to_wire
from gateway.services.tables import RULES, Comparison, Tables, Version

MAX_TABLE = 16 * 1024 * 1024  # bytes


def table_group(tools: Tools, tables: Callable[[], Tables], kinds: tuple[str, ...]) -> click.Group:
    """The group and its commands; `kinds` are the tables that there are."""
    group = PalangGroup(
        "table",
        help="Numbering plan, protected numbers and the other dated tables: versions and their "
        "activation.",
        epilog=example(
            "palang table load numbering_plan rencana-2027.csv",
            "palang table compare numbering_plan 2027-01-01",
            "palang table activate numbering_plan 2027-01-01 --from 2027-01-15 --officer siti "
            "--key siti.pem",
        ),
    )
    made = _Commands(group, tools, tables, click.Choice(kinds))
    for add in (made.list, made.show, made.load, made.compare, made.activate):
        add()
    return group


@dataclass(frozen=True, slots=True)
class _Commands:
    group: click.Group
    tools: Tools
    tables: Callable[[], Tables]
    kinds: click.Choice[str]

    def list(self) -> None:
        @self.group.command("list", epilog=example("palang table list --json"))
        @json_option
        def list_(as_json: bool) -> None:
            """List all versions of all tables, and which one rules."""
            found = self.tables().all()
            head = ("table", "version", "rows", "rules", "from", "source")
            show(
                as_json, {"tables": [_document(v) for v in found]}, columns(head, map(_line, found))
            )

    def show(self) -> None:
        @self.group.command(
            "show", epilog=example("palang table show numbering_plan --out rencana.csv")
        )
        @click.argument("kind", type=self.kinds)
        @click.argument("version", default="")
        @click.option("--out", type=click.Path(path_type=Path), help="New file to write.")
        @json_option
        def show_(kind: str, version: str, out: Path | None, as_json: bool) -> None:
            """Show a version of a table, by default the ruling one; --out writes it as a file that
            `load` takes."""
            found = _chosen(self.tables().all(), kind, version)
            table = found.table
            document = _document(found) | {"columns": list(table.columns)}
            if out is not None:
                write_new(out, to_csv(table))
                return show(as_json, document | {"file": str(out)}, [f"{kind} is in {out}"])
            rows: list[Json] = [list(row) for row in table.rows]
            lines = [f"{kind} {table.version}: {table.source}", *columns(table.columns, table.rows)]
            return show(as_json, document | {"report": rows}, lines)

    def load(self) -> None:
        @self.group.command(
            "load", epilog=example("palang table load numbering_plan rencana-2027.csv")
        )
        @click.argument("kind", type=self.kinds)
        @click.argument("file", type=click.Path(path_type=Path))
        @json_option
        def load(kind: str, file: Path, as_json: bool) -> None:
            """Keep a new version of a table. It rules nothing until two officers activate it.

            The file is a CSV with the head lines `# version: YYYY-MM-DD` and `# source: ...`.
            """
            table = self.tables().load(kind, read_file(file, MAX_TABLE))
            then = f"palang table compare {kind} {table.version}"
            if kind not in RULES:
                then = f"palang table activate {kind} {table.version} --from DAY"
            line = f"{kind} {table.version} is kept, {len(table.rows)} rows; it rules nothing yet"
            idle = self.tables().idle(table)
            warnings = [
                f"WARNING: row {row} protects no number: look at its digits" for row in idle
            ]
            document: dict[str, Json] = {"table": kind, "version": table.version}
            document |= {"digest": table.digest, "rows_without_effect": list(idle)}
            show(as_json, document, [line, *warnings], then)

    def compare(self) -> None:
        @self.group.command(
            "compare",
            epilog=example(
                "palang table compare numbering_plan 2027-01-01",
                "palang table compare protected_numbers 2027-01-01 --out berubah.xlsx",
            ),
        )
        @click.argument("kind", type=click.Choice(RULES))
        @click.argument("version")
        @click.option("--on", default="", metavar="DAY", help="Compare the rules of this day.")
        @click.option(
            "--out",
            type=click.Path(path_type=Path),
            help="New file, .xlsx or .csv, number by number.",
        )
        @json_option
        def compare(kind: str, version: str, on: str, out: Path | None, as_json: bool) -> None:
            """Count the numbers that stand blocked and would change partner, be nobody's or be
            protected under this version. Changes nothing."""
            with working("comparing with every number that stands blocked"):
                found = self.tables().compare(kind, version, on)
            if out is not None:
                _write_changes(out, found)
            then = f"palang table activate {kind} {version} --from DAY --officer ID --key FILE"
            show(as_json, _comparison(found), _comparison_lines(found, out), then)

    def activate(self) -> None:
        @self.group.command(
            "activate",
            epilog=example(
                "palang table activate numbering_plan 2027-01-01 --from 2027-01-15 "
                "--officer siti --key siti.pem"
            ),
        )
        @click.argument("kind", type=self.kinds)
        @click.argument("version")
        @click.option("--from", "day", required=True, metavar="DAY", help="Jakarta day YYYY-MM-DD.")
        @signing_options
        @json_option
        def activate(
            kind: str,
            version: str,
            day: str,
            officer: str,
            key: Path,
            passphrase_file: Path | None,
            as_json: bool,
        ) -> None:
            """Sign that this version rules from that day on; the second signature makes it so.

            Both officers name the same day. What was decided before keeps its version.
            """
            by = signatory(self.tools, officer, key, passphrase_file)
            made = self.tables().activate(kind, version, day, by)
            rules = f"rules from {show_wib(made.begins)}" if made else "waits for another officer"
            then = f"palang table activate {kind} {version} --from {day}, by another officer"
            document: dict[str, Json] = {"table": kind, "version": version, "from": day}
            document["active"] = made is not None
            show(as_json, document, [f"{kind} {version} {rules}"], "" if made else then)


def to_csv(table: ReferenceTable) -> bytes:
    """A table as the file that `load` takes."""
    text = io.StringIO()
    text.write(f"# version: {table.version}\n# source: {table.source}\n")
    csv.writer(text, lineterminator="\n").writerows([table.columns, *table.rows])
    return text.getvalue().encode()


def _chosen(found: tuple[Version, ...], kind: str, version: str) -> Version:
    for one in found:
        ruling = one.rules if not version else one.table.version == version
        if one.table.kind == kind and ruling:
            return one
    raise NotFound(f"no version {version} of {kind} is loaded", hint="palang table list")


def _line(found: Version) -> tuple[object, ...]:
    table = found.table
    begins = show_wib(found.begins) if found.begins is not None else "-"
    rules = "rules" if found.rules else "-"
    return table.kind, table.version, len(table.rows), rules, begins, table.source[:60]


def _document(found: Version) -> dict[str, Json]:
    table = found.table
    return {
        "table": table.kind,
        "version": table.version,
        "source": table.source,
        "digest": table.digest,
        "rows": len(table.rows),
        "rules": found.rules,
        "begins": to_wire(found.begins) if found.begins is not None else None,
    }


def _comparison(found: Comparison) -> dict[str, Json]:
    return {
        "table": found.table.kind,
        "version": found.table.version,
        "against": found.against,
        "unit": "numbers that stand blocked",
        "listed": found.listed,
        "changes": [
            {"was": was, "now": now, "numbers": count}
            for (was, now), count in sorted(found.counts.items())
        ],
    }


def _comparison_lines(found: Comparison, out: Path | None) -> list[str]:
    table = found.table
    lines = [f"{table.kind} {table.version} against {found.against}, which rules now"]
    lines.append(f"{len(found.changes)} of {found.listed} numbers that stand blocked would change")
    rows = [(was, now, count) for (was, now), count in sorted(found.counts.items())]
    lines += columns(("was", "would be", "numbers"), rows)
    if out is not None:
        lines.append(f"Number by number in {out}: it holds numbers, guard it")
    return lines


def _write_changes(out: Path, found: Comparison) -> None:
    """Digits without plus, as every file for staff has them."""
    head = ("number", "batch", "was", "would_be")
    rows = (tuple(map(str, change)) for change in found.changes)
    write_table(out, f"{found.table.kind} {found.table.version}", head, (18, 10, 20, 20), rows)
