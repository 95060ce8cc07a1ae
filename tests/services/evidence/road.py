"""A delivery's whole road over the real store: released by two officers, sealed, sent, answered."""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path
from typing import Any

from gateway.domain.batch import Batch, BatchState, Entry
from gateway.domain.delivery import Delivery, Priority
from gateway.domain.ids import DeliveryId
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.services.approvals import Act, Asked, approval_event
from gateway.services.evidence import EvidenceService
from tests.services.back.world import World, _review


class Road(World):
    """As the worker's test world, with the front's ledger events at submit and release."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.evidence = EvidenceService(self.store, self.clock, self.checkpoints.covering)

    def release(
        self,
        entries: list[Entry],
        partners: list[str] | None = None,
        lane: Priority = Priority.ROUTINE,
        words: int = 2,
        **batch: Any,
    ) -> int:
        """A batch submitted by Siti and released by Budi, as gateway/services/release.py does."""
        now, wanted = self.clock.now(), partners or list(self.peers)
        with self.store.write() as uow:
            number = uow.lists.next_batch()
            values: dict[str, Any] = {"test": True, "salt": secrets.token_bytes(32)} | batch
            values["priority"] = lane
            made = Batch(number, created_at=now, **values)
            uow.save(made, LedgerEvent(Tag.BATCH_PREPARE, now, {"batch": number}))
            uow.lists.put_entries(number, entries)
            review = _review(made, uow.lists.entries(number), wanted)
            frozen = dataclasses.replace(made, state=BatchState.SUBMITTED, review=review.to_bytes())
            asked = Asked(Act.BATCH_SUBMIT, f"batch:{number}", frozen.digest)
            word = self.approvals.sign(uow, self.siti, asked, now)
            event = approval_event(Tag.BATCH_SUBMIT, word, {"batch": number})
            uow.save(frozen, event)
            uow.save(word, event)
            asked = dataclasses.replace(asked, act=Act.BATCH_RELEASE)
            word = self.approvals.sign(uow, self.budi, asked, now)
            event = approval_event(Tag.BATCH_RELEASE, word, {"batch": number})
            uow.save(dataclasses.replace(frozen, state=BatchState.RELEASED, released_at=now), event)
            uow.save(word, event)
            for partner in wanted:
                one = Delivery(str(DeliveryId(number, partner, 1)), number, partner, lane, now, now)
                uow.save(one, event)
            uow.commit("batch.release")
        return number
