"""`init` and `card`: the partner's keys, and the signed card that tells the gateway who it is."""

import os
from pathlib import Path

import click

from gateway.domain.canonical import Json
from gateway.domain.card_changes import changes
from gateway.domain.errors import InputError
from gateway.domain.ids import Envelope
from keys.cards import OpenedCard
from keys.secrets import unlock_secret
from partner import files, identity, setup
from partner.cli.frame import Frame, KitCommand, example, json_option, show
from partner.identity import CARD
from partner.renewing import Renewal, renew
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
@click.option("--kind", type=click.Choice(["operator", "ott", "source"]), required=True)
@click.option("--gateway", required=True, help="The name of the gateway that may send here.")
@click.option(
    "--channel",
    required=True,
    help="Where this partner takes parcels, and a source answers: sftp://user@host/inbox, https://host/path,"
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
@click.option(
    "--envelope",
    type=click.Choice(list(Envelope)),
    default=Envelope.JOSE,
    show_default=True,
    help="The form in which parcels come: JOSE, as openssl opens it, or as gpg does.",
)
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
    envelope: str,
    days: int,
    given: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make a kit's directory: settings, keys, and the partner card for the gateway."""
    text = _text(peer) or ""
    if not reply and channel.startswith(("dir:", "pull:")):
        reply = channel  # both ways are one place
    wanted = Wanted(
        id=partner,
        name=name,
        kind=kind,
        gateway=gateway,
        channel=channel,
        reply=reply,
        peer=text,
        contacts=contacts,
        test=test,
        days=days,
        envelope=envelope,
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
    epilog=example(
        "palang-partner --home kit card",
        "palang-partner --home kit card --contact 'noc +62-21-0000' --new-keys 7",
    ),
)
@click.option("--name", default=None, help="The name as people know it.")
@click.option("--contact", "contacts", multiple=True, help="In place of those on the card.")
@click.option("--channel", default=None, help="Where parcels are taken from now on.")
@click.option("--reply", default=None, help="Where statements are collected from now on.")
@click.option("--peer", default=None, type=click.Path(path_type=Path), help="As in init.")
@click.option("--envelope", default=None, type=click.Choice(list(Envelope)))
@click.option(
    "--consent",
    "consent_file",
    default=None,
    type=click.Path(path_type=Path),
    help="File of a signed consent, which the card then carries (OTT only).",
)
@click.option(
    "--new-keys",
    "begin",
    default=None,
    type=click.IntRange(0, 90),
    metavar="DAYS",
    help="Add further keys that count in DAYS: first let the gateway's officers approve the card.",
)
@json_option
@click.pass_obj
def card(
    frame: Frame,
    name: str | None,
    contacts: tuple[str, ...],
    channel: str | None,
    reply: str | None,
    peer: Path | None,
    envelope: str | None,
    consent_file: Path | None,
    begin: int | None,
    as_json: bool,
) -> None:
    """Show the own card, or make a newer one of it; the gateway's two officers approve it anew."""
    kit = frame.kit()
    wanted = Renewal(
        name=name,
        contacts=contacts or None,
        channel=channel,
        reply=reply,
        peer=_text(peer),
        envelope=envelope,
        consent=_text(consent_file),
        begin=begin,
    )
    if wanted == Renewal():
        opened = identity.load_card(frame.home, frame.clock.now())
    else:
        secret = unlock_secret(kit.settings.unlock_file, os.environ)
        opened = renew(kit, wanted, secret)
    _show_card(frame, opened, as_json=as_json)


def _text(path: Path | None) -> str | None:
    return files.read(path, _MAX_PEER).decode("utf-8", "replace").strip() if path else None


def _show_card(frame: Frame, opened: OpenedCard, *, as_json: bool) -> None:
    document: dict[str, Json] = {
        "partner": opened.card.iss,
        "card": str(frame.home / CARD),
        "digest": opened.digest,
        "fingerprint": opened.fingerprint,
        "keys": [{"role": str(key.role), "kid": key.kid} for key in opened.keys],
    }
    show(
        as_json,
        document,
        [
            *(change.line for change in changes(None, opened.card)),
            f"Send {frame.home / CARD} to the gateway, and read this to its officer by phone:",
            f"  {opened.fingerprint}",
        ],
    )
