"""Stage and street are built once a run of these tests; each test begins from their snapshot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.stage import Stage
from tests.acceptance.street import Street


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Gateway, partner, server."""
    made = Stage(Path(tmp_path_factory.mktemp("stage")))
    yield made
    made.close()


@pytest.fixture
def stage(built: Stage) -> Stage:
    """As just after the release."""
    built.reset()
    return built


@pytest.fixture(scope="session")
def built_street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Gateway, listener, three partners."""
    made = Street(Path(tmp_path_factory.mktemp("street")))
    yield made
    made.close()


@pytest.fixture
def street(built_street: Street) -> Street:
    """As before the first release."""
    built_street.reset()
    return built_street
