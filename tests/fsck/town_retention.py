"""Retention in a town: holds, one of them lifted, and a purge that took an OTT's parcels."""

from __future__ import annotations

from gateway.domain.retention import policy
from gateway.domain.times import DAY, to_wib
from gateway.services.legal_holds import LegalHolds, Order
from gateway.services.retention import Retention
from keys.period_keys import PeriodFolder
from tests.services.back.world import World


def retain(town: World) -> None:
    """Everything that is not the OTT's is under hold; a policy takes what is left of it."""
    both = (town.store, town.approvals, town.clock)
    holds = LegalHolds(*both)
    for partner in ("opr-uji-a", "opr-uji-b"):
        holds.place(Order("partner", partner, 0, "perkara pidana", "LP/B/12"), town.siti)
    holds.place(Order("number", "", 6287011112201, "gugatan", "45/Pdt.G/2026"), town.siti)
    ended = holds.place(Order("batch", "2", 0, "permintaan", "ND-7"), town.siti)
    holds.lift(ended.id, town.siti)
    holds.lift(ended.id, town.budi)
    folder = PeriodFolder(town.folder / "period-keys", town.folder / "period-secret")
    retention = Retention(*both, folder, lambda: None)
    town.clock.at += 40 * DAY
    wanted = policy("2027-1", "UU 27/2022", {"parcels": 1})
    day = to_wib(town.clock.now()).date().isoformat()
    retention.propose(wanted, day, town.siti)
    retention.approve(wanted.version, day, town.budi)
    purge = retention.purge(town.budi)
    assert purge is not None
    gone = {delivery for delivery, _ in purge.tombstone.parcels}
    assert gone == {f"{batch}.ott-uji.1" for batch in (2, 3)}  # 1 and 5 have the held number
