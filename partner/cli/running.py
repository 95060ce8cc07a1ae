"""`run`: the kit as a service."""

import json
from contextlib import ExitStack

import click

from gateway.domain.ending import when_told
from gateway.domain.times import to_wire
from partner.cli.frame import KitCommand, example, frame_of
from partner.loop import Rounds
from partner.server import serving


@click.command(
    cls=KitCommand,
    epilog=example("palang-partner --home kit run", "palang-partner --home kit run --once"),
)
@click.option("--once", is_flag=True, help="One round over inbox/, then end; exit 1 on trouble.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def run(context: click.Context, once: bool, as_json: bool) -> None:
    """Take, verify, acknowledge, apply and confirm, until told to stop.

    Parcels come from inbox/ (an SFTP server's folder), over HTTPS if `listen` is set, from the
    gateway's listener if `pull.url` is, or from a mail folder if `mail.maildir` is.
    """
    kit = frame_of(context).kit()
    kit.pins()  # a kit without a pinned gateway can only refuse: say so at once

    def say(event: str, facts: dict[str, object]) -> None:
        at = to_wire(kit.clock.now())
        if as_json:
            click.echo(json.dumps({"at": at, "event": event, **facts}))
        else:
            click.echo(line(at, event, facts))

    rounds = Rounds(kit, say)
    if once:
        context.exit(0 if rounds.once() else 1)
    _until_told(rounds)


def line(at: str, event: str, facts: dict[str, object]) -> str:
    """What happened as one line for people: what a stranger named can't begin another (I3)."""
    shown = ", ".join(f"{name} {value}" for name, value in facts.items() if value != "")
    text = f"{at} {event}: {shown}"
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _until_told(rounds: Rounds) -> None:
    def end() -> None:
        rounds.stop.set()
        rounds.wake.set()

    when_told(end)
    with ExitStack() as stack:
        if rounds.kit.settings.listen:
            rounds.say("listening", {"address": stack.enter_context(serving(rounds))})
        rounds.say("ready", {"partner": rounds.kit.identity.id})
        rounds.forever()
