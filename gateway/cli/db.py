"""`palang db`: which schema the databases have, and how they get this program's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import click

from gateway.cli.common import PalangGroup, columns, example, json_option, show, working
from gateway.domain.canonical import Json

_UPGRADES = example(
    "palang db upgrade",
    "palang db upgrade --database postgresql+psycopg://palang_owner@db.internal/palang",
)


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """One database: its revision ("" where there is none), the one that this program needs, and
    whether this program may use it as it is."""

    name: str
    found: str
    needed: str
    usable: bool

    @property
    def behind(self) -> bool:
        """Whether an upgrade is due."""
        return bool(self.found) and self.found < self.needed


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A database that was upgraded, from which revision, and where its copy lies.

    `before` is "" and `copy` None where an exchange store was made.
    """

    name: str
    before: str
    after: str
    copy: Path | None


class Databases(Protocol):
    """What the group needs of one home."""

    def states(self) -> Sequence[DatabaseState]:
        """Core database and exchange store."""
        ...

    def upgrade(self, database: str, exchange: str) -> Sequence[Upgraded]:
        """Copy, then migrate, what is behind; make the exchange store where there is none.

        Both are URLs in place of those of the settings, "" for these.
        """
        ...


def db_group(databases: Callable[[], Databases]) -> click.Group:
    """The group and its commands."""
    group = PalangGroup(
        "db",
        help="The databases' schema: see it, bring it to this program's.",
        epilog=example("palang db status", "palang db upgrade"),
    )
    _status(group, databases)
    _upgrade(group, databases)
    return group


def _status(group: click.Group, databases: Callable[[], Databases]) -> None:
    @group.command("status", epilog=example("palang db status"))
    @json_option
    @click.pass_context
    def status(context: click.Context, as_json: bool) -> None:
        """Show each schema beside this program's; exit code 1 where one can't be used."""
        found = databases().states()
        rows = [(s.name, s.found or "none", s.needed, _word(s)) for s in found]
        document: dict[str, Json] = {
            s.name: {"found": s.found, "needed": s.needed, "usable": s.usable} for s in found
        }
        then = "palang db upgrade" if any(s.behind for s in found) else ""
        show(as_json, document, columns(("DATABASE", "SCHEMA", "NEEDED", "STATE"), rows), then)
        context.exit(0 if all(s.usable for s in found if s.found) else 1)


def _word(state: DatabaseState) -> str:
    if not state.found:
        return "not made"
    if state.behind:
        return "upgrade due"
    return "good" if state.usable else "newer than this program"


def _upgrade(group: click.Group, databases: Callable[[], Databases]) -> None:
    @group.command("upgrade", epilog=_UPGRADES)
    @click.option("--database", metavar="URL", default="", help="As its owner; else the settings'.")
    @click.option("--exchange", metavar="URL", default="", help="As its owner; else the settings'.")
    @json_option
    def upgrade(database: str, exchange: str, as_json: bool) -> None:
        """Copy what is behind to state/backups, then migrate it in one transaction.

        Makes the exchange store where there is none. Refuses a schema that a newer program wrote.
        The copy holds numbers, in clear.
        """
        with working("upgrading"):
            done = databases().upgrade(database, exchange)
        document: dict[str, Json] = {
            u.name: {"before": u.before, "after": u.after, "copy": str(u.copy or "")} for u in done
        }
        copied = any(u.copy for u in done)
        then = "delete the copy once the new version has run for a day" if copied else ""
        lines = [_told(u) for u in done] or ["Nothing to do: every schema is this program's"]
        show(as_json, document, lines, then)


def _told(done: Upgraded) -> str:
    if done.copy is None:
        return f"{done.name}: made, schema {done.after}"
    return f"{done.name}: schema {done.before} is {done.after} now; copy in {done.copy}"
