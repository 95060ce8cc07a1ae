"""A folder in memory where there is one: the suites that fail no disk need none to be slow."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain import failpoints

MEMORY = Path("/dev/shm")  # a fresh folder in it, of this user alone


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A fresh folder; no fail-point outlives its test."""
    made = tmp_path
    if os.access(MEMORY, os.W_OK):
        made = Path(tempfile.mkdtemp(prefix="palang-faults-", dir=MEMORY))
    yield made
    failpoints.arm(None)
    if made != tmp_path:
        shutil.rmtree(made)
