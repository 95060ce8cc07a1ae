"""`palang init`: a gateway's folder, keys, dated tables and database."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from gateway.domain.ids import partner_id

_EPILOG = """\b
Example:
  palang init --home /var/lib/palang --name komdigi
  palang init --home uji --name komdigi-uji --allow-private-addresses --administrator ani
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

First = Callable[[Path, str, str], str]
"""Home, id and name of the first administrator; returns the one-time password."""


def init_command(make: Make, first: First) -> click.Command:
    """The command `init`; `make` does it all or nothing, `first` lets an administrator in."""

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
    @click.option(
        "--administrator",
        metavar="ID",
        default="",
        help="Make the console's first account too; its one-time password is shown once.",
    )
    @click.option("--administrator-name", metavar="NAME", default="", help="That person's name.")
    @click.pass_context
    def init(
        context: click.Context,
        name: str,
        private: bool,
        database: str,
        administrator: str,
        administrator_name: str,
    ) -> None:
        """Make a gateway in the new folder --home: settings, keys, dated tables, database."""
        if administrator:
            partner_id(administrator)  # before anything is made
        home = context.find_root().params["home"]
        made = make(home, name, private, database)
        click.echo(f"Gateway {name} is made in {made.home}")
        for kind, version in made.tables:
            click.echo(f"  table {kind}, version {version}")
        for role, fingerprint in made.fingerprints:
            click.echo(f"  key {role}: {fingerprint}")
        click.echo(f"  SSH public key for partners' SFTP servers:\n    {made.ssh_public}")
        click.echo(f"The secret in {made.unlock} opens the keys: keep a copy off this machine.")
        if administrator:
            handed = first(home, administrator, administrator_name or administrator)
            click.echo(f"Administrator {administrator} of the console, one-time password: {handed}")
            click.echo("  it is shown this once and lasts three days; then palang account add")
        click.echo("Next: enrol two officers, palang --home DIR officer add ...")

    return init
