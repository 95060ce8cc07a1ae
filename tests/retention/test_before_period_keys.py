"""What a program before period keys wrote stays readable, and goes with a purge."""

from __future__ import annotations

from pathlib import Path

from gateway.services.legal_holds import LegalHolds
from gateway.services.retention import Retention
from gateway.store.store import open_store
from gateway.store.wiping import wipe
from keys.period_keys import PeriodFolder
from tests.compiled_once import compile_once
from tests.fsck.town import Town, check
from tests.retention.archive import Archive
from tests.retention.test_purge import CANARY, traces

compile_once()


class Upgraded(Archive):
    """An archive whose first year was written in clear."""

    def __init__(self, folder: Path) -> None:
        Town.__init__(self, folder)
        self.lived()
        assert not (folder / "period-keys").exists()
        self.store.close()
        self.periods = PeriodFolder(folder / "period-keys", folder / "period-secret")
        self.store = open_store(self.url, self.clock, periods=self.periods)
        both = (self.store, self.approvals, self.clock)
        self.holds = LegalHolds(*both)
        self.retention = Retention(*both, self.periods, lambda: wipe(self.url))


def test_rows_in_clear_are_read_and_purged(tmp_path: Path) -> None:
    upgraded = Upgraded(tmp_path)
    try:
        report = check(upgraded.url, periods=upgraded.periods,
                       high_water=tmp_path / "high-water.json")  # fmt: skip
        assert report.clean, "\n".join(report.to_lines())
        assert traces(tmp_path, CANARY)
        upgraded.later()
        upgraded.ruled()
        assert upgraded.purged().tombstone.counts()["numbers"] == 4
        assert traces(tmp_path, CANARY) == []
        report = upgraded.checked()
        assert report.clean, "\n".join(report.to_lines())
    finally:
        upgraded.close()
