"""A console with nobody in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.web.console.staff import Person, StaffHouse


@pytest.fixture
def house(tmp_path: Path) -> Iterator[StaffHouse]:
    made = StaffHouse(tmp_path)
    yield made
    made.close()


@pytest.fixture
def app(house: StaffHouse) -> Flask:
    return house.app()


@pytest.fixture
def stranger(house: StaffHouse, app: Flask) -> Person:
    return Person(app.test_client(), house)
