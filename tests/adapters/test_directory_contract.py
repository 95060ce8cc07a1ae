"""The one contract over the directory channel (design 6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.contract import Contract
from tests.adapters.directory_rigs import DirectoryRig


class TestDirectory(Contract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> DirectoryRig:
        return DirectoryRig(tmp_path / "root")
