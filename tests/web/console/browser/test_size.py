"""A million entries, five thousand deliveries, a million confirmation rows: no page reads a table
whole, and each begins to come within 20 times a bare page of the same server."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.console import GOAL, MOST_ROWS, measured
from bench.console_town import LARGE, Town

RUNS = 15


@pytest.mark.long
def test_every_page_of_a_large_gateway_comes_soon_and_reads_little(tmp_path: Path) -> None:
    town = Town(tmp_path, LARGE)
    try:
        hello, pages = measured(town, RUNS)
    finally:
        town.close()
    assert len(pages) > 50
    assert [one.page.path for one in pages if one.rows > MOST_ROWS] == []
    times = {one.page.path: one.least / hello for one in pages}
    assert {path: at for path, at in times.items() if at > GOAL} == {}
    assert town.house.failures == []
