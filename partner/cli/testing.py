"""`sandbox`: the self-test ladder against a gateway in a folder, before the real one is met."""

from pathlib import Path

import click

from gateway.domain.canonical import decode
from gateway.domain.errors import InputError
from gateway.domain.ladder.rungs import LadderResult, told
from keys.cards import open_card
from keys.jws import MAX_STATEMENT
from partner import files, identity, sandbox_run
from partner.cli.frame import Frame, KitCommand, example, json_option, show


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit sandbox",
        "palang-partner sandbox --card card.jws --inbox masuk --outbox keluar --wait 600",
    ),
)
@click.option(
    "--card",
    "card_file",
    type=click.Path(path_type=Path),
    help="Card of a partner whose own software answers; needs no kit.",
)
@click.option(
    "--inbox",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where that software takes parcels.",
)
@click.option(
    "--outbox",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where it leaves statements.",
)
@click.option(
    "--wait",
    default=300,
    show_default=True,
    type=click.IntRange(1, 86_400),
    help="Seconds to wait for it at each step.",
)
@json_option
@click.pass_context
def sandbox(
    context: click.Context,
    card_file: Path | None,
    inbox: Path | None,
    outbox: Path | None,
    wait: int,
    as_json: bool,
) -> None:
    """Climb the self-test ladder as the gateway will, with this kit or with own software.

    Nothing real is touched: the sandbox has keys, folders and state of its own.
    """
    frame = context.ensure_object(Frame)
    now = frame.clock.now()
    if card_file is None and inbox is None and outbox is None:
        kit = frame.kit()
        result = sandbox_run.with_kit(kit, identity.load_card(kit.home, now), _say)
    elif card_file is None or inbox is None or outbox is None:
        raise InputError("--card, --inbox and --outbox go together")
    else:
        data = files.read(card_file, MAX_STATEMENT).strip()
        opened = open_card(data, identity.audience(data), now)
        result = sandbox_run.with_folders(opened, frame.clock, inbox, outbox, wait)
    _show(result, as_json=as_json)
    context.exit(0 if result.passed else 1)


def _show(result: LadderResult, *, as_json: bool) -> None:
    word = "passed" if result.passed else "not passed"
    show(as_json, decode(result.to_bytes(), what="the result"), [*told(result), f"Ladder {word}."])


def _say(event: str, facts: dict[str, object]) -> None:
    """Trouble of the kit is what a person must see; the rest the rungs tell."""
    if event == "trouble":
        click.echo(f"{facts.get('what')}. Next: {facts.get('next') or 'see above'}", err=True)
