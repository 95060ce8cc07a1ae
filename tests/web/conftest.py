"""A house on a fresh store for every test; no test's fail-point outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.domain import failpoints
from tests.web.house import House, fresh_url, house_on


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    """No test's fail-point outlives it."""
    yield
    failpoints.arm(None)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Partners A and B, published."""
    with house_on(fresh_url(tmp_path)) as made:
        yield made


@pytest.fixture
def client(house: House) -> FlaskClient:
    """The application over it, without a socket."""
    return house.client()
