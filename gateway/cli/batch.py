"""`palang batch`: prepare, look, stop. Signing it out is in batch_release.py."""

from pathlib import Path

import click

from gateway.cli.batch_due import add_due_commands
from gateway.cli.batch_release import add_release_commands, next_step
from gateway.cli.common import (
    F,
    PalangGroup,
    Tools,
    columns,
    example,
    json_option,
    show,
    signatory,
    signing_options,
    working,
)
from gateway.cli.incoming import incoming
from gateway.domain.batch import Batch
from gateway.domain.canonical import Json
from gateway.domain.records import ApprovalRecord
from gateway.domain.times import show_wib, to_wire
from gateway.services.batch_rows import LeftOut
from gateway.services.batches import Unblocks, Wanted
from gateway.services.replan import Replanned


def batch_group(tools: Tools) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "batch",
        help="Lists that two officers release: new, review, submit, release, stop.",
        epilog=example("palang batch list", "palang batch show 7"),
    )
    for add in (_new, _list, _show, _stop, add_release_commands, add_due_commands):
        add(group, tools)
    return group


def _new(group: click.Group, tools: Tools) -> None:
    @group.command(
        "new",
        epilog=example(
            "palang batch new 3 4",
            "palang batch new --unblock buka.csv --reason SURAT-123/2026",
        ),
    )
    @click.argument("intakes", nargs=-1, type=int)
    @_unblock_options
    @_intake_options
    @click.option("--basis", default="", help="Legal basis as a code; default is the one in force.")
    @json_option
    def new(
        intakes: tuple[int, ...],
        unblock: Path | None,
        reason: str,
        column: str | None,
        action: str | None,
        priority: str,
        without_freed: bool,
        basis: str,
        as_json: bool,
    ) -> None:
        """Prepare a batch from INTAKES, or from a file of numbers to free.

        A batch holds blocks or unblocks, test numbers or real ones, never both. Unblocks go first
        in the queue whatever the priority.
        """
        if (unblock is None) == (not intakes):
            raise click.UsageError("name intakes, or --unblock FILE, and not both")
        batches = tools.front().batches
        told: list[Replanned] = []
        left = LeftOut(0, 0)
        with working("preparing the batch"):
            if unblock is not None:
                with incoming(unblock) as (file, name):
                    made, count = batches.unblock(Unblocks(file, name, reason, column, basis))
            else:
                urgent = priority == "urgent"
                wanted = Wanted(intakes, action or "", urgent, basis, without_freed)
                left = batches.left_out(wanted)
                made, count = batches.prepare(wanted, told.append)
        _show_made(made, count, told, left, as_json=as_json)


def _unblock_options(command: F) -> F:
    """What goes with numbers to free."""
    for option in (
        click.option(
            "--column", metavar="NAME_OR_LETTER", help="With --unblock: the number column."
        ),
        click.option("--reason", default="", help="With --unblock: the decision behind it."),
        click.option(
            "--unblock",
            type=click.Path(path_type=Path),
            help="CSV of numbers to free, - for standard input; no intakes then.",
        ),
    ):
        command = option(command)
    return command


def _intake_options(command: F) -> F:
    """What goes with intakes."""
    for option in (
        click.option(
            "--priority",
            type=click.Choice(("routine", "urgent")),
            default="routine",
            show_default=True,
        ),
        click.option(
            "--without-freed",
            is_flag=True,
            help="Leave rows out whose number was unblocked after they were accepted.",
        ),
        click.option(
            "--action",
            type=click.Choice(("block", "unblock")),
            help="Take only these rows of the intakes; a batch holds one kind.",
        ),
    ):
        command = option(command)
    return command


def _show_made(
    made: Batch, count: int, told: list[Replanned], left: LeftOut, *, as_json: bool
) -> None:
    lines = [f"Batch {made.id} is {made.state} with {count} entries, {_kind(made)}"]
    document = _document(made) | {"entries": count}
    for done in told:
        lines += done.to_lines()
        document |= {"by_todays_tables": done._asdict()}
    if any(left):
        lines.append(f"  accepted rows left out: {left}")
        document |= {"left_out": left._asdict()}
    show(as_json, document, lines, f"palang batch review {made.id}")


def _list(group: click.Group, tools: Tools) -> None:
    @group.command("list", epilog=example("palang batch list"))
    @json_option
    def list_(as_json: bool) -> None:
        """List all batches, newest first."""
        found = tools.front().batches.all()
        head = ("batch", "state", "lane", "numbers", "made", "released")
        rows = [
            (b.id, b.state, b.priority.name.lower(), _kind(b), show_wib(b.created_at), _released(b))
            for b in found
        ]
        show(as_json, {"batches": [_document(b) for b in found]}, columns(head, rows))


def _show(group: click.Group, tools: Tools) -> None:
    @group.command("show", epilog=example("palang batch show 7"))
    @click.argument("batch", type=int)
    @json_option
    def show_(batch: int, as_json: bool) -> None:
        """Show a batch and who signed what about it."""
        batches = tools.front().batches
        found, words = batches.show(batch), batches.signatures(batch)
        lines = [f"{name}: {value}" for name, value in _document(found).items()]
        rows = [(w.act, w.officer, show_wib(w.at), w.digest) for w in words]
        lines += columns(("signed", "officer", "at", "over"), rows)
        document = _document(found) | {"signatures": [_word(word) for word in words]}
        show(as_json, document, lines, next_step(found))


def _stop(group: click.Group, tools: Tools) -> None:
    @group.command("stop", epilog=example("palang batch stop 7 --officer siti --key siti.pem"))
    @click.argument("batch", type=int)
    @signing_options
    @json_option
    def stop(
        batch: int, officer: str, key: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        """Stop a batch at once, as one officer. Names what may have reached a partner."""
        by = signatory(tools, officer, key, passphrase_file)
        done = tools.front().stops.stop(batch, by)
        lines = [f"Batch {batch} is stopped", *(f"  stopped: {d}" for d in done.stopped)]
        lines += [f"  may have arrived: {d}" for d in done.may_have_arrived]
        then = ""
        if done.may_have_arrived:
            then = "free what may have arrived: palang batch new --unblock FILE --reason REF"
        document: dict[str, Json] = {
            "batch": batch,
            "stopped": list(done.stopped),
            "may_have_arrived": list(done.may_have_arrived),
        }
        show(as_json, document, lines, then)


def _kind(batch: Batch) -> str:
    return "test" if batch.test else "real"


def _released(batch: Batch) -> str:
    return show_wib(batch.released_at) if batch.released_at is not None else "-"


def _document(batch: Batch) -> dict[str, Json]:
    released = batch.released_at
    return {
        "batch": batch.id,
        "state": str(batch.state),
        "lane": batch.priority.name.lower(),
        "test": batch.test,
        "made": to_wire(batch.created_at),
        "released": to_wire(released) if released is not None else None,
        "review": batch.digest,
    }


def _word(word: ApprovalRecord) -> dict[str, Json]:
    return {
        "act": word.act,
        "officer": word.officer,
        "kid": word.kid,
        "at": to_wire(word.at),
        "digest": word.digest,
    }
