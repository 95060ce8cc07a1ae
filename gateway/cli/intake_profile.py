"""`palang intake profile`: which sheet and columns a source's files have, kept once confirmed."""

import getpass
import json
from pathlib import Path

import click

from gateway.cli.common import PalangGroup, Tools, columns, example, json_option, show
from gateway.cli.intake_proposal import proposal
from gateway.domain.canonical import Json
from gateway.domain.times import show_wib, to_wire
from gateway.services.intake_profiles import Saved


def profile_group(tools: Tools) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "profile",
        help="Saved columns of sources: list, show, save, remove.",
        epilog=example("palang intake profile list"),
    )
    for add in (_list, _show, _save, _remove):
        add(group, tools)
    return group


def _list(group: click.Group, tools: Tools) -> None:
    @group.command("list", epilog=example("palang intake profile list"))
    @json_option
    def list_(as_json: bool) -> None:
        """List the profile in force of each source."""
        found = tools.front().intakes.profiles.all()
        rows = [
            (s.record.source, s.version, s.profile.number, show_wib(s.record.at)) for s in found
        ]
        lines = columns(("source", "version", "number column", "saved"), rows)
        show(as_json, {"profiles": [_document(saved) for saved in found]}, lines)


def _show(group: click.Group, tools: Tools) -> None:
    @group.command("show", epilog=example("palang intake profile show iasc"))
    @click.argument("source")
    @json_option
    def show_(source: str, as_json: bool) -> None:
        """Show a source's profile."""
        saved = tools.front().intakes.profiles.show(source)
        profile = saved.profile
        lines = [
            f"Profile {saved.version} of {source}, saved {show_wib(saved.record.at)}",
            f"  sheet: {profile.sheet or 'any visible one'}",
            f"  numbers: {profile.number}",
            *(f"  {role.replace('_', ' ')}: {header}" for role, header in profile.roles.items()),
            f"  headers expected: {', '.join(profile.expected)}",
        ]
        show(as_json, _document(saved), lines)


def _save(group: click.Group, tools: Tools) -> None:
    @group.command(
        "save",
        epilog=example('palang intake profile save laporan.xlsx --source iasc --column "HP"'),
    )
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--source", required=True, metavar="ID", help="Whose files look like FILE.")
    @click.option("--sheet", default="", metavar="NAME", help="The sheet that has the list.")
    @click.option("--column", metavar="NAME_OR_LETTER", help="Header text or letter (A, B, ...).")
    @json_option
    def save(file: Path, source: str, sheet: str, column: str | None, as_json: bool) -> None:
        """Keep sheet and columns of a FILE as those of its source; no row of it is kept."""
        intakes, lines = tools.front().intakes, list[str]()
        with intakes.planned(file, file.name, sheet, column or "") as (opened, plan):
            lines += proposal(opened, plan)
        version = intakes.profiles.save(source, plan, getpass.getuser())
        lines.append(f"Profile {version} of {source} is saved")
        document: dict[str, Json] = {"source": source, "version": version}
        show(as_json, document, lines, f"palang intake profile show {source}")


def _remove(group: click.Group, tools: Tools) -> None:
    @group.command("remove", epilog=example("palang intake profile remove iasc"))
    @click.argument("source")
    @json_option
    def remove(source: str, as_json: bool) -> None:
        """From now on the source has no profile; what was saved before stays in the store."""
        version = tools.front().intakes.profiles.remove(source, getpass.getuser())
        document: dict[str, Json] = {"source": source, "version": version}
        show(as_json, document, [f"Source {source} has no profile any more"])


def _document(saved: Saved) -> dict[str, Json]:
    record = saved.record
    return {
        "source": record.source,
        "version": record.version,
        "saved": to_wire(record.at),
        "account": record.officer,
        "profile": json.loads(record.profile),
    }
