"""`palang card`: the gateway's own card, which partners import as the gateway imports theirs."""

from collections.abc import Callable
from pathlib import Path

import click

from gateway.cli.common import PalangCommand, columns, example, json_option, show, write_new
from gateway.domain.canonical import Json
from gateway.domain.fingerprints import phone_text
from gateway.domain.times import to_wire
from gateway.services.own_card import OwnCard, Told


def card_command(own: Callable[[], OwnCard]) -> click.Command:
    """`palang card`."""

    @click.command(
        "card",
        cls=PalangCommand,
        epilog=example(
            "palang card --out gateway.card --name 'Komdigi' --contact 'piket +62-21-0000'"
        ),
    )
    @click.option("--out", type=click.Path(path_type=Path), required=True, help="New file.")
    @click.option("--name", required=True, help="The organisation's name.")
    @click.option("--contact", "contacts", multiple=True, help="Whom to call; may be repeated.")
    @click.option("--url", default="", help="Where partners reach its listener, if it has one.")
    @json_option
    def card(out: Path, name: str, contacts: tuple[str, ...], url: str, as_json: bool) -> None:
        """Write this gateway's signed card: organisation, contacts, keys, SSH login key.

        A partner imports it with palang-partner trust FILE and compares the same fingerprint.
        """
        made = own().make(Told(name, contacts, url))
        write_new(out, made.jws + b"\n")
        keys: list[Json] = [
            {"role": str(k.role), "kid": k.kid, "fingerprint": phone_text(k.kid)} for k in made.keys
        ]
        rows = [(k.role, k.alg, to_wire(k.not_after), phone_text(k.kid)) for k in made.keys]
        show(
            as_json,
            {"file": str(out), "fingerprint": made.fingerprint, "keys": keys},
            [
                f"Wrote {out}. Read this to the partner by telephone:",
                f"  {made.fingerprint}",
                *columns(("role", "algorithm", "until", "fingerprint"), rows),
            ],
            f"the partner imports it: palang-partner trust {out.name}",
        )

    return card
