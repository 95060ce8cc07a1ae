"""The worker goes on while fsck looks: what it does meanwhile is no finding."""

from contextlib import closing
from pathlib import Path

import pytest

from gateway.fsck.case import Kept
from gateway.fsck.run import prove
from gateway.store.exchange.store import open_exchange
from tests.fsck.town import SHIPPED, VERIFY, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = Town(tmp_path)
    made.partner("opr-uji-a")
    made.blocks(["0870-1111-2201;Penipuan;WhatsApp"])
    made.run_until_quiet(3)
    return made


def test_what_is_sent_while_fsck_looks_is_no_finding(town: Town, tmp_path: Path) -> None:
    url, moved = town.exchange(), []

    def move(step: str, _rows: int) -> None:
        if step == "guards":  # the first check: from here on all is as fsck found it
            town.blocks(["0870-1111-2202;Penipuan;WhatsApp"])
            town.run_until_quiet(3)
            with closing(open_exchange(url)) as store:
                town._publish(store, town.peers["opr-uji-a"])
            moved.append(step)

    high_water = tmp_path / "high-water.json"
    kept = Kept(high_water=high_water, exchange=url, shipped=SHIPPED)
    report = prove(str(tmp_path / "palang.sqlite"), VERIFY, kept, move)
    town.close()
    assert moved
    assert report.clean, report.to_lines()
    assert report.figures["published parcels"] == 1
