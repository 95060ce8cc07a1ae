"""A unit that is bound to a partner writes that partner's rows and no others, on every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.errors import Conflict
from gateway.domain.ledger import Tag
from gateway.ports import Aggregate
from gateway.store.scope import owner
from gateway.store.store import SqlStore
from tests.store.samples import (
    OPERATOR,
    OTT,
    approval,
    attempt,
    batch,
    delivery,
    event,
    gateway,
    key,
    manifest,
    officer,
    partner,
    receipt,
    sealing,
    seed,
)

OWN: list[Aggregate] = [delivery(), manifest(), sealing(), attempt(), receipt()]
OTHERS: list[Aggregate] = [
    batch(),
    officer(),
    partner(),
    key(),
    gateway(),
    approval(),
]


@pytest.mark.parametrize("aggregate", OWN, ids=lambda a: type(a).__name__)
def test_a_row_of_a_partner_knows_whose_it_is(aggregate: Aggregate) -> None:
    assert owner(aggregate) == OPERATOR


@pytest.mark.parametrize("aggregate", [*OWN, *OTHERS], ids=lambda a: type(a).__name__)
def test_a_unit_of_a_partner_writes_nothing_of_another(
    store: SqlStore, aggregate: Aggregate
) -> None:
    with store.write(OTT) as uow, pytest.raises(Conflict, match=f"unit of work of {OTT} can't"):
        uow.save(aggregate, event(Tag.DELIVERY_ATTEMPT))


def test_a_unit_of_a_partner_writes_that_partners_own(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow)
        uow.commit("batch.release")
    with store.write(OPERATOR) as uow:
        uow.save(replace(delivery(), reason="seen"), event(Tag.DELIVERY_ATTEMPT))
        uow.save(attempt(), event(Tag.DELIVERY_ATTEMPT))
        uow.commit("delivery.attempt")
    with store.read() as uow:
        assert uow.deliveries.delivery(delivery().id).reason == "seen"
