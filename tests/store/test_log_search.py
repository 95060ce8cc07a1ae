"""Searching the ledger's events for bytes, on every database."""

from __future__ import annotations

from gateway.domain.ledger import LedgerEvent, Tag
from gateway.store.store import SqlStore
from tests.store.samples import T0

MANY = 150


def test_leaves_are_found_by_bytes_of_their_events_newest_first(store: SqlStore) -> None:
    with store.write() as uow:
        for at in range(MANY):
            tag = Tag.DELIVERY_SEAL if at % 3 else Tag.BATCH_PREPARE
            uow.note(LedgerEvent(tag, T0, {"delivery": f"{at % 2}.opr-uji-a.1", "batch": at}))
        uow.commit("test.note")
    seal, one = b'"event":"delivery.seal"', b'"delivery":"1.opr-uji-a.1"'
    with store.read() as uow:
        every = [leaf.index for leaf in uow.log.search(0, MANY, [])]
        both = [leaf.index for leaf in uow.log.search(0, MANY, [(seal,), (one,)])]
        either = [leaf.index for leaf in uow.log.search(0, MANY, [(seal, b"no such bytes")])]
        part = [leaf.index for leaf in uow.log.search(10, 20, [(one,)])]
    assert every == list(range(MANY))[::-1]
    assert both == [at for at in every if at % 3 and at % 2]
    assert either == [at for at in every if at % 3]
    assert part == [19, 17, 15, 13, 11]
