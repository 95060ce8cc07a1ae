"""`palang audit`: evidence bundles, the ledger's listing, its signed head."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator

import click

from gateway.cli.audit_export import AuditServices, export_command
from gateway.cli.common import PalangGroup, example
from gateway.domain.canonical import is_digest
from gateway.domain.errors import Conflict, InputError, NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import Micros, from_wire, to_wire
from gateway.services.audit_log import AuditLog, LogFilter, LogRow

_LOG_EPILOG = """\b
Example:
  palang audit log --delivery 7.opr-uji-a.1
  palang audit log --event batch.release --since 2026-11-24T00:00:00Z --csv > log.csv"""

_CHECKPOINT_EPILOG = """\b
Example:
  palang audit checkpoint > checkpoint.note
  palang audit checkpoint --sign --json"""


def audit_group(services: Callable[[], AuditServices]) -> click.Group:
    """The group `audit`; `services` opens the database and, to sign a head, the keys."""
    group = PalangGroup(
        "audit",
        help="Prove, list and head what the ledger holds.",
        epilog=example(
            "palang audit export --delivery 7.opr-uji-a.1",
            "palang audit export --month 2026-11",
            "palang audit checkpoint > head.note",
        ),
    )
    for command in (export_command(services), _log(services), _checkpoint(services)):
        group.add_command(command)
    return group


def _log(services: Callable[[], AuditServices]) -> click.Command:
    @click.command("log", epilog=_LOG_EPILOG)
    @click.option("--event", "events", multiple=True, type=click.Choice([str(t) for t in Tag]))
    @click.option("--delivery", default="", metavar="ID")
    @click.option("--batch", type=click.IntRange(min=1), metavar="NUMBER")
    @click.option("--partner", default="", metavar="ID")
    @click.option("--officer", default="", metavar="ID")
    @click.option("--about", default="", metavar="DIGEST", help="Events that name this digest.")
    @click.option("--since", metavar="TIME", help="YYYY-MM-DDTHH:MM:SSZ, included.")
    @click.option("--until", metavar="TIME", help="YYYY-MM-DDTHH:MM:SSZ, not included.")
    @click.option("--begin", default=0, type=click.IntRange(min=0), help="From this leaf on.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a leaf.")
    @click.option("--csv", "as_csv", is_flag=True, help="leaf, time, event, facts as JSON.")
    def log(
        events: tuple[str, ...],
        delivery: str,
        batch: int | None,
        partner: str,
        officer: str,
        about: str,
        since: str | None,
        until: str | None,
        begin: int,
        as_json: bool,
        as_csv: bool,
    ) -> None:
        """List the ledger: every state change, in order, with the gateway's time."""
        if about and not is_digest(about):
            raise InputError(
                "--about takes a digest sha256:<64 hex digits>",
                hint="palang delivery show has digests, and so has a bundle's index.json",
            )
        span = (_moment(since), _moment(until))
        wanted = LogFilter(events, delivery, batch or 0, partner, officer, about, *span, begin)
        rows = services().log.rows(wanted)
        for line in _json_rows(rows) if as_json else _csv(rows) if as_csv else _table(rows):
            click.echo(line)

    return log


def _moment(text: str | None) -> Micros | None:
    if text is None:
        return None
    try:
        return from_wire(text)
    except NotVerified as bad:
        raise InputError(str(bad), hint="for example --since 2026-11-24T00:00:00Z") from bad


def _json_rows(rows: Iterable[LogRow]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({"leaf": row.index, "at": _at(row), "event": row.event} | row.facts)


def _csv(rows: Iterable[LogRow]) -> Iterator[str]:
    yield "leaf,at,event,facts"
    for row in rows:
        line = io.StringIO()
        facts = json.dumps(row.facts, sort_keys=True)
        csv.writer(line, lineterminator="").writerow((row.index, _at(row), row.event, facts))
        yield line.getvalue()


def _table(rows: Iterable[LogRow]) -> Iterator[str]:
    for row in rows:
        facts = "  ".join(f"{name}={_short(value)}" for name, value in sorted(row.facts.items()))
        yield f"{row.index:>8}  {_at(row):<20}  {row.event:<22}  {facts}"


def _at(row: LogRow) -> str:
    return to_wire(row.at) if row.at is not None else ""


_LONGEST = 200  # characters of a fact in a line; --json has it whole


def _short(value: object) -> str:
    text = str(value)
    if is_digest(value):
        return text[:19] + "…"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _checkpoint(services: Callable[[], AuditServices]) -> click.Command:
    @click.command("checkpoint", epilog=_CHECKPOINT_EPILOG)
    @click.option("--sign", is_flag=True, help="Sign one over all that is committed now.")
    @click.option("--json", "as_json", is_flag=True)
    def checkpoint(sign: bool, as_json: bool) -> None:
        """Print the ledger's signed head (a C2SP checkpoint): keep it outside this house."""
        log = services().log
        head = _signed(log) if sign else log.head()
        if as_json:
            told = {"size": head.size, "at": to_wire(head.at), "note": head.note}
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo(head.note, nl=False)

    return checkpoint


def _signed(log: AuditLog) -> SignedCheckpoint:
    """A fresh head. Raises Conflict where the gateway has no key for it: nothing of another's is
    verified here, so this is no missing pin (exit code 3) but an act that failed."""
    try:
        return log.sign()
    except NotVerified as error:
        raise Conflict(
            f"no checkpoint was signed: {error}",
            hint=error.hint or "bring the keys folder back (palang restore); palang doctor looks",
        ) from None
