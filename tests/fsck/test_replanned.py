"""A batch whose numbers the plan moved since their intake stands on its rows all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.services.batches import Wanted
from gateway.services.intake import Options
from tests.fsck.town import HEAD, Town, by_hand, check
from tests.services.front.test_batches import load, moved_plan

ROWS = ["0870-1111-2201;Penipuan;WhatsApp", "0871-1111-2202;Penipuan;SMS"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.store.close()


def unfounded(town: Town) -> int:
    report = check(town.folder / "palang.sqlite", trust=town.trust())
    return sum(finding.code == "entry-unfounded" for finding in report.findings)


def replanned(town: Town) -> int:
    """A batch of an intake of the plan before; 0870 goes to opr-uji-c by the one after."""
    sheet = town.file((HEAD + "".join(f"{row};T-1;2026-11-20\n" for row in ROWS)).encode())
    intake = town.intakes.add(sheet, "laporan.csv", Options(source="iasc")).id
    load(town, moved_plan())
    return town.batches.prepare(Wanted((intake,)))[0].id


def test_what_goes_where_the_cited_plan_says_is_founded(town: Town) -> None:
    batch = replanned(town)
    with town.store.read() as uow:
        assert {e.route for e in uow.lists.entries(batch)} == {"opr-uji-a", "opr-uji-c"}
    assert unfounded(town) == 0


@pytest.mark.parametrize("route", ["opr-uji-b", "ott", ""])
def test_what_goes_elsewhere_is_not(town: Town, route: str) -> None:
    batch = replanned(town)
    with by_hand(town.folder / "palang.sqlite") as db:
        sql = "UPDATE entries SET route = ? WHERE batch = ? AND route = 'opr-uji-c'"
        db.execute(sql, (route, batch))
    assert unfounded(town) > 0


def test_without_a_move_in_the_leaf_the_row_s_route_counts(town: Town) -> None:
    batch = town.prepared(ROWS)
    load(town, moved_plan())
    with by_hand(town.folder / "palang.sqlite") as db:
        sql = "UPDATE entries SET route = 'opr-uji-c' WHERE batch = ? AND number LIKE '62870%'"
        db.execute(sql, (batch,))
    assert unfounded(town) > 0
