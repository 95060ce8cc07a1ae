"""A delivery's whole road over the real store and services: two officers, worker, honest peers."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from gateway.domain.batch import Batch, Entry
from gateway.domain.delivery import Priority
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.services.evidence import EvidenceService
from gateway.services.guards import GuardLimits
from gateway.services.release import Release
from tests.services.back.parts import SetClock
from tests.services.back.world import World
from tests.services.front.world import reference_tables

LIMITS = GuardLimits(20_000, 100, 100, 100, 10_000)


class Road(World):
    """As the worker's test world, with the real release and the export beside it."""

    def __init__(self, folder: Path, clock: SetClock | None = None) -> None:
        super().__init__(folder, clock=clock)
        for table in reference_tables():
            self.save(table, Tag.REFERENCE_LOAD, kind=table.kind, digest=table.digest)
        self.releases = Release(self.store, self.approvals, self.clock, LIMITS)
        self.evidence = EvidenceService(self.store, self.clock, self.checkpoints.covering)

    def release(
        self,
        entries: list[Entry],
        partners: list[str] | None = None,
        lane: Priority = Priority.ROUTINE,
        words: int = 2,
        **batch: Any,
    ) -> int:
        """A batch that Siti submits and Budi releases; who gets it, the rules decide."""
        now = self.clock.now()
        with self.store.write() as uow:
            number = uow.lists.next_batch()
            values: dict[str, Any] = {"test": True, "salt": secrets.token_bytes(32)} | batch
            values["priority"] = lane
            made = Batch(number, created_at=now, **values)
            uow.save(made, LedgerEvent(Tag.BATCH_PREPARE, now, {"batch": number}))
            uow.lists.put_entries(number, entries)
            uow.commit("batch.prepare")
        self.releases.submit(number, self.siti)
        self.releases.release(number, self.budi)
        return number
