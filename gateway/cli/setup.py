"""`palang init`: a gateway's folder, keys, dated tables and database."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

_EPILOG = """\b
Example:
  palang init --home /var/lib/palang --name komdigi
  palang init --home uji --name komdigi-uji --allow-private-addresses
  palang init --home /var/lib/palang --name komdigi --database postgresql+psycopg://palang_owner@db/palang"""


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` made, for the words after it."""

    home: Path
    unlock: Path
    fingerprints: tuple[tuple[str, str], ...]
    ssh_public: str
    tables: tuple[tuple[str, str], ...]


Make = Callable[[Path, str, bool, str], Made]
"""Home, name, whether private addresses are allowed, the database's URL ("": a file in `state`)."""


def init_command(make: Make) -> click.Command:
    """The command `init`; `make` does it all or nothing."""

    @click.command("init", epilog=_EPILOG)
    @click.option("--name", required=True, help="The gateway's id: it signs as this.")
    @click.option(
        "--allow-private-addresses",
        "private",
        is_flag=True,
        help="Let partners be on loopback or private addresses (tests, closed networks).",
    )
    @click.option(
        "--database",
        metavar="URL",
        default="",
        help="An empty PostgreSQL database, for several workers; else a SQLite file. No password "
        "stands in it: libpq takes it from PGPASSFILE or a service file.",
    )
    @click.pass_context
    def init(context: click.Context, name: str, private: bool, database: str) -> None:
        """Make a gateway in the new folder --home: settings, keys, dated tables, database."""
        home = context.find_root().params["home"]
        made = make(home, name, private, database)
        click.echo(f"Gateway {name} is made in {made.home}")
        for kind, version in made.tables:
            click.echo(f"  table {kind}, version {version}")
        for role, fingerprint in made.fingerprints:
            click.echo(f"  key {role}: {fingerprint}")
        click.echo(f"  SSH public key for partners' SFTP servers:\n    {made.ssh_public}")
        click.echo(f"The secret in {made.unlock} opens the keys: keep a copy off this machine.")
        click.echo("Next: enrol two officers, palang --home DIR officer add ...")

    return init
