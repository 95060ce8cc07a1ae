"""A gateway's accounts, without pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.console.staff import StaffHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[StaffHouse]:
    made = StaffHouse(tmp_path)
    yield made
    made.close()
