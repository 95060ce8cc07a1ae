"""A desk and a source for the tests of lists that sources hand in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.source_desk import Desk, Source, desk_in, source_in


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as made:
        yield made


@pytest.fixture
def source(desk: Desk, tmp_path: Path) -> Source:
    return source_in(desk, tmp_path / "kit")
