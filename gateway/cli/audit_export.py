"""`palang audit export`: evidence bundles, and their cover pages on paper."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.cli.asking import ask_number
from gateway.cli.common import working
from gateway.domain.errors import InputError
from gateway.domain.ids import DeliveryId
from gateway.services.audit_log import AuditLog
from gateway.services.evidence import EvidenceService, Exported

_EPILOG = """\b
Example:
  palang audit export --delivery 7.opr-uji-a.1
  palang audit export --delivery 7.opr-uji-a.1 --with-entries --pdf
  palang audit export --entry 7.opr-uji-a.1/12 --out bukti.zip
  palang audit export --number            one number's whole story: every batch and partner;
                                          asks for it, or reads it from standard input
  palang audit export --month 2026-11     every delivery released in the month, without numbers
  palang audit export --month 2026-11 --cutoff 48210     its figures as of that many leaves

\b
A number is never an argument: arguments stand in process lists and in the shell's history.
A month above 64 MiB becomes several files, each proven alone. --pdf writes the cover page
beside each bundle, for people; it proves nothing. The export itself is an event of the
ledger, with your login and the bundle's digest."""


@dataclass(frozen=True, slots=True)
class AuditServices:
    """What the group needs; `login` is who the operating system says is asking."""

    evidence: EvidenceService
    log: AuditLog
    login: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options ask for; exactly one of the first four."""

    delivery: str | None
    entry: str | None
    number: bool
    month: str | None
    with_entries: bool
    cutoff: int

    def check(self) -> None:
        """Raises click.UsageError."""
        named = (self.delivery is not None, self.entry is not None, self.month is not None)
        if sum((*named, self.number)) != 1:
            raise click.UsageError("give one of --delivery, --entry, --number, --month")
        if self.with_entries and self.delivery is None:
            raise click.UsageError("--with-entries goes with --delivery")
        if self.cutoff and self.month is None:
            raise click.UsageError("--cutoff goes with --month")


def export_command(services: Callable[[], AuditServices]) -> click.Command:
    """The command `export`."""

    @click.command("export", epilog=_EPILOG)
    @click.option("--delivery", metavar="ID", help="A whole delivery, without its numbers.")
    @click.option("--entry", metavar="DELIVERY/ENTRY", help="One entry's story, with its number.")
    @click.option("--number", is_flag=True, help="One number's whole story; it is asked for.")
    @click.option("--month", metavar="YYYY-MM", help="All that was released in a month, in WIB.")
    @click.option("--with-entries", is_flag=True, help="With --delivery: all its numbers too.")
    @click.option(
        "--cutoff",
        default=0,
        metavar="LEAVES",
        type=click.IntRange(min=0),
        help="With --month: the size of an earlier checkpoint, as a bundle or report names it.",
    )
    @click.option("--pdf", is_flag=True, help="The cover page beside it, to print.")
    @click.option("--out", type=click.Path(path_type=Path), help="A new file; else named by id.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON object a bundle.")
    def export(
        delivery: str | None,
        entry: str | None,
        number: bool,
        month: str | None,
        with_entries: bool,
        cutoff: int,
        pdf: bool,
        out: Path | None,
        as_json: bool,
    ) -> None:
        """Write an evidence bundle that anybody can check offline with palang verify."""
        wanted = _Wanted(delivery, entry, number, month, with_entries, cutoff)
        wanted.check()
        audit = services()
        for bundle, path in _placed(_made(audit, wanted), out):
            _write(path, bundle.data)
            if pdf:
                _write(path.with_suffix(".pdf"), _paper(bundle, path))
            _tell(bundle, path, as_json, pdf=pdf)

    return export


def _made(audit: AuditServices, wanted: _Wanted) -> Iterator[Exported]:
    evidence, login = audit.evidence, audit.login
    number = ask_number() if wanted.number else 0
    with working("Collecting the evidence"):
        if wanted.month is not None:
            yield from evidence.month(wanted.month, login, wanted.cutoff)
        elif number:
            yield evidence.number(number, login)
        elif wanted.entry is not None:
            yield evidence.entry(*_entry_of(wanted.entry), login)
        else:
            delivery = wanted.delivery or ""
            yield evidence.delivery(delivery, login, with_entries=wanted.with_entries)


def _placed(bundles: Iterable[Exported], out: Path | None) -> Iterator[tuple[Exported, Path]]:
    """Each bundle with its file: the first takes --out, further parts of a month -part-N of it."""
    for position, bundle in enumerate(bundles, 1):
        path = Path(bundle.name) if out is None else out
        if out is not None and position > 1:
            path = out.with_name(f"{out.stem}-part-{position}{out.suffix}")
        yield bundle, path


def _entry_of(text: str) -> tuple[str, int]:
    delivery, slash, entry = text.partition("/")
    if not slash or not re.fullmatch(r"[1-9]\d{0,6}", entry, re.ASCII):
        raise InputError("an entry is named DELIVERY/ENTRY", hint="for example 7.opr-uji-a.1/12")
    return str(DeliveryId.parse(delivery)), int(entry)


def _write(path: Path, data: bytes) -> None:
    """Create the file for its owner only: a bundle of an entry holds a number."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as bad:
        raise InputError(f"can't create {path}: {bad.strerror}", hint="give --out FILE") from bad
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)


def _paper(bundle: Exported, path: Path) -> bytes:
    from gateway.writing.cover_pdf import cover_pdf  # fpdf2 takes its time, and few ask for it

    return cover_pdf(bundle.cover, path.name, bundle.digest)


def _tell(bundle: Exported, path: Path, as_json: bool, *, pdf: bool) -> None:
    size, paper = len(bundle.data), path.with_suffix(".pdf")
    if as_json:
        told: dict[str, object] = {"file": str(path), "bytes": size, "digest": bundle.digest}
        click.echo(json.dumps(told | ({"pdf": str(paper)} if pdf else {})))
        return
    click.echo(f"{path}: {size} bytes, {bundle.digest}")
    if pdf:
        click.echo(f"{paper}: its cover page, for people; it proves nothing")
    click.echo(f"Next: palang verify {path} --trust trust.json")
