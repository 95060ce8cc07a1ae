"""The main road: sealed, sent, acknowledged, confirmed."""

from __future__ import annotations

from gateway.domain.canonical import digest
from gateway.domain.delivery import State
from gateway.domain.ledger import Tag
from gateway.jobs import Trouble
from tests.services.back.parts import entry, numbers
from tests.services.back.world import World


def test_a_released_batch_is_sealed_sent_acknowledged_and_confirmed(world: World) -> None:
    peer = world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(3)])
    world.round()
    assert world.happened(Trouble) == []
    assert world.state("1.opr-uji-a.1") is State.ACKNOWLEDGED
    (progress,) = world.progress.partners()
    assert (progress.entries, progress.sent, progress.acknowledged) == (3, 3, 3)
    assert progress.confirmed == (("diblokir_total", 3),)
    assert (progress.done, progress.outstanding, progress.overdue) == (3, 0, False)
    assert [digest(parcel.data) == parcel.digest for parcel in peer.arrivals] == [True]
    world.check_ledger()


def test_a_change_of_several_rows_is_one_leaf(world: World) -> None:
    world.partner("opr-uji-a")
    world.release([entry(n) for n in numbers(2)])
    world.round()
    for tag in (Tag.DELIVERY_SEAL, Tag.DELIVERY_ATTEMPT, Tag.DELIVERY_OUTCOME, Tag.RECEIPT_RECORD):
        assert len(world.events(tag)) == 1, tag
