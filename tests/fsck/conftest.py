"""One small gateway a process, copied for each test."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.trust import Trust
from gateway.fsck.report import Report
from keys.period_keys import PeriodFolder
from tests.compiled_once import compile_once
from tests.fsck.town import Town, a_year, check, copy_of

compile_once()


@dataclass(frozen=True)
class Site:
    """A copy of the gateway's files: database, high-water file, partners' copies."""

    folder: Path
    trust: Trust

    @property
    def database(self) -> Path:
        """The core database."""
        return self.folder / "palang.sqlite"

    def kept(self) -> dict[str, Any]:
        """What was kept outside the database."""
        copies = {name: self.folder / name for name in ("opr-uji-a", "opr-uji-b", "ott-uji")}
        periods = PeriodFolder(self.folder / "period-keys", self.folder / "period-secret")
        gone = {m: (periods.gone(m) or {})["tombstones"] for m in periods.months_gone()}
        return {
            "periods": periods,
            "gone": gone,
            "high_water": self.folder / "high-water.json",
            "copies": copies,
            "exchange": str(self.folder / "exchange.sqlite"),
        }

    def check(self, **more: Any) -> Report:
        """Run fsck with everything that was kept."""
        return check(self.database, **({"trust": self.trust} | self.kept() | more))


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Made once; nobody writes to it."""
    return build(tmp_path_factory.mktemp("town"))


def build(folder: Path) -> Site:
    """A gateway after a year, in files without a WAL beside them."""
    folder.mkdir(exist_ok=True)
    town = Town(folder)
    try:
        a_year(town)
        town.exchange()
        for peer in town.peers.values():
            copy_of(folder, peer)
        trust = town.trust()
    finally:
        town.close()
    for file in folder.rglob("*.sqlite"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Site(folder, trust)


@pytest.fixture
def site(original: Site, tmp_path: Path) -> Iterator[Site]:
    """A copy to spoil."""
    shutil.copytree(original.folder, tmp_path / "site")
    yield Site(tmp_path / "site", original.trust)
