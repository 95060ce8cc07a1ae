"""`apply`, `confirm` and `status`: what is enforced, what is said of it, what is left to do."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.domain.errors import InputError, PalangError
from partner import answers, applying, files, results
from partner import status as standing
from partner.applying import Applied
from partner.checkpoints import WHAT_NOW
from partner.cli.frame import (
    Frame,
    KitCommand,
    example,
    frame_of,
    json_option,
    send_and_show,
    show,
)
from partner.status import Status, Unsettled


@click.command(
    "apply",
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit apply", "palang-partner apply --approve 7.opr-uji-a.1"
    ),
)
@click.option("--approve", default="", metavar="DELIVERY", help="Let it through the ceiling.")
@json_option
@click.pass_context
def apply_command(context: click.Context, approve: str, as_json: bool) -> None:
    """Enforce what is stored: lists/, and the hook if there is one.

    Exits with 1 where a delivery waits for a person or the hook failed.
    """
    kit = frame_of(context).kit()
    if approve:
        applying.approve(kit, approve)
    done = applying.apply(kit)
    document = {
        "applied": done.ruled,
        "enforced": done.enforced,
        "waiting": done.waiting,
        "troubles": [str(trouble) for trouble in done.troubles],
    }
    show(as_json, document, _applied(done))
    context.exit(1 if done.waiting or done.troubles else 0)


def _applied(done: Applied) -> list[str]:
    lines = [f"applied {one}" for one in done.ruled]
    lines += [f"enforced by the hook: {one}" for one in done.enforced]
    for one in done.waiting:
        delivery = one.rpartition(".")[0]
        lines += [
            f"{one} waits: more new blocks today than daily_ceiling allows",
            f"Next: palang-partner apply --approve {delivery}, after a look at it",
        ]
    lines += [line for trouble in done.troubles for line in _trouble(trouble)]
    return lines or ["nothing to apply"]


def _trouble(trouble: PalangError) -> list[str]:
    return [f"Error: {trouble}"] + ([f"Next: {trouble.hint}"] if trouble.hint else [])


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit confirm",
        "palang-partner confirm --delivery 7.opr-uji-a.1 --result result.csv",
    ),
)
@click.option("--delivery", default="", help="The delivery that --result or --again is about.")
@click.option(
    "--result",
    type=click.Path(path_type=Path),
    default=None,
    help="A CSV entry,disposition,scope,at made by a person.",
)
@click.option("--again", is_flag=True, help="Publish the delivery's confirmations once more.")
@json_option
@click.pass_obj
def confirm(frame: Frame, delivery: str, result: Path | None, again: bool, as_json: bool) -> None:
    """Sign what became of entries and was not said yet, and put it into outbox/."""
    kit = frame.kit()
    if bool(delivery) != (result is not None or again):
        raise InputError("--delivery goes with --result or --again, and neither without it")
    if result is not None:
        data = files.read(result, results.MAX_FILE)
        answers.record(kit, delivery, data, result.name)
    if again:
        answers.repeat_confirmations(kit, delivery)
    made = answers.confirm(kit)
    send_and_show(kit, made, as_json)


@click.command(cls=KitCommand, epilog=example("palang-partner --home kit status --json"))
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show what is enforced and what is missing, waits, was not sent, answered or accepted.

    Exits with 1 where somebody is needed: a gap, a waiting delivery, an unfinished hook, a silent
    gateway, a statement that it did not accept or not answer for a day, a ledger of the gateway's
    that is not shown to have only grown.
    """
    found = standing.status(frame_of(context).kit())
    show(as_json, asdict(found), _status(found))
    context.exit(0 if found.good else 1)


def _status(found: Status) -> list[str]:
    lines = [
        f"{found.partner}, parcels of {found.gateway}",
        f"enforced      {found.enforced - found.protected} numbers",
        f"last sequence {found.sequence} of epoch {found.epoch}",
        f"unsent        {len(found.unsent)} statements in outbox/",
        f"refused       {found.refused} parcels",
        f"fresh until   {found.fresh_until or 'no head yet'}",
        f"ledger        {found.checkpoints} checkpoints kept, the newest of {found.ledger} leaves;"
        f" {found.unproven} wait for a proof that it only grew",
    ]
    if found.protected:
        lines.append(f"{found.protected} ordered numbers are on the never-block file: not listed")
    lines += [f"missing       sequence {first} to {last}" for first, last in found.gaps]
    lines += [
        f"waits         {delivery}: {fresh} new blocks; palang-partner apply --approve {delivery}"
        for delivery, fresh in found.waiting
    ]
    lines += [f"hook          {operation} is not finished" for operation in found.hook]
    lines += [
        f"unanswered    {delivery}: {entries} entries without an outcome"
        for delivery, entries in found.unanswered
    ]
    return lines + _gateway(found)


def _gateway(found: Status) -> list[str]:
    """What the gateway said, and what it did not say."""
    lines = [
        f"no answer     {_named(one)} since {one.since}, said {one.times} times; {one.advice}"
        for one in found.awaiting
    ]
    for one in found.rejected:
        row = f", row {one.row}" if one.row else ""
        lines.append(f"not accepted  {_named(one)}: {one.reason}{row}; {one.advice}")
    lines += [f"alarm         {name}: {what}" for name, what in found.alarms]
    if found.frozen:
        lines.append("alarm         no fresh head: ask the gateway by phone, and check the clock")
    if found.proof_due:
        lines.append(f"alarm         unproven: {found.proof_due} Next: {WHAT_NOW}")
    return lines


def _named(one: Unsettled) -> str:
    return f"{one.kind} {one.subject} {one.statement[:23]}".replace("  ", " ")
