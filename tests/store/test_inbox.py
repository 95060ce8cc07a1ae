"""What came from partners, and what of it counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.records import InboundState, OutcomeCount, SealedEntry
from gateway.domain.statements import ConfirmRow
from gateway.domain.times import from_wire
from gateway.store.store import SqlStore
from tests.store.samples import (
    D1,
    OPERATOR,
    OTT,
    confirmation,
    event,
    inbound,
    number,
    receipt,
    seed,
    sha,
)

KEEP = event(Tag.INBOUND_KEEP)
RECORD = event(Tag.CONFIRMATION_RECORD)
AT = "2026-11-24T07:00:00Z"


def row(entry: int, code: str = "diblokir_total", scope: str = "total") -> ConfirmRow:
    return ConfirmRow(entry, code, scope, AT)


def test_received_bytes_are_kept_and_judged(store: SqlStore) -> None:
    with store.write() as uow:
        first = uow.inbox.keep(inbound("a"), KEEP)
        second = uow.inbox.keep(inbound("b", OTT), event(Tag.INBOUND_KEEP))
        assert (first.id, second.id) == (1, 2)
        assert uow.inbox.inbound(2) == second
        assert uow.inbox.pending(10) == (first, second)
        assert uow.inbox.pending(1) == (first,)
        refused = replace(first, state=InboundState.REFUSED, reason="bad-signature")
        uow.inbox.judge(refused, event(Tag.STATEMENT_REFUSE))
        assert uow.inbox.pending(10) == (second,)
        assert uow.inbox.listing("", ()) == (second, refused)
        assert uow.inbox.listing(OPERATOR, ()) == (refused,)
        assert uow.inbox.listing("", (InboundState.PENDING,)) == (second,)
        uow.commit("inbound.judge")
    with store.read() as uow:
        assert uow.log.size() == 3


def test_judging_a_duplicate_writes_no_leaf(store: SqlStore) -> None:
    with store.write() as uow:
        kept = uow.inbox.keep(inbound(), KEEP)
        uow.inbox.judge(replace(kept, state=InboundState.DUPLICATE), None)
        uow.commit("inbound.judge")
    with store.read() as uow:
        assert uow.log.size() == 1
        assert uow.inbox.inbound(kept.id).state is InboundState.DUPLICATE


def test_what_was_never_kept_is_not_found(store: SqlStore) -> None:
    with store.write() as uow:
        with pytest.raises(NotFound):
            uow.inbox.inbound(1)
        with pytest.raises(NotFound):
            uow.inbox.judge(replace(inbound(), id=1), None)
        with pytest.raises(NotFound):
            uow.inbox.inbound_by_digest(sha("ack"))


def test_a_replay_is_seen_where_the_earlier_one_was_accepted(store: SqlStore) -> None:
    with store.write() as uow:
        first = uow.inbox.keep(inbound(), KEEP)
        second = uow.inbox.keep(inbound(), KEEP)
        third = uow.inbox.keep(inbound(), KEEP)
        assert uow.inbox.seen(OPERATOR, sha("ack"), third.id) is None
        accepted = replace(second, state=InboundState.ACCEPTED)
        uow.inbox.judge(accepted, KEEP)
        assert uow.inbox.seen(OPERATOR, sha("ack"), third.id) == accepted
        assert uow.inbox.seen(OPERATOR, sha("ack"), second.id) is None
        assert uow.inbox.seen(OTT, sha("ack"), third.id) is None
        assert uow.inbox.inbound_by_digest(sha("ack")) == accepted
        assert first.state is InboundState.PENDING


def test_receipts_come_in_order_of_arrival_and_count_once(store: SqlStore) -> None:
    late = replace(receipt("late"), result="negative", reason="cant-open", late=True)
    with store.write() as uow:
        seed(uow)
        uow.save(receipt("z"), event(Tag.RECEIPT_RECORD))
        uow.save(late, event(Tag.RECEIPT_CONFLICT))
        assert uow.inbox.receipts(D1) == (receipt("z"), late)
        with pytest.raises(Conflict, match="receipts"):
            uow.save(receipt("z"), event(Tag.RECEIPT_RECORD))


def test_the_highest_revision_counts_for_each_entry(store: SqlStore) -> None:
    third = confirmation("c3", 3)
    with store.write() as uow:
        seed(uow)
        add = uow.inbox.add_confirmation
        add(third, [row(2, "dibuka", "")], RECORD)
        add(confirmation("c1", 1), [row(1), row(2), row(3)], RECORD)
        add(confirmation("c2", 2), [row(1, "gagal", "")], RECORD)
        found = uow.inbox.outcomes(D1)
        assert [(one.entry, one.disposition, one.revision) for one in found] == [
            (1, "gagal", 2),
            (2, "dibuka", 3),
            (3, "diblokir_total", 1),
        ]
        assert {one.said_at for one in found} == {from_wire(AT)}
        assert uow.inbox.outcomes(D1, 2) == [found[1]]
        assert found[1].statement == third.statement
        assert uow.inbox.outcomes(D1, 9) == []
        assert [one.revision for one in uow.inbox.confirmations(D1)] == [1, 2, 3]


def test_two_of_one_revision_are_kept_and_neither_counts(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow)
        add = uow.inbox.add_confirmation
        add(confirmation("c1", 1), [row(1, "tertunda", "")], RECORD)
        add(confirmation("c2", 2), [row(1)], RECORD)
        add(confirmation("other", 2, conflict=True), [row(1, "gagal", "")], RECORD)
        assert [one.conflict for one in uow.inbox.confirmations(D1)] == [False, True, True]
        assert [one.disposition for one in uow.inbox.outcomes(D1)] == ["tertunda"]
        add(confirmation("c3", 3), [row(1)], RECORD)
        assert [one.disposition for one in uow.inbox.outcomes(D1)] == ["diblokir_total"]


def test_outcomes_are_totalled_by_what_was_asked(store: SqlStore) -> None:
    lines = [SealedEntry(i, number(i), i == 4) for i in range(1, 6)]
    with store.write() as uow:
        seed(uow)
        uow.deliveries.put_slice(D1, lines)
        add = uow.inbox.add_confirmation
        add(confirmation("c1", 1), [row(1), row(2), row(3, "gagal", "")], RECORD)
        add(confirmation("c2", 2), [row(3), row(4, "dibuka", "")], RECORD)
        assert uow.inbox.outcome_counts(D1) == (
            OutcomeCount(False, "diblokir_total", "total", 3),
            OutcomeCount(True, "dibuka", "", 1),
        )
        assert uow.inbox.outcome_counts("8.opr-uji-a.1") == ()


def test_the_same_statement_is_recorded_once(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow)
        uow.inbox.add_confirmation(confirmation(), [row(1)], RECORD)
        with pytest.raises(Conflict, match="confirmations"):
            uow.inbox.add_confirmation(confirmation(), [row(1)], RECORD)
