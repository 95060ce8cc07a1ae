"""`palang audit access`, `palang audit subject`: who looked at what, and what a number's holder may
know of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.asking import ask_number
from gateway.cli.common import columns, write_new
from gateway.cli.sheet_files import write_table
from gateway.domain.access import Access, AccessFilter, What
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.times import Micros, from_wire, show_wib, to_wire
from gateway.services.access import AccessLog, By, required_reason
from gateway.services.data_subject import DataSubject, letter

_HEADERS = ("at", "account", "what", "subject", "reason", "address", "detail")
_WIDTHS = (22, 18, 18, 40, 40, 16, 40)
_MOST_SHOWN = 1000

_ACCESS_EPILOG = """\b
Example:
  palang audit access --account tono --since 2026-11-01T00:00:00Z
  palang audit access --subject delivery:7.opr-uji-a.1 --out akses.xlsx
  palang audit access --number            asks for the number, or reads it from standard input

\b
A number is never an argument: arguments stand in process lists and in the shell's history."""

_SUBJECT_EPILOG = """\b
Example:
  palang audit subject --reason "surat 12/PDP/2026"
  palang audit subject --reason "surat 12/PDP/2026" --out jawaban.txt

\b
It asks for the number, or reads it from standard input. UU PDP gives 3 x 24 hours to answer."""


@dataclass(frozen=True, slots=True)
class AccessServices:
    """What the two commands need; `by` is the machine's login."""

    log: AccessLog
    subjects: DataSubject
    gateway: str
    by: By


def add_access(group: click.Group, services: Callable[[], AccessServices]) -> click.Group:
    """Put the commands into the group `audit`."""
    group.add_command(_access(services))
    group.add_command(_subject(services))
    return group


def _access(services: Callable[[], AccessServices]) -> click.Command:
    @click.command("access", epilog=_ACCESS_EPILOG)
    @click.option("--account", default="", metavar="ID", help="Only this account.")
    @click.option("--subject", default="", metavar="KIND:ID", help="As delivery:7.opr-uji-a.1")
    @click.option("--number", is_flag=True, help="Only what is about one number, asked for.")
    @click.option("--what", multiple=True, type=click.Choice([str(w) for w in What]))
    @click.option("--since", metavar="TIME", help="From this moment on, YYYY-MM-DDTHH:MM:SSZ.")
    @click.option("--until", metavar="TIME", help="Before this moment.")
    @click.option("--out", type=click.Path(path_type=Path), help="A new .csv or .xlsx file.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
    def access(
        account: str,
        subject: str,
        number: bool,
        what: tuple[str, ...],
        since: str | None,
        until: str | None,
        out: Path | None,
        as_json: bool,
    ) -> None:
        """Who signed in, looked at which case, took what away, changed which account, and why.

        The search itself is a row of the log.
        """
        found = services()
        if number:
            subject = found.log.of_number(ask_number())
        wanted = AccessFilter(account, subject, what, _moment(since), _moment(until))
        kind = What.EXPORT_ACCESS if out is not None else What.ACCESS_SEARCH
        found.log.looked(found.by, kind, subject)
        rows = found.log.rows(wanted)
        if out is not None:
            count = write_table(out, "Akses", _HEADERS, _WIDTHS, map(_cells, rows))
            click.echo(f"{count} rows in {out}")
        elif as_json:
            for row in rows:
                click.echo(json.dumps(dict(zip(_HEADERS, _cells(row), strict=True))))
        else:
            _print(rows)

    return access


def _print(rows: Iterator[Access]) -> None:
    shown = [_cells(row) for row, _ in zip(rows, range(_MOST_SHOWN), strict=False)]
    for line in columns(_HEADERS, shown):
        click.echo(line)
    if len(shown) == _MOST_SHOWN:
        click.echo(f"the newest {_MOST_SHOWN}; --since and --until show others, --out all")


def _cells(row: Access) -> tuple[str, ...]:
    at = to_wire(row.at)
    return (at, row.account, str(row.what), row.subject, row.reason, row.address, row.detail)


def _subject(services: Callable[[], AccessServices]) -> click.Command:
    @click.command("subject", epilog=_SUBJECT_EPILOG)
    @click.option("--reason", required=True, help="The request that is answered; no number.")
    @click.option("--out", type=click.Path(path_type=Path), help="A new file, .txt or .csv.")
    def subject(reason: str, out: Path | None) -> None:
        """Answer the holder of a number, in Bahasa Indonesia: who got it, who looked at it, why."""
        required_reason(reason)
        found = services()
        answer = found.subjects.answer(ask_number(), reason, found.by)
        if out is not None and out.suffix == ".csv":
            rows = ((show_wib(o.at), o.who, str(o.what), o.reason) for o in answer.looked)
            head = ("waktu", "petugas", "tindakan", "alasan")
            write_table(out, "Akses", head, (22, 30, 24, 40), rows)
            click.echo(f"{len(answer.looked)} rows in {out}")
            return
        text = "\n".join(letter(answer, found.gateway)) + "\n"
        if out is None:
            click.echo(text, nl=False)
        else:
            write_new(out, text.encode())
            click.echo(f"The answer is in {out}")

    return subject


def _moment(text: str | None) -> Micros:
    if text is None:
        return 0
    try:
        return from_wire(text)
    except NotVerified as bad:
        raise InputError(str(bad), hint="for example --since 2026-11-24T00:00:00Z") from bad
