"""Lets the worlds of a test module live on PostgreSQL: import its tests, and this fixture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.peers import postgres
from tests.services.back import world


@contextmanager
def server_database(_folder: Path) -> Iterator[str]:
    """The URL of a fresh database."""
    with postgres.database() as name:
        yield postgres.server().url(name)


@pytest.fixture(autouse=True, scope="module")
def on_postgresql() -> Iterator[None]:
    """Every world of this module has its database there."""
    world.DATABASE.append(server_database)
    yield
    world.DATABASE.pop()
