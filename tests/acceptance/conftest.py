"""The stage is built once a run of these tests; each test begins from its snapshot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.stage import Stage


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
