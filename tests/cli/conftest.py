"""A gateway's home, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway.main.making import make
from tests.cli.desk import Desk
from tests.compiled_once import compile_once

compile_once()


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway that tests copy; making one takes a second."""
    home = Path(tmp_path_factory.mktemp("ops")) / "gw"
    make(home, "palang-uji", True)
    return home


@pytest.fixture
def desk(pattern: Path, tmp_path: Path) -> Desk:
    """A terminal on a copy of it."""
    shutil.copytree(pattern, tmp_path / "gw")
    return Desk(tmp_path)
