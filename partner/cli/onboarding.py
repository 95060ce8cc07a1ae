"""`init` and `trust`: how partner and gateway get to know each other's keys."""

from pathlib import Path

import click

from gateway.domain.errors import InputError
from keys.cards import OpenedCard
from partner import files, identity, setup
from partner.cli.frame import Frame, KitCommand, example, json_option, show
from partner.identity import CARD, MAX_TRUST
from partner.setup import Wanted

_MAX_PEER = 64 * 1024  # bytes of a host key line or a CA's PEM


@click.command(
    cls=KitCommand,
    epilog=example(
        "palang-partner --home kit init --id opr-uji-a --name 'Operator Uji A' \\",
        "    --kind operator --gateway komdigi-uji --test \\",
        "    --channel sftp://palang@host.example/inbox \\",
        "    --reply sftp://palang@host.example/outbox --peer host_key.pub",
    ),
)
@click.option("--id", "partner", required=True, help="The partner id, agreed with the gateway.")
@click.option("--name", required=True, help="The name as people know it.")
@click.option("--kind", type=click.Choice(["operator", "ott"]), required=True)
@click.option("--gateway", required=True, help="The name of the gateway that may send here.")
@click.option(
    "--channel",
    required=True,
    help="Where this partner takes parcels: sftp://user@host/inbox, https://host/path,"
    " mailto:address, dir:ID or pull:ID.",
)
@click.option("--reply", default="", help="URI at which its statements are collected.")
@click.option(
    "--peer",
    default=None,
    type=click.Path(path_type=Path),
    help="File with the identity of the own server: SSH host key line, or PEM of its CA. dir: the"
    " own SSH login key; pull: and mailto: have none.",
)
@click.option("--contact", "contacts", multiple=True, help="Whom to call; may be repeated.")
@click.option("--test", is_flag=True, help="Take test parcels only. A live partner refuses them.")
@click.option("--days", default=730, show_default=True, type=click.IntRange(1, 3660))
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A setting, as in partner.toml."
)
@json_option
@click.pass_obj
def init(
    frame: Frame,
    partner: str,
    name: str,
    kind: str,
    gateway: str,
    channel: str,
    reply: str,
    peer: Path | None,
    contacts: tuple[str, ...],
    test: bool,
    days: int,
    given: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a kit's directory: settings, keys, and the partner card for the gateway."""
    text = files.read(peer, _MAX_PEER).decode("utf-8", "replace").strip() if peer else ""
    if not reply and channel.startswith(("dir:", "pull:")):
        reply = channel  # both ways are one place
    wanted = Wanted(
        partner, name, kind, gateway, channel, reply, text, contacts, test=test, days=days
    )
    opened = setup.init(frame.home, wanted, dict(map(_pair, given)), frame.clock.now())
    _show_made(frame, opened, days, as_json=as_json)


def _show_made(frame: Frame, opened: OpenedCard, days: int, *, as_json: bool) -> None:
    """Where the card lies, and what is read to the gateway's officer by phone."""
    card, partner = frame.home / CARD, opened.card.iss
    show(
        as_json,
        {
            "partner": partner,
            "card": str(card),
            "digest": opened.digest,
            "fingerprint": opened.fingerprint,
            "keys": {str(key.role): key.kid for key in opened.keys},
        },
        [
            f"Made {frame.home} for partner {partner}; keys valid for {days} days.",
            f"Send {card} to the gateway, and read this to its officer by phone:",
            f"  {opened.fingerprint}",
            "Then pin the gateway: palang-partner trust FILE",
        ],
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError("--set takes NAME=VALUE", hint="for example --set daily_ceiling=2000")
    return name.strip(), value.strip()


@click.command(
    cls=KitCommand,
    epilog=example("palang-partner --home kit trust trust.json"),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Replace what is pinned. Compare by phone first.")
@json_option
@click.pass_obj
def trust(frame: Frame, file: Path, replace: bool, as_json: bool) -> None:
    """Pin the gateway's trust FILE, and show its fingerprints to compare by phone."""
    now = frame.clock.now()
    gateway = identity.load_identity(frame.home, now).gateway
    pin = identity.pin(frame.home, files.read(file, MAX_TRUST), gateway, now, replace=replace)
    keys = [{"role": str(role), "fingerprint": text} for role, text in pin.keys]
    lines = [f"  {role:<11} {text}" for role, text in pin.keys]
    show(
        as_json,
        {"gateway": gateway, "fingerprint": pin.fingerprint, "keys": keys},
        [
            f"Pinned gateway {gateway}. Compare with its officer by phone:",
            f"  trust.json  {pin.fingerprint}",
            *lines,
        ],
    )
