"""`palang intake holds`: the queue of rows in doubt, on screen masked, as a file whole."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import click

from gateway.cli.common import (
    PalangCommand,
    Tools,
    columns,
    example,
    json_option,
    show,
    working,
    write_new,
)
from gateway.cli.sheet_files import write_table
from gateway.domain.canonical import JsonObject
from gateway.domain.masked_cells import mask_text
from gateway.domain.numbering import mask
from gateway.domain.returned import row_mark
from gateway.domain.rules import RULES, Language, Outcome
from gateway.services.hold_export import WORDS, exported_document, exported_rows
from gateway.services.holds import Held, HoldFilter

SHOWN = 40  # rows on screen; the export has them all
DIGEST_SHOWN = len("sha256:") + 12
_WIDTHS = (12, 12, 14, 8, 28, 18, 52, 28, 16, 12, 18, 14, 14, 10, 20, 12, 18, 44, 18, 12, 20)
_HOLDING = tuple(rule.code for rule in RULES.values() if rule.outcome is Outcome.HELD)


def holds_command(tools: Tools) -> click.Command:
    """The command `holds`."""

    @click.command(
        "holds",
        cls=PalangCommand,
        epilog=example(
            "palang intake holds --source iasc",
            "palang intake holds --rule two_numbers --out ditahan.xlsx",
        ),
    )
    @click.option("--intake", default=0, metavar="INTAKE", help="Only rows of this one.")
    @click.option("--source", default="", metavar="ID", help="Only rows of this source.")
    @click.option("--rule", default="", type=click.Choice(("", *_HOLDING)), metavar="RULE",
                  help="Only rows that this rule holds.")  # fmt: skip
    @click.option("--second", is_flag=True, help="Only rows that wait for a second officer.")
    @click.option("--all", "everything", is_flag=True, help="Also what waits for nobody any more.")
    @click.option("--out", type=click.Path(path_type=Path), help="New file, .xlsx, .csv or .json.")
    @click.option("--lang", type=click.Choice(("id", "en")), default="id", show_default=True)
    @json_option
    def holds(out: Path | None, lang: str, as_json: bool, **given: Any) -> None:
        """List held rows, what each proposes and what was decided of it; numbers are masked.

        The file of --out has them whole, for looking at beside the evidence: guard it.
        """
        with working("looking through held rows"):
            rows = tools.front().holds.rows(HoldFilter(**given))
        lines = _lines(rows)
        document: JsonObject = {"holds": [masked(held) for held in rows]}
        if out is not None:
            _write(out, rows, cast(Language, lang))
            lines = [f"{len(rows)} held rows in {out}: it holds numbers, guard it"]
            document = {"holds": len(rows), "file": str(out)}
        show(as_json, document, lines, _next(rows))

    return holds


def masked(held: Held) -> JsonObject:
    """A held row with its numbers masked."""
    found = exported_document(held)
    found["cell"] = mask_text(held.row.raw)
    found["proposed"] = [mask(one.number or 0) for one in held.proposed]
    if held.parts:
        found["decision"]["numbers"] = [mask(one.number) for one in held.parts if one.number]
    return found


def _write(out: Path, rows: Sequence[Held], language: Language) -> None:
    if out.suffix.lower() == ".json":
        documents = [exported_document(held) for held in rows]
        return write_new(out, json.dumps(documents, ensure_ascii=False, indent=1).encode())
    words = WORDS[language]
    write_table(out, words.title, words.headers, _WIDTHS, exported_rows(rows, language))
    return None


def _lines(rows: Sequence[Held]) -> list[str]:
    head = ("mark", "source", "row", "rule", "cell", "proposed", "state", "digest")
    more = [f"... and {len(rows) - SHOWN} more: --out FILE has them all"]
    return [*columns(head, _cells(rows[:SHOWN])), *more * (len(rows) > SHOWN)]


def _cells(rows: Iterable[Held]) -> Iterable[tuple[str, ...]]:
    for held in rows:
        yield (
            row_mark(held.intake, held.position),
            held.source,
            f"{held.row.sheet} {held.row.row}".strip(),
            held.row.rule,
            mask_text(held.row.raw),
            " ".join(mask(one.number or 0) for one in held.proposed) or "-",
            str(held.state),
            held.parts[0].digest[:DIGEST_SHOWN] if held.parts else "-",
        )


def _next(rows: Sequence[Held]) -> str:
    if not rows:
        return ""
    mark = row_mark(rows[0].intake, rows[0].position)
    return (
        f"palang intake resolve {mark} --accept typed --reason evidence_shows --reference TIKET-1 "
        "--officer ID --key FILE, or --reject"
    )
