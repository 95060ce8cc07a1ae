"""`palang db`: schema of core database and exchange store; a copy before every upgrade."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.db import DatabaseState, Upgraded
from gateway.domain.errors import Conflict, InputError
from gateway.domain.times import to_wire
from gateway.store import backup as copies
from gateway.store import schema
from gateway.store.exchange import schema as exchange_schema

if TYPE_CHECKING:
    from gateway.main.wiring import Gateway

COPIES = "backups"
"""In the state folder: copies that an upgrade made, in clear as the database itself."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One schema line: its name, URL, state and upgrade, and its part of a shared database."""

    name: str
    url: str
    state: Callable[[str], DatabaseState]
    upgrade: Callable[[str], str]
    part: str


@dataclass(frozen=True)
class SchemaActs:
    """What `palang db` does in one home."""

    gateway: Gateway

    def states(self) -> Sequence[DatabaseState]:
        """Core database and exchange store."""
        return [line.state(line.url) for line in self._lines()]

    def upgrade(self, database: str, exchange: str) -> Sequence[Upgraded]:
        """Copy, then migrate, what is behind; make the exchange store where there is none.

        Raises Conflict where a newer program wrote one of them: then nothing is touched.
        """
        lines = [(line, line.state(line.url)) for line in self._lines(database, exchange)]
        for line, state in lines:
            if state.found and not state.usable and not state.behind:
                raise Conflict(
                    f"the {line.name} has schema {state.found}, newer than {state.needed} of this "
                    "program",
                    hint="use the program that wrote it, or a newer one",
                )
        made = [
            _made(line) for line, state in lines if line.part == copies.EXCHANGE and not state.found
        ]
        return [self._one(line, state) for line, state in lines if state.behind] + made

    def _one(self, line: _Line, state: DatabaseState) -> Upgraded:
        copy = self._copy(line, state.found)
        before = line.upgrade(line.url)
        return Upgraded(line.name, before, state.needed, copy)

    def _copy(self, line: _Line, found: str) -> Path:
        folder = self.gateway.settings.state_folder / COPIES
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder} can't be made: {error.strerror}",
                hint="run as the gateway's own user, or free the disk; nothing was migrated",
            ) from None
        at = to_wire(self.gateway.clock.now()).replace(":", "").replace("-", "")
        name = f"{line.name.replace(' ', '-')}-{found}-{at}.{copies.kind(line.url)}"
        copies.copy_plain(line.url, folder / name, line.part)
        return folder / name

    def _lines(self, database: str = "", exchange: str = "") -> Iterator[_Line]:
        settings = self.gateway.settings
        core, other = database or settings.database_url, exchange or settings.exchange_url
        yield _Line("database", core, _core, schema.upgrade, copies.CORE)
        yield _Line("exchange store", other, _exchange, exchange_schema.upgrade, copies.EXCHANGE)


def _made(line: _Line) -> Upgraded:
    """A crash on the way leaves an empty file, which the next run fills."""
    exchange_schema.create(line.url)
    return Upgraded(line.name, "", exchange_schema.HEAD, None)


def _core(url: str) -> DatabaseState:
    found = schema.state(url)
    return DatabaseState("database", found.revision, found.known, found.compatible)


def _exchange(url: str) -> DatabaseState:
    found = copies.exchange_revision(url) if copies.exists(url) else ""
    needed = exchange_schema.HEAD
    return DatabaseState("exchange store", found, needed, usable=found == needed)
