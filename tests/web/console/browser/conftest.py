"""One browser for a module, a town for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.compiled_once import compile_once
from tests.web.console.browser.driver import chromium
from tests.web.console.browser.town import Town

compile_once()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path) as made:
        yield made
        assert made.house.failures == []
