"""Databases to test on: every test of the store runs on each of DATABASES. To run everything on
another one too, add its name there and say in `fresh_url` and `fresh_database` how one is made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway.store.store import SqlStore, open_store
from tests.blank import lay
from tests.compiled_once import compile_once
from tests.peers import postgres
from tests.store.samples import FixedClock

compile_once()
SQLITE = "sqlite"
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgres)
DATABASES = [SQLITE, POSTGRESQL]
BUSY_MS = 200
"""How long a unit waits for its turn in tests."""


def fresh_url(kind: str, folder: Path) -> str:
    """Return the URL of a database that does not exist yet; on a server it is empty, and goes with
    the server."""
    if kind == SQLITE:
        return f"sqlite:///{folder / 'palang.db'}"
    return postgres.server().url(postgres.server().fresh())


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database with the schema and nothing else; a server's is gone afterwards."""
    if kind == SQLITE:
        yield lay(folder / "palang.db")
    else:
        with postgres.database() as name:
            yield postgres.server().url(name)


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database with the schema and nothing else."""
    with fresh_database(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands until the test moves it."""
    return FixedClock()


@pytest.fixture
def store(url: str, clock: FixedClock) -> Iterator[SqlStore]:
    """Return an open store on a fresh database."""
    with closing(open_store(url, clock, busy_ms=BUSY_MS)) as opened:
        yield opened


@pytest.fixture
def server_url() -> Iterator[str]:
    """Return the URL of a PostgreSQL database with the schema and nothing else."""
    with postgres.database() as name:
        yield postgres.server().url(name)


@pytest.fixture
def server_store(server_url: str, clock: FixedClock) -> Iterator[SqlStore]:
    """Return an open store on PostgreSQL; its units wait for their turn for five seconds."""
    with closing(open_store(server_url, clock, busy_ms=5000)) as opened:
        yield opened
