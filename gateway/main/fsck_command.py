"""`palang fsck`: what is compared with what, progress, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.settings import FILE_NAME
from gateway.cli.common import PalangCommand, example, json_option, read_file, show
from gateway.domain.epoch import read_high_water
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import is_partner_id
from gateway.domain.ledger import read_checkpoint
from gateway.domain.trust import Trust, read_trust

if TYPE_CHECKING:
    from gateway.fsck.case import Kept
    from gateway.fsck.report import Report
    from gateway.main.wiring import Gateway

MOST_TRUST = 16 * 1024 * 1024  # bytes of a trust file
MOST_NOTE = 64 * 1024  # bytes of a checkpoint's note
MOST_MARK = 1024 * 1024  # bytes of a high-water file

_HELP = """Prove the promises over the databases, by fsck's own reading of them.

Nothing is written, and the worker may run meanwhile. Looked at are the core database, the exchange
store, the high-water file, and copies of partners' kits where you name them. A ledger that
was made anew whole shows only against what was kept elsewhere: give --checkpoint, --trust, --copy.

Exit code 0: clean. 1: findings. 2: unreadable. 3: no key of the gateway is pinned.
"""

_EXAMPLE = example(
    "palang fsck",
    "palang fsck --trust trust.json --checkpoint head.note --copy opr-uji-a=/srv/copies/kit-a",
    "palang fsck --database /backup/palang.sqlite --high-water /backup/high-water.json --json",
)


def fsck_command(opened: Callable[[], Gateway]) -> click.Command:
    """The command; `opened` gives the gateway that --home names, for its settings alone."""

    @click.command("fsck", cls=PalangCommand, help=_HELP, epilog=_EXAMPLE)
    @click.option("--database", metavar="URL|FILE", help="Instead of the gateway's own.")
    @click.option("--exchange", metavar="URL|FILE", help="Instead of the gateway's own.")
    @click.option("--high-water", type=_FILE, help="Instead of the gateway's own file.")
    @click.option("--trust", type=_FILE, help="A trust file that you kept: pinned keys.")
    @click.option("--checkpoint", type=_FILE, multiple=True, help="A checkpoint that you kept.")
    @click.option("--copy", "copies", multiple=True, metavar="PARTNER=PATH", help=_COPY)
    @json_option
    @click.pass_context
    def fsck(
        ctx: click.Context,
        database: str | None,
        exchange: str | None,
        high_water: Path | None,
        trust: Path | None,
        checkpoint: tuple[Path, ...],
        copies: tuple[str, ...],
        as_json: bool,
    ) -> None:
        if high_water is not None:
            _check_mark(high_water)
        kept = _with_periods(_kept(trust, checkpoint, copies), opened())
        url = database or opened().settings.database_url
        if database is None:
            settings = opened().settings
            high_water = high_water or settings.high_water_file
            exchange = exchange or _there(settings.exchange_url)
        report = _prove(url, kept, high_water, exchange or "")
        show(as_json, report.to_json(), report.to_lines())
        ctx.exit(_exit(report))

    return fsck


def _with_periods(kept: Kept, gateway: Gateway) -> Kept:
    """With the period keys of the home; a database may be looked at where there is no home."""
    if not (gateway.home / FILE_NAME).is_file():
        return kept
    periods = gateway.periods
    gone = {month: (periods.gone(month) or {})["tombstones"] for month in periods.months_gone()}
    return replace(kept, periods=periods, gone=gone)


_FILE = click.Path(path_type=Path, dir_okay=False)
_COPY = "A partner's kit folder or its state.sqlite; may be given for several partners."


def _kept(trust: Path | None, notes: tuple[Path, ...], copies: tuple[str, ...]) -> Kept:
    from config.seed import load_seed
    from gateway.fsck.case import Kept

    return Kept(
        trust=_trust(trust) if trust is not None else None,
        notes={path.name: _note(path) for path in notes},
        copies=dict(map(_copy, copies)),
        shipped={(table.kind, table.version): table for table in load_seed().tables},
    )


def _check_mark(path: Path) -> None:
    """A file that somebody names must be one; the gateway's own, where bad, is a finding.

    Raises InputError.
    """
    try:
        read_high_water(read_file(path, MOST_MARK))
    except NotVerified as error:
        raise InputError(
            f"--high-water {path}: expected a high-water file (v, epoch, ledger, streams): {error}",
            hint="it is state/high-water.json of a machine that ran a worker",
        ) from None


def _note(path: Path) -> str:
    """A checkpoint's form; whether it is signed and true, the checks say. Raises InputError."""
    note = read_file(path, MOST_NOTE).decode(errors="replace")
    try:
        read_checkpoint(note.rpartition("\n\n")[0] + "\n")
    except NotVerified as error:
        raise InputError(
            f"--checkpoint {path}: expected a signed checkpoint (origin, size, root, a blank line, "
            f"signatures): {error}",
            hint="palang audit checkpoint prints one",
        ) from None
    return note


def _trust(path: Path) -> Trust:
    return read_trust(read_file(path, MOST_TRUST))


def _copy(text: str) -> tuple[str, Path]:
    partner, equals, path = text.partition("=")
    if not equals or not is_partner_id(partner) or not path:
        raise InputError(
            f"--copy takes PARTNER=PATH, got {text!r}", hint="--copy opr-uji-a=/srv/copies/kit-a"
        )
    return partner, Path(path)


def _there(url: str) -> str:
    """The exchange store's URL, "" where it is a file that nobody made: not everyone has one."""
    file = url.removeprefix("sqlite:///")
    return "" if file != url and not Path(file).is_file() else url


def _prove(url: str, kept: Kept, high_water: Path | None, exchange: str) -> Report:
    from gateway.fsck.case import Verifiers
    from gateway.fsck.run import prove
    from keys.documents import Documents
    from keys.notes import C2spNotes

    outside = replace(kept, high_water=high_water, exchange=exchange)
    verify = Verifiers(Documents(), C2spNotes())
    try:
        return prove(url, verify, outside, _progress)
    finally:
        _progress("", 0)


def _progress(step: str, rows: int) -> None:
    """One line on a terminal that is written over; nothing where there is none."""
    if sys.stderr.isatty():
        text = f"{step}: {rows}" if rows else step
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _exit(report: Report) -> int:
    if not report.pinned:
        return 3
    return 0 if report.clean else 1
