"""What the gateway said, and whether others heard the same: `answers` to `prove`."""

from pathlib import Path
from typing import cast, get_args

import click

from gateway.domain.canonical import encode
from gateway.domain.proofs import MAX_PROOF
from gateway.domain.times import to_wire
from partner import checkpoints, comparing, files, heard, messages, proving
from partner.advice import advice
from partner.cli.frame import Frame, KitCommand, example, frame_of, json_option, show
from partner.heard import Said, Which
from partner.messages import MessageRefused


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit answers --only refused", "palang-partner answers --seen"
    ),
)
@click.option("--only", type=click.Choice(get_args(Which)), default="all", show_default=True)
@click.option("--seen", is_flag=True, help="A person looked at all that is refused or an alarm.")
@json_option
@click.pass_obj
def answers(frame: Frame, only: str, seen: bool, as_json: bool) -> None:
    """List what this kit said, and the gateway's signed answer to each."""
    kit = frame.kit()
    if seen:
        with kit.state.write() as tx:
            heard.mark_seen(tx)
            # a crash before changes nothing: the person repeats the command
            tx.commit("kit.seen")
    with kit.state.read() as tx:
        found = heard.listed(tx, cast(Which, only))
    show(
        as_json,
        {"statements": [_document(one) for one in found]},
        [_line(one) for one in found] or ["nothing of that kind"],
    )


def _document(one: Said) -> dict[str, str | int]:
    return {
        "statement": one.statement,
        "kind": one.kind,
        "subject": one.subject,
        "made": to_wire(one.made_at),
        "said": to_wire(one.said_at),
        "times": one.times,
        "result": one.result,
        "reason": one.reason,
        "row": one.row,
        "answered": to_wire(one.answered_at) if one.answered_at else "",
        "advice": advice(one.kind, one.reason) if one.result == "refused" else "",
    }


def _line(one: Said) -> str:
    head = f"{to_wire(one.made_at)} {one.kind} {one.subject} {one.statement[:23]}"
    if not one.result:
        return f"{head}: no answer yet, said {one.times} times"
    row = f", row {one.row}" if one.row else ""
    why = f" ({one.reason}{row})" if one.reason else ""
    then = f"; {advice(one.kind, one.reason)}" if one.result == "refused" else ""
    return f"{head}: {one.result}{why}{then}"


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit checkpoint --out note.txt",
        "palang-partner checkpoint --all > ours.json",
    ),
)
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write it to a file.")
@click.option("--all", "every", is_flag=True, help="All that is known, as one JSON object.")
@click.pass_obj
def checkpoint(frame: Frame, out: Path | None, every: bool) -> None:
    """Print the newest signed checkpoint of the gateway's ledger, for another partner to compare.

    It holds no number and nothing of this partner.
    """
    notes = comparing.known_notes(frame.kit())
    text = encode({"v": 1, "notes": notes}).decode() + "\n" if every else notes[-1]
    if out is None:
        click.echo(text, nl=False)
    else:
        files.replace(out.absolute(), text.encode(), "kit.checkpoint", mode=0o644)


@click.command(
    cls=KitCommand, epilog=example("palang-partner --home kit compare other-partners.json")
)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def compare(context: click.Context, file: Path, as_json: bool) -> None:
    """Compare another partner's checkpoints in FILE with those known here.

    Exits with 1 where the gateway showed two partners two ledgers (equivocation), or where no
    checkpoint is of a size that is known here.
    """
    kit = frame_of(context).kit()
    found = comparing.compare(kit, files.read(file, comparing.MAX_FILE))
    document = {"equal": found.equal, "different": found.different, "unknown": found.unknown}
    lines = [f"equal at {len(found.equal)} sizes of the ledger, {found.unknown} not known here"]
    lines += [
        f"DIFFERENT at size {size}: keep both files, and ask the gateway's officers"
        for size in found.different
    ]
    if not found.equal and not found.different:
        lines.append("Next: exchange palang-partner checkpoint --all, which has more sizes")
    show(as_json, document, lines)
    context.exit(0 if found.equal and not found.different else 1)


@click.command(cls=KitCommand, epilog=example("palang-partner --home kit prove growth.txt"))
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@click.pass_context
def prove(context: click.Context, file: Path, as_json: bool) -> None:
    """Take a proof in FILE that the gateway's ledger only grew since a checkpoint that is kept.

    For a partner that is pushed to and missed heads; `palang audit proof --since` makes the file.
    One that does not hold exits with 1, raises an alarm and is kept in refused/.
    """
    kit, data = frame_of(context).kit(), files.read(file, MAX_PROOF)
    with kit.state.read() as tx:
        epoch = checkpoints.running(tx)
    try:
        word = proving.take(kit, epoch, data, f"a file {file.name}")
    except MessageRefused as refused:
        messages.put_aside(kit, data, refused)
        raise
    old, new = word.facts["old"], word.facts["new"]
    document = {"old": old, "new": new, "was_unproven": word.new}
    show(as_json, document, [f"The ledger of {new} leaves begins with the {old} leaves kept here."])
