"""`send-list`: a source hands a list of numbers to the gateway."""

import time
from pathlib import Path

import click

from gateway.domain.canonical import Json
from partner import heard, source_list
from partner.advice import advice
from partner.cli.frame import Frame, KitCommand, example, json_option, send_and_show, show
from partner.heard import Said
from partner.kit import Kit
from partner.outgoing import Outgoing
from partner.source_list import Draft, Given
from partner.ways import way_of

_PAUSE = 0.5  # seconds between two looks for the answer


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit send-list laporan.xlsx --category penipuan --dry-run",
        "palang-partner --home kit send-list laporan.xlsx --category penipuan --wait 60",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--category", default="", help="For rows that name none, e.g. penipuan.")
@click.option("--channel", default="", help="For rows that name none, e.g. whatsapp.")
@click.option("--evidence-date", default="", help="For rows that have none, YYYY-MM-DD.")
@click.option("--name", default="", help="The name to send it under, where its own shows too much.")
@click.option("--serial", default=0, help="Default: the next. For a kit whose state was lost.")
@click.option("--wait", default=0, metavar="SECONDS", help="Wait for the gateway's signed answer.")
@click.option("--dry-run", is_flag=True, help="Say what would be signed; send nothing.")
@json_option
@click.pass_context
def send_list(
    context: click.Context,
    file: Path,
    category: str,
    channel: str,
    evidence_date: str,
    name: str,
    serial: int,
    wait: int,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Sign FILE, seal it to the gateway and send it (sources only).

    FILE is what the gateway's intake reads: XLSX, ODS, CSV, TSV, NDJSON or text. The gateway's
    answer says whether the list came whole and counts as handed in; what becomes of each row comes
    back as a file from its officers. Exits with 1 where the gateway refused it.
    """
    frame = context.find_object(Frame)
    if frame is None:
        raise TypeError("the root context holds the frame")
    kit = frame.kit()
    made = source_list.draft(kit, Given(file, name, category, channel, evidence_date, serial))
    if dry_run:
        show(as_json, _document(made), [*_lines(made), "nothing was sent"])
        return
    one = source_list.send(kit, made)
    if not wait:
        send_and_show(kit, [one], as_json)
        return
    answered = _await(kit, one, wait)
    _show_answer(one, answered, as_json=as_json)
    context.exit(1 if answered is not None and answered.result == "refused" else 0)


def _document(made: Draft) -> dict[str, Json]:
    listed = made.listed
    return {
        "serial": listed.serial,
        "name": listed.name,
        "bytes": listed.size,
        "file": listed.digest,
        "category": listed.category,
        "channel": listed.channel,
        "evidence_date": listed.evidence_date,
        "gateway": listed.aud,
        "seal_key": made.key.kid,
    }


def _lines(made: Draft) -> list[str]:
    return [f"{name.replace('_', ' '):<14} {value}" for name, value in _document(made).items()]


def _await(kit: Kit, one: Outgoing, wait: int) -> Said | None:
    """Let it leave and take what comes, until its answer is here or the time is up."""
    way, until = way_of(kit), time.monotonic() + wait
    while True:
        way.publish()
        for _taken in way.take():
            pass  # each is stored; `run` tells of it
        with kit.state.read() as tx:
            said = [item for item in heard.listed(tx, "all") if item.statement == one.statement]
        if said and said[0].result:
            return said[0]
        if time.monotonic() >= until:
            return None
        time.sleep(_PAUSE)


def _show_answer(one: Outgoing, said: Said | None, *, as_json: bool) -> None:
    result, reason = (said.result, said.reason) if said else ("", "")
    lines = [f"{one.subject}: {result or 'sent, no answer yet'}"]
    if reason:
        lines[0] += f" ({reason})"
    if result == "refused":
        lines.append(f"Next: {advice(one.kind, reason)}")
    if not result:
        lines.append("Next: palang-partner run, then palang-partner answers")
    show(
        as_json,
        {
            "statement": one.statement,
            "subject": one.subject,
            "result": result,
            "reason": reason,
        },
        lines,
    )
