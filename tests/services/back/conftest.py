"""A fresh gateway for each test; nothing stays armed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain import failpoints
from tests.services.back.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    failpoints.arm(None)
    made.close()
