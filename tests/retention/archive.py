"""A small gateway with period keys whose first batch was freed again, and whose second stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.domain.retention import Policy, policy
from gateway.domain.times import DAY, to_wib
from gateway.fsck.report import Report
from gateway.services.legal_holds import LegalHolds
from gateway.services.retention import Purge, Retention
from gateway.store.wiping import wipe
from keys.period_keys import PeriodFolder
from tests.fsck.town import Town, check
from tests.services.back.peer import Peer

FREED = ("0870-1111-2201", "0870-1111-2202")
STANDS = ("0870-1111-2203",)
CITED = "UU 27/2022 pasal 43"
MONTHS = {"parcels": 2, "proofs": 3, "numbers": 3, "rows": 2}


class Archive(Town):
    """A town with period keys, and its retention."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.periods = PeriodFolder(folder / "period-keys", folder / "period-secret")
        super().__init__(folder, periods=self.periods, **more)
        both = (self.store, self.approvals, self.clock)
        self.holds = LegalHolds(*both)
        self.retention = Retention(*both, self.periods, lambda: wipe(self.url))

    def lived(self) -> Peer:
        """Two blocks that were freed, one that stands; all answered."""
        peer = self.partner("opr-uji-a")
        self.blocks([f"{number};Penipuan;WhatsApp" for number in FREED])
        self.run_until_quiet(3)
        self.blocks([f"{number};Judi online;SMS" for number in STANDS])
        self.run_until_quiet(3)
        self.unblocks(list(FREED))
        self.run_until_quiet(3)
        return peer

    def ruled(self, months: dict[str, int] | None = None, version: str = "2027-1") -> Policy:
        """A policy that two officers signed, from today on."""
        made = policy(version, CITED, months or MONTHS)
        day = self.today()
        self.retention.propose(made, day, self.siti)
        self.retention.approve(version, day, self.budi)
        return made

    def today(self) -> str:
        """The Jakarta day."""
        return to_wib(self.clock.now()).date().isoformat()

    def later(self, days: int = 130) -> None:
        """Time goes by."""
        self.clock.at += days * DAY

    def purged(self) -> Purge:
        """What a purge took."""
        made = self.retention.purge(self.siti)
        assert made is not None
        return made

    def checked(self, database: Path | None = None) -> Report:
        """fsck with the period keys."""
        gone = {
            month: (self.periods.gone(month) or {})["tombstones"]
            for month in self.periods.months_gone()
        }
        high = self.folder / "high-water.json" if database is None else None
        return check(database or self.url, periods=self.periods, gone=gone, high_water=high)
