"""Databases to test on. To run everything on another one too, add its name to DATABASES and say in
`fresh_url` how an empty one is made; every test takes the store from here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.schema import create
from gateway.store.store import SqlStore, open_store
from tests.store.samples import FixedClock

DATABASES = ["sqlite"]


def fresh_url(kind: str, folder: Path) -> str:
    """Return the URL of a database that does not exist yet."""
    assert kind == "sqlite"
    return f"sqlite:///{folder / 'palang.db'}"


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with the schema and nothing else."""
    made = fresh_url(request.param, tmp_path)
    create(made)
    return made


@pytest.fixture
def clock() -> FixedClock:
    """Return a clock that stands until the test moves it."""
    return FixedClock()


@pytest.fixture
def store(url: str, clock: FixedClock) -> Iterator[SqlStore]:
    """Return an open store on a fresh database."""
    opened = open_store(url, clock, busy_ms=200)
    yield opened
    opened.close()
