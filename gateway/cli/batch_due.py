"""`palang batch due | unblock-due | renew-due`: blocks whose review date has passed."""

from collections.abc import Callable
from pathlib import Path

import click

from gateway.cli.common import Tools, columns, example, json_option, show, working
from gateway.cli.sheet_files import write_table
from gateway.domain.batch import Batch
from gateway.domain.canonical import Json
from gateway.services.replan import Replanned
from gateway.services.review_dates import ReviewDates


def add_due_commands(group: click.Group, tools: Tools) -> None:
    """Add the three commands to the group `batch`."""
    _due(group, tools)
    _answer(
        group,
        "unblock-due",
        _UNBLOCK,
        lambda reason, test, _told: _of(tools).unblock(reason, test=test),
    )
    _answer(
        group,
        "renew-due",
        _RENEW,
        lambda reason, test, told: _of(tools).renew(reason, test, told.append),
    )


_UNBLOCK = (
    "Prepare a batch that frees every number whose review date has passed.",
    "palang batch unblock-due --reason ND-123/2026",
)
_RENEW = (
    "Prepare a batch that blocks every number that is due again, with the next review date.\n\n"
    "The reason names the decision that each number was looked at. Numbers that are protected now, "
    "or have no row in the numbering plan, are left out: they wait for unblock-due.",
    "palang batch renew-due --reason ND-124/2026",
)


def _of(tools: Tools) -> ReviewDates:
    return tools.front().review_dates


def _due(group: click.Group, tools: Tools) -> None:
    @group.command(
        "due",
        epilog=example(
            "palang batch due", "palang batch due --on 2027-01-31 --out jatuh-tempo.csv"
        ),
    )
    @click.option("--on", default="", metavar="DAY", help="As of this day YYYY-MM-DD; else today.")
    @click.option(
        "--out", type=click.Path(path_type=Path), help="New file, .xlsx or .csv, number by number."
    )
    @json_option
    def due(on: str, out: Path | None, as_json: bool) -> None:
        """List blocks whose review date has passed: their numbers may have new owners by now."""
        dates = _of(tools)
        with working("looking at every number that stands blocked"):
            found = dates.due(on)
            if out is not None:
                _write(out, dates, on)
        rows = [(d.batch, "test" if d.test else "real", d.review_date, d.numbers) for d in found]
        document: dict[str, Json] = {
            "unit": "numbers",
            "due": [
                {
                    "batch": d.batch,
                    "test": d.test,
                    "review_date": d.review_date,
                    "numbers": d.numbers,
                }
                for d in found
            ],
        }
        then = "palang batch unblock-due --reason REFERENCE, or renew-due" if found else ""
        show(as_json, document, columns(("batch", "kind", "review date", "numbers"), rows), then)


def _answer(
    group: click.Group,
    name: str,
    about: tuple[str, str],
    prepare: Callable[[str, bool, list[Replanned]], tuple[Batch, int]],
) -> None:
    text, shown = about

    @group.command(name, help=text, epilog=example(shown))
    @click.option("--reason", required=True, metavar="REFERENCE", help="The decision behind it.")
    @click.option("--test", is_flag=True, help="Test numbers; without it real ones.")
    @json_option
    def answer(reason: str, test: bool, as_json: bool) -> None:
        told: list[Replanned] = []
        with working("preparing the batch"):
            batch, numbers = prepare(reason, test, told)
        document: dict[str, Json] = {"batch": batch.id, "test": batch.test, "numbers": numbers}
        lines = [f"Batch {batch.id} is prepared, {numbers} numbers"]
        for done in told:
            lines += done.to_lines()
            document |= {"by_todays_tables": done._asdict()}
        show(as_json, document, lines, f"palang batch review {batch.id}")


def _write(out: Path, dates: ReviewDates, on: str) -> None:
    """Digits without plus, as every file for staff has them."""
    head = ("number", "batch", "review_date", "partner")
    rows = ((str(b.number), str(b.batch), b.review_date, b.route) for b in dates.numbers(on))
    write_table(out, "Review", head, (18, 10, 14, 20), rows)
