"""`palang epoch`: two officers open a new epoch over a restored database (promise E)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from gateway.cli.common import (
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    show,
    signatory,
    signing_options,
)
from gateway.domain.canonical import Json
from gateway.domain.epoch import EpochDocument, PartnerShare
from gateway.services.approvals import Signatory
from gateway.services.epoch import Opened

LISTED = 50  # uncertain deliveries on screen; --json has them all


@dataclass(frozen=True, slots=True)
class EpochInputs:
    """What a person brings: the surviving high-water files, one of each machine that ran a worker,
    signed receipts of partners, what partners say (`PARTNER=EPOCH:SEQUENCE`), and the epoch that
    the officers name themselves (0: one above all that were seen)."""

    high_water: tuple[Path, ...]
    receipts: tuple[Path, ...]
    seen: tuple[str, ...]
    epoch: int = 0


class Acts(Protocol):
    """What the group needs of an open gateway."""

    def draft(self, inputs: EpochInputs) -> EpochDocument:
        """What would be signed now."""
        ...

    def propose(self, document: EpochDocument, by: Signatory) -> Path:
        """Sign as the first officer; where the document is kept."""
        ...

    def proposed(self) -> EpochDocument:
        """What the first officer signed."""
        ...

    def open(self, document: EpochDocument, by: Signatory) -> Opened:
        """Sign as the second officer, and open."""
        ...


def epoch_group(tools: Tools, acts: Callable[[], Acts]) -> click.Group:
    """The group and its commands; `acts` opens the gateway when one runs."""
    group = PalangGroup(
        "epoch",
        help="After a restore: two officers open a new epoch.",
        epilog=example(
            "palang epoch show",
            "palang epoch propose --officer siti --key siti.pem",
            "palang epoch open --officer budi --key budi.pem",
        ),
    )
    _show(group, acts)
    _propose(group, tools, acts)
    _open(group, tools, acts)
    return group


_PATH = click.Path(path_type=Path)


def _inputs(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option(
            "--epoch",
            type=click.IntRange(min=0),
            default=0,
            metavar="N",
            help="The new epoch, where nothing survives that tells the last one: above any that "
            "two officers ever opened.",
        ),
        click.option(
            "--seen",
            multiple=True,
            metavar="PARTNER=EPOCH:SEQUENCE",
            help="What a partner reads from palang-partner status; may be given again.",
        ),
        click.option(
            "--receipt",
            "receipts",
            multiple=True,
            type=_PATH,
            help="A partner's signed acknowledgement (.jws); may be given again.",
        ),
        click.option(
            "--high-water",
            multiple=True,
            type=_PATH,
            help="high-water.json of a lost machine; again for each one that ran a worker.",
        ),
    ):
        command = option(command)
    return command


def _show(group: click.Group, acts: Callable[[], Acts]) -> None:
    @group.command(
        "show", epilog=example("palang epoch show --high-water /mnt/lama/high-water.json")
    )
    @_inputs
    @json_option
    def show_(
        high_water: tuple[Path, ...],
        receipts: tuple[Path, ...],
        seen: tuple[str, ...],
        epoch: int,
        as_json: bool,
    ) -> None:
        """Show what partners may have received since the backup. Changes nothing."""
        document = acts().draft(EpochInputs(high_water, receipts, seen, epoch))
        show(as_json, shown(document), lines(document), _then(document))


def _then(document: EpochDocument) -> str:
    if document.unheard:
        return (
            f"ask {', '.join(document.unheard)} for palang-partner status, and give "
            "--seen PARTNER=EPOCH:SEQUENCE of each (docs/operations.md)"
        )
    return "palang epoch propose --officer ID --key FILE, with the same options"


def _propose(group: click.Group, tools: Tools, acts: Callable[[], Acts]) -> None:
    @group.command(
        "propose",
        epilog=example(
            "palang epoch propose --high-water /mnt/lama/high-water.json "
            "--officer siti --key siti.pem"
        ),
    )
    @_inputs
    @signing_options
    @json_option
    def propose(
        high_water: tuple[Path, ...],
        receipts: tuple[Path, ...],
        seen: tuple[str, ...],
        epoch: int,
        officer: str,
        key: Path,
        passphrase_file: Path | None,
        as_json: bool,
    ) -> None:
        """Show what a new epoch means, then sign the document's digest as the first officer."""
        ready = acts()
        document = ready.draft(EpochInputs(high_water, receipts, seen, epoch))
        for line in lines(document):
            click.echo(line, err=True)
        path = ready.propose(document, signatory(tools, officer, key, passphrase_file))
        line = f"Officer {officer} signed epoch {document.epoch} over {document.digest()}"
        then = "another officer: palang epoch open --officer ID --key FILE"
        facts: dict[str, Json] = {"officer": officer, "file": str(path)}
        show(as_json, shown(document) | facts, [line], then)


