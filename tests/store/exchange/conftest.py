"""An exchange store of its own for each test; no test's fail-point outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain import failpoints
from gateway.store.exchange import schema
from gateway.store.exchange.store import SqlExchange, open_exchange
from tests.store.conftest import DATABASES, fresh_url


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without the schema."""
    return fresh_url(request.param, tmp_path)


@pytest.fixture
def url(empty: str) -> str:
    """The URL of an exchange store."""
    schema.create(empty)
    return empty


@pytest.fixture
def exchange(url: str) -> Iterator[SqlExchange]:
    """It, opened."""
    with closing(open_exchange(url, busy_ms=2000)) as opened:
        yield opened


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """No test's fail-point outlives it."""
    yield
    failpoints.arm(None)
