"""`palang status`: how the gateway runs, for a person, and in one line for Nagios or Zabbix."""

from collections.abc import Callable, Iterable
from typing import Protocol

import click

from gateway.cli.common import PalangCommand, columns, example, json_option, show
from gateway.domain.canonical import Json
from gateway.domain.errors import PalangError
from gateway.domain.health import Finding, Level
from gateway.services.doctor import worst


class Asked(Protocol):
    """What the command needs of one gateway."""

    def status(self) -> list[Finding]:
        """How it runs."""
        ...


def status_command(asked: Callable[[], Asked]) -> click.Command:
    """The command `status`; `asked` opens the gateway when it runs."""

    @click.command(
        "status",
        cls=PalangCommand,
        epilog=example("palang status", "palang status --check   one line, exit code 0, 1 or 2"),
    )
    @click.option("--check", is_flag=True, help="One line for monitoring; exit code 0, 1, 2.")
    @json_option
    @click.pass_context
    def status(context: click.Context, check: bool, as_json: bool) -> None:
        """Show whether work goes out and comes back, and what ends soon.

        With --check: 0 good, 1 warning, 2 critical (or it can't be checked).
        """
        if not check:
            found = asked().status()
            show(as_json, document(found), lines(found))
            return
        try:
            found = asked().status()
        except PalangError as error:
            found = [Finding("gateway", Level.CRITICAL, str(error), error.hint or "palang doctor")]
        if as_json:
            show(True, document(found), ())
        else:
            click.echo(one_line(found))
        context.exit(int(worst(found)))

    return status


def one_line(findings: list[Finding]) -> str:
    """`PALANG LEVEL - text | performance data`, the worst first; without the bar where there is
    nothing to draw."""
    level = worst(findings)
    bad = sorted((f for f in findings if f.level), key=lambda f: -f.level)
    text = "; ".join(f"{f.name}: {f.text}; next: {f.advice}" for f in bad)
    text = text or f"{len(findings)} checks good"
    data = " ".join(filter(None, map(performance, findings)))
    return f"PALANG {level.name} - {_plain(text)}" + (f" | {data}" if data else "")


def _plain(text: str) -> str:
    """On one line, and without the mark that begins the performance data."""
    return " ".join(text.split()).replace("|", "/")


def performance(finding: Finding) -> str:
    """`name=figure;warn;crit`, "" where there is nothing to draw."""
    if finding.figure is None:
        return ""
    below = ":" if finding.floor else ""  # as Nagios writes a threshold that a figure must not pass
    limits = [
        f"{_figure(at)}{below}" if at is not None else "" for at in (finding.warn, finding.crit)
    ]
    return ";".join([f"{finding.name}={_figure(finding.figure)}{finding.unit}", *limits]).rstrip(
        ";"
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}".removesuffix(".0")


def document(findings: Iterable[Finding]) -> dict[str, Json]:
    """For programs."""
    listed = list(findings)
    return {
        "level": worst(listed).name,
        "findings": [
            {
                "name": f.name,
                "level": f.level.name,
                "text": f.text,
                "advice": f.advice,
                "figure": f.figure,
                "unit": f.unit,
            }
            for f in listed
        ],
    }


def lines(findings: list[Finding]) -> list[str]:
    """For a person: a table, then every next step."""
    rows = [(f.level.name, f.name, f.text) for f in findings]
    steps = [f"Next ({f.name}): {f.advice}" for f in findings if f.level]
    return [*columns(("STATE", "WHAT", "FOUND"), rows), *steps]