def _open(group: click.Group, tools: Tools, acts: Callable[[], Acts]) -> None:
    @group.command("open", epilog=example("palang epoch open --officer budi --key budi.pem"))
    @signing_options
    @json_option
    def open_(officer: str, key: Path, passphrase_file: Path | None, as_json: bool) -> None:
        """Show what was proposed, sign it as the second officer, and open the epoch."""
        ready = acts()
        document = ready.proposed()
        for line in lines(document):
            click.echo(line, err=True)
        opened = ready.open(document, signatory(tools, officer, key, passphrase_file))
        done = [
            f"Epoch {opened.epoch} is open, signed by {' and '.join(opened.officers)}",
            f"  {len(opened.again)} deliveries without a receipt go again, sealed anew",
        ]
        facts: dict[str, Json] = {
            "officers": list(opened.officers),
            "again": [list(pair) for pair in opened.again],
        }
        show(as_json, shown(document) | facts, done, _AFTER)


_AFTER = (
    "start the worker; ask each partner for the numbers listed above, release lost batches anew, "
    "make a new backup: docs/operations.md"
)


def shown(document: EpochDocument) -> dict[str, Json]:
    """The document for programs."""
    return {
        "epoch": document.epoch,
        "before": document.before,
        "digest": document.digest(),
        "backup": document.backup,
        "made": document.made,
        "ledger": document.ledger,
        "root": document.root,
        "high_water": document.high_water,
        "to_ask": list(document.unheard),
        "next_batch": document.next_batch,
        "withdrawals_to_ask": list(document.consents),
        "partners": {
            share.partner: {
                "restored": share.restored,
                "possibly_received": _range(share),
                "uncertain": [[u.sequence, u.delivery, u.state] for u in share.uncertain],
            }
            for share in document.shares
        },
    }


def _range(share: PartnerShare) -> Json:
    """[first, last] of what is not in the database; last 0: nobody knows the end."""
    return [share.first, share.last] if share.first else []


def lines(document: EpochDocument) -> list[str]:
    """The document for a person, before the signature."""
    what = f"backup {document.backup} of {document.made}" if document.backup else "the database"
    known = "survive" if document.high_water else "do not all survive: the end is unknown"
    rows = [(share.partner, share.restored, possibly(share)) for share in document.shares]
    uncertain = [(u.delivery, u.sequence, u.state) for s in document.shares for u in s.uncertain]
    told = [
        f"Epoch {document.epoch} of {document.gateway}, after {document.before}, over {what}",
        f"  ledger {document.ledger} leaves, root {document.root}",
        f"  the high-water files {known}",
        f"  new batches begin at {document.next_batch}, every partner's sequence at 1",
        "",
        *columns(("PARTNER", "LAST HERE", "POSSIBLY RECEIVED SINCE"), rows),
        "",
        "Without a receipt here; they go again:",
        *columns(("DELIVERY", "SEQUENCE", "STATE"), uncertain[:LISTED]),
    ]
    if len(uncertain) > LISTED:
        told.append(f"... and {len(uncertain) - LISTED} more: --json lists all")
    if document.consents:
        told += ["", f"Ask before you sign whether they withdrew: {', '.join(document.consents)}"]
    return [*told, f"Digest {document.digest()}"]


def possibly(share: PartnerShare) -> str:
    """What the partner may have received and this database knows nothing of."""
    if not share.first:
        return "nothing"
    if share.last:
        return f"sequences {share.first} to {share.last}; their batches are not in the backup"
    seen = f", {share.seen} was seen" if share.seen >= share.first else ""
    return f"unknown: from sequence {share.first} on{seen}; ask the partner"
