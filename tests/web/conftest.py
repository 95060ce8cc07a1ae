"""A house on a fresh store for every test; no test's fail-point outlives it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.domain import failpoints
from tests.compiled_once import compile_once
from tests.web.house import House, fresh_url, house_on
from tests.web.wire import Wire, wired

compile_once()


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


@pytest.fixture
def wire(house: House, tmp_path: Path) -> Iterator[Wire]:
    """The listener on a TLS socket."""
    with wired(house, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def one_wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Wire]]:
    """One listener for all tests of a module; they must leave nothing kept."""
    folder = tmp_path_factory.mktemp("listener")
    with house_on(fresh_url(folder)) as made, wired(made, folder) as served:
        yield made, served
