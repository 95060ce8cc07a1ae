"""`palang intake return`: the file back to the sender, to be corrected and sent again."""

from pathlib import Path
from typing import cast

import click

from gateway.cli.common import PalangCommand, Tools, example, json_option, show, working
from gateway.cli.sheet_files import write_table
from gateway.domain.rules import Language
from gateway.services.intake_return import WORDINGS, returned_rows

_WIDTHS = (14, 16, 8, 22, 12, 48, 48, 18, 14, 20, 14, 14, 12)  # characters, by column


def return_command(tools: Tools) -> click.Command:
    """The command `return`."""

    @click.command(
        "return",
        cls=PalangCommand,
        epilog=example(
            "palang intake return 3 --out hasil.xlsx", "palang intake return 3 --out hasil.csv"
        ),
    )
    @click.argument("intake", type=int)
    @click.option(
        "--out", required=True, type=click.Path(path_type=Path), help="New file, .xlsx or .csv."
    )
    @click.option("--lang", type=click.Choice(("id", "en")), default="id", show_default=True)
    @json_option
    def return_(intake: int, out: Path, lang: str, as_json: bool) -> None:
        """Write the sender's rows with outcome, reason and what to do, in Indonesian by default.

        The sender corrects rows in it and sends it again: its first column tells which row is
        which, so nothing counts twice.
        """
        language = cast(Language, lang)
        words = WORDINGS[language]
        front = tools.front()
        final = front.holds.final(intake)
        with front.intakes.stream(intake) as rows, working(f"writing {out.name}"):
            cells = returned_rows(intake, rows, language, final)
            count = write_table(out, words.title, words.headers, _WIDTHS, cells)
        lines = [f"{count} rows of intake {intake} in {out}: it holds numbers, guard it"]
        document = {"intake": intake, "rows": count, "file": str(out), "language": lang}
        then = f"palang intake add CORRECTED{out.suffix} --source {_source(tools, intake)}"
        show(as_json, document, lines, then)

    return return_


def _source(tools: Tools, intake: int) -> str:
    return tools.front().intakes.show(intake).source
