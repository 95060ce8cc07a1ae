"""`palang audit`: evidence bundles, the ledger's listing, its signed head."""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.common import PalangGroup, example, working
from gateway.domain.canonical import is_digest
from gateway.domain.errors import Conflict, InputError, NotFound, NotVerified
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import Tag
from gateway.domain.records import SignedCheckpoint
from gateway.domain.times import Micros, from_wire, to_wire
from gateway.services.audit_log import AuditLog, LogFilter, LogRow
from gateway.services.evidence import EvidenceService, Exported

_EXPORT_EPILOG = """\b
Example:
  palang audit export --delivery 7.opr-uji-a.1
  palang audit export --entry 7.opr-uji-a.1/12 --out bukti.zip
  palang audit export --number            asks for the number, or reads it from standard input

\b
A number is never an argument: arguments stand in process lists and in the shell's history.
The export itself is an event of the ledger, with your login and the bundle's digest."""

_LOG_EPILOG = """\b
Example:
  palang audit log --delivery 7.opr-uji-a.1
  palang audit log --event batch.release --since 2026-11-24T00:00:00Z --csv > log.csv"""

_CHECKPOINT_EPILOG = """\b
Example:
  palang audit checkpoint > checkpoint.note
  palang audit checkpoint --sign --json"""


@dataclass(frozen=True, slots=True)
class AuditServices:
    """What the group needs; `login` is who the operating system says is asking."""

    evidence: EvidenceService
    log: AuditLog
    login: str


def audit_group(services: Callable[[], AuditServices]) -> click.Group:
    """The group `audit`; `services` opens the database and, to sign a head, the keys."""
    group = PalangGroup(
        "audit",
        help="Prove, list and head what the ledger holds.",
        epilog=example(
            "palang audit export --delivery 7.opr-uji-a.1", "palang audit checkpoint > head.note"
        ),
    )
    for command in (_export(services), _log(services), _checkpoint(services)):
        group.add_command(command)
    return group


def _export(services: Callable[[], AuditServices]) -> click.Command:
    @click.command("export", epilog=_EXPORT_EPILOG)
    @click.option("--delivery", metavar="ID", help="A whole delivery, without its numbers.")
    @click.option("--entry", metavar="DELIVERY/ENTRY", help="One entry's story, with its number.")
    @click.option("--number", is_flag=True, help="As --entry, for a number that is asked for.")
    @click.option("--with-entries", is_flag=True, help="With --delivery: all its numbers too.")
    @click.option("--out", type=click.Path(path_type=Path), help="A new file; else named by id.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a bundle.")
    def export(
        delivery: str | None,
        entry: str | None,
        number: bool,
        with_entries: bool,
        out: Path | None,
        as_json: bool,
    ) -> None:
        """Write an evidence bundle that anybody can check offline with palang verify."""
        if sum((delivery is not None, entry is not None, number)) != 1:
            raise click.UsageError("give one of --delivery, --entry, --number")
        if with_entries and delivery is None:
            raise click.UsageError("--with-entries goes with --delivery")
        audit = services()
        if delivery is not None:
            wanted = [(delivery, 0)]
        else:
            wanted = [_entry_of(entry)] if entry is not None else _of_number(audit, out)
        with working("Collecting the evidence"):
            made = [_make(audit, one, n, with_entries) for one, n in wanted]
        for bundle in made:
            _write(bundle, out or Path(bundle.name), as_json)

    return export


def _make(audit: AuditServices, delivery: str, entry: int, with_entries: bool) -> Exported:
    if entry:
        return audit.evidence.entry(delivery, entry, audit.login)
    return audit.evidence.delivery(delivery, audit.login, with_entries=with_entries)


def _entry_of(text: str) -> tuple[str, int]:
    delivery, slash, entry = text.partition("/")
    if not slash or not re.fullmatch(r"[1-9]\d{0,6}", entry, re.ASCII):
        raise InputError("an entry is named DELIVERY/ENTRY", hint="for example 7.opr-uji-a.1/12")
    return str(DeliveryId.parse(delivery)), int(entry)


def _of_number(audit: AuditServices, out: Path | None) -> list[tuple[str, int]]:
    """Where the asked number stands. Nothing of it is printed or logged."""
    found = list(audit.evidence.find(_ask_number()))
    if not found:
        raise NotFound(
            "this number stands in no sealed slice",
            hint="a number that was held or rejected never left: palang intake list",
        )
    if out is not None and len(found) > 1:
        raise InputError(
            f"this number stands in {len(found)} deliveries: one file each",
            hint="leave --out away, or choose one with --entry: "
            + ", ".join(f"{delivery}/{entry}" for delivery, entry in found),
        )
    return found


def _ask_number() -> int:
    if sys.stdin.isatty():
        text = click.prompt("Number", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    digits = re.sub(r"[\s().-]", "", text).removeprefix("+")
    if digits.startswith("0"):
        digits = "62" + digits[1:]
    if not re.fullmatch(r"[1-9]\d{6,14}", digits, re.ASCII):
        raise InputError(
            "expected one phone number, written +62..., 62... or 0...",
            hint="one number alone, for example as the source wrote it; it is never an argument",
        )
    return int(digits)


def _write(bundle: Exported, path: Path, as_json: bool) -> None:
    """Create the file for its owner only: a bundle of an entry holds a number."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as bad:
        raise InputError(f"can't create {path}: {bad.strerror}", hint="give --out FILE") from bad
    with os.fdopen(handle, "wb") as stream:
        stream.write(bundle.data)
    if as_json:
        told = {"file": str(path), "bytes": len(bundle.data), "digest": bundle.digest}
        click.echo(json.dumps(told))
    else:
        click.echo(f"{path}: {len(bundle.data)} bytes, {bundle.digest}")
        click.echo(f"Next: palang verify {path} --trust trust.json")


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


def _short(value: object) -> str:
    text = str(value)
    return text[:19] + "…" if is_digest(value) else text


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
