"""`palang db roles`: the SQL of the least-privilege roles, printed or applied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

_EPILOG = """\b
Example:
  palang db roles | psql -d palang
  palang db roles --apply postgresql+psycopg://postgres@/palang
  palang db roles --exchange --apply postgresql+psycopg://postgres@/palang_exchange

Run it again after each palang db upgrade. The roles get no password: give them one with psql
(\\password palang_worker), or let pg_hba.conf ask for a client certificate."""


@dataclass(frozen=True, slots=True)
class RoleActs:
    """What the command needs.

    `statements` gives the SQL for a database of this name: a core one, or (True) an exchange store.
    `apply` runs them at a URL; `name` is a URL's database, `own` the settings' URL of either kind.
    """

    statements: Callable[[str, bool], Sequence[str]]
    apply: Callable[[str, Sequence[str]], None]
    name: Callable[[str], str]
    own: Callable[[bool], str]


def db_roles_command(acts: RoleActs) -> click.Command:
    """The command `roles` of the group `db`."""

    @click.command("roles", epilog=_EPILOG)
    @click.option("--exchange", is_flag=True, help="For the exchange store, not the core database.")
    @click.option("--database", metavar="NAME", help="Its name; else the one of the settings.")
    @click.option("--apply", "url", metavar="URL", help="Run it there, as a superuser.")
    def roles(exchange: bool, database: str | None, url: str | None) -> None:
        """Make palang_owner, palang_worker, palang_console and palang_listener, each with the least
        rights that it needs."""
        name = database or acts.name(url or acts.own(exchange))
        statements = acts.statements(name, exchange)
        if url:
            acts.apply(url, statements)
            click.echo(f"Database {name}: {len(statements)} statements applied.")
        else:
            click.echo("\n".join(f"{statement};" for statement in statements))

    return roles
