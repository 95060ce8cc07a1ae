"""Deliveries: leases and fences, streams, sealings, and the questions asked by number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.delivery import Priority, State
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import Tag
from gateway.domain.records import SealedEntry, Stream
from gateway.domain.times import HOUR, MINUTE
from gateway.ports import DeliveryFilter
from gateway.store import entries as reading
from gateway.store.store import SqlStore
from tests.store.samples import (
    D1,
    OPERATOR,
    OTT,
    T0,
    FixedClock,
    attempt,
    batch,
    delivery,
    entry,
    event,
    manifest,
    number,
    refused,
    seal,
    sealing,
    seed,
    sha,
)

SEAL = event(Tag.DELIVERY_SEAL)
TRY = event(Tag.DELIVERY_ATTEMPT)


def test_a_delivery_is_read_as_it_was_saved(store: SqlStore) -> None:
    full = replace(
        delivery(),
        priority=Priority.UNBLOCK,
        state=State.ACKNOWLEDGED,
        epoch=1,
        sequence=3,
        manifest=sha("m"),
        sealing=2,
        attempts=4,
        tries=1,
        handed_over_at=T0 + 1,
        acknowledged_at=T0 + 2,
        conflict=True,
        reason="lost reply",
    )
    with store.write() as uow:
        seed(uow)
        uow.save(full, SEAL)
        uow.commit("delivery.seal")
    with store.read() as uow:
        assert uow.deliveries.delivery(D1) == full
        with pytest.raises(NotFound):
            uow.deliveries.delivery("8.opr-uji-a.1")


def test_deliveries_are_listed_by_batch_and_partner(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (7, 8))
        stopped = replace(delivery(7, OTT), state=State.STOPPED)
        uow.save(stopped, SEAL)
        listed = uow.deliveries.deliveries
        assert listed(DeliveryFilter()) == (delivery(7), stopped, delivery(8))
        assert listed(DeliveryFilter(batch=8)) == (delivery(8),)
        assert listed(DeliveryFilter(partner=OTT)) == (stopped,)
        assert listed(DeliveryFilter(due=True)) == tuple(
            d for d in listed(DeliveryFilter()) if d.due_at
        )
        assert listed(DeliveryFilter(7, states=(State.QUEUED, State.SENT))) == (delivery(7),)


def test_a_claim_raises_the_fence_and_takes_the_lease(store: SqlStore, clock: FixedClock) -> None:
    with store.write() as uow:
        seed(uow)
        claimed = uow.deliveries.claim(delivery(), T0 + MINUTE)
        assert claimed == replace(delivery(), fence=1, lease_until=T0 + MINUTE)
        assert uow.deliveries.delivery(D1) == claimed
        with pytest.raises(Conflict, match="holds its lease"):
            uow.deliveries.claim(claimed, T0 + HOUR)
        assert uow.deliveries.holds(D1, 1, T0 + MINUTE - 1)
        assert not uow.deliveries.holds(D1, 1, T0 + MINUTE)
        assert not uow.deliveries.holds(D1, 0, T0)
        assert not uow.deliveries.holds("8.opr-uji-a.1", 1, T0)
        uow.commit("delivery.attempt")
    clock.at = T0 + MINUTE
    with store.write() as uow:
        assert uow.deliveries.claim(claimed, T0 + HOUR).fence == 2
        uow.commit("delivery.attempt")
    with store.write() as uow:
        with pytest.raises(Conflict, match="lease was lost"):
            uow.save(replace(claimed, state=State.SENT), TRY)
        assert uow.deliveries.delivery(D1).state is State.QUEUED


def test_a_delivery_that_moved_since_it_was_read_is_not_claimed(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow)
        uow.save(replace(delivery(), state=State.ACKNOWLEDGED), TRY)
        with pytest.raises(Conflict, match="changed since"):
            uow.deliveries.claim(delivery(), T0 + MINUTE)


def test_due_ones_come_by_lane_then_batch_without_leased_ones(
    store: SqlStore, clock: FixedClock
) -> None:
    with store.write() as uow:
        seed(uow, (1, 2, 3, 4, 5, 6))
        uow.save(replace(delivery(2), priority=Priority.URGENT), TRY)
        uow.save(replace(delivery(3), state=State.SENT), TRY)
        uow.save(replace(delivery(4), due_at=T0 + 1), TRY)
        uow.save(replace(delivery(6), priority=Priority.UNBLOCK), TRY)
        uow.deliveries.claim(delivery(5), T0 + MINUTE)
        ids = [one.batch for one in uow.deliveries.due(T0, 10)]
        assert ids == [6, 2, 1]
        assert [one.batch for one in uow.deliveries.due(T0, 2)] == [6, 2]
        assert [one.batch for one in uow.deliveries.due(T0 + MINUTE, 10)] == [6, 2, 1, 4, 5]


def test_a_dead_worker_leaves_a_lapsed_delivery_whatever_its_state(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (1, 2, 3, 4))
        leases = ((1, State.SENDING, T0), (2, State.SENDING, T0 + 1), (3, State.ACKNOWLEDGED, T0))
        for name, state, lease in leases:
            one = replace(delivery(name), state=state, lease_until=lease)
            uow.save(one, TRY)
            uow.save(attempt(one.id), TRY)
        done = replace(delivery(4), state=State.SENT, lease_until=T0)
        uow.save(done, TRY)
        uow.save(replace(attempt(done.id), outcome="sent", ended_at=T0), TRY)
        assert [one.batch for one in uow.deliveries.lapsed(T0)] == [1, 3]


def test_unsealed_ones_come_in_batch_order(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (9, 2, 11))
        uow.save(replace(delivery(2), sequence=1, epoch=1), SEAL)
        uow.save(delivery(9, OTT), SEAL)
        assert [one.batch for one in uow.deliveries.unsealed(OPERATOR)] == [9, 11]


def test_attempts_are_in_flight_until_their_outcome(store: SqlStore) -> None:
    ended = replace(attempt(), outcome="sent", ended_at=T0 + 1, remote_id="250", endpoint="e")
    with store.write() as uow:
        seed(uow, (7, 8))
        uow.save(attempt(), TRY)
        uow.save(attempt("8.opr-uji-a.1"), TRY)
        assert uow.deliveries.in_flight(OPERATOR) == 2
        uow.save(ended, event(Tag.DELIVERY_OUTCOME))
        uow.save(attempt(number=2), TRY)
        assert uow.deliveries.in_flight(OPERATOR) == 2
        assert uow.deliveries.in_flight(OTT) == 0
        assert uow.deliveries.attempts(D1) == (ended, attempt(number=2))


def test_a_stream_moves_by_compare_and_swap(store: SqlStore) -> None:
    empty = Stream(OPERATOR, 1, 0, "")
    first = Stream(OPERATOR, 1, 1, sha("m1"), ((1, sha("m1")),))
    with store.write() as uow:
        seed(uow)
        streams = uow.deliveries
        assert streams.stream(OPERATOR, 1) == empty
        streams.advance(empty, first)
        assert streams.stream(OPERATOR, 1) == first
        assert streams.stream(OPERATOR, 2) == Stream(OPERATOR, 2, 0, "")
        second = Stream(OPERATOR, 1, 2, sha("m2"))
        streams.advance(first, second)
        for before, after in (
            (first, second),
            (empty, first),
            (second, Stream(OPERATOR, 1, 1, sha("m1"))),
            (second, Stream(OTT, 1, 3, sha("m3"))),
        ):
            with pytest.raises(Conflict, match="stream of"):
                streams.advance(before, after)
        assert streams.stream(OPERATOR, 1) == second


def test_a_manifest_and_its_sealings_are_kept_as_made(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow)
        assert uow.deliveries.manifest(D1) is None
        uow.save(manifest(), SEAL)
        uow.save(sealing(), SEAL)
        uow.save(sealing(number=2), SEAL)
        assert uow.deliveries.manifest(D1) == manifest()
        assert uow.deliveries.delivery_of_sequence(OPERATOR, 1, 1) == D1
        assert uow.deliveries.delivery_of_sequence(OPERATOR, 2, 1) is None
        assert uow.deliveries.sealing(D1, 2) == sealing(number=2)
        assert uow.deliveries.sealing_of_parcel(OPERATOR, sealing(number=2).digest) == (D1, 2)
        assert uow.deliveries.sealing_of_parcel(OTT, sealing().digest) is None
        with pytest.raises(NotFound):
            uow.deliveries.sealing(D1, 3)
        uow.commit("delivery.seal")
    refused(store, replace(manifest(), digest=sha("other")), "manifests")
    refused(store, replace(sealing(), parcel=b"other"), "sealings")


def test_a_sequence_is_taken_once(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (7, 8))
        uow.save(manifest(), SEAL)
        with pytest.raises(Conflict, match="manifests"):
            uow.save(manifest("8.opr-uji-a.1"), SEAL)


def test_a_slice_is_written_once(store: SqlStore) -> None:
    lines = [SealedEntry(1, number(5), False), SealedEntry(2, number(3), True)]
    with store.write() as uow:
        seed(uow)
        assert uow.deliveries.slice(D1) == []
        uow.deliveries.put_slice(D1, lines)
        assert uow.deliveries.slice(D1) == lines
        assert all(type(line.unblock) is bool for line in uow.deliveries.slice(D1))
        with pytest.raises(Conflict, match="written once"):
            uow.deliveries.put_slice(D1, lines)
        with pytest.raises(NotFound):
            uow.deliveries.put_slice("9.opr-uji-a.1", lines)


def test_a_sealed_slices_entries_come_in_its_order_and_in_blocks(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 2)
    with store.write() as uow:
        for name, count in ((7, 6), (8, 9)):
            uow.save(batch(name), event())
            rows = [entry(i)._replace(evidence_ref=f"B-{name}") for i in range(count)]
            uow.lists.put_entries(name, rows)
        seed(uow, (7, 8))
        seal(uow, D1, tuple(map(number, (5, 3, 8, 1, 0, 2))))  # 8 is in another batch alone
        blocks = list(uow.deliveries.slice_blocks(D1))
        wanted = ((number(5), number(3)), (number(1), number(0)), (number(2),))
        assert tuple(tuple(one.number for one in block) for block in blocks) == wanted
        assert {one.evidence_ref for block in blocks for one in block} == {"B-7"}
        assert list(uow.deliveries.slice_blocks("8.opr-uji-a.1")) == []


def test_numbers_sealed_before_are_blocks_of_that_partner(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (7, 8))
        uow.save(delivery(7, OTT), SEAL)
        seal(uow, D1, (number(1), number(2)))
        seal(uow, "7.ott-uji-a.1", (number(3),))
        seal(uow, "8.opr-uji-a.1", (number(4),), unblock=True)
        asked = [number(i) for i in range(1, 6)]
        assert uow.deliveries.sealed_numbers(OPERATOR, asked) == {number(1), number(2)}
        assert uow.deliveries.sealed_numbers(OTT, asked) == {number(3)}
        assert uow.deliveries.sealed_numbers(OPERATOR, []) == frozenset()


def test_blocks_sealed_since_count_by_the_first_sealing(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (7, 8, 9))
        for name, count, at in ((7, 1, T0), (8, 2, T0 + 10), (9, 4, T0 + 20)):
            seal(uow, f"{name}.opr-uji-a.1", tuple(map(number, range(count))))
            uow.save(sealing(f"{name}.opr-uji-a.1", at=at), SEAL)
        uow.save(sealing(number=2, at=T0 + 30), SEAL)
        seal_of = uow.deliveries.blocks_sealed_since
        assert [seal_of(OPERATOR, T0 + t) for t in (0, 1, 11, 21)] == [7, 6, 4, 0]
        assert seal_of(OTT, T0) == 0


def test_an_order_is_overtaken_by_a_later_released_batch_only(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow)
        for name, lines, state in (
            (6, [entry(1)], BatchState.RELEASED),
            (8, [entry(2, "unblock")], BatchState.RELEASED),
            (9, [entry(3)], BatchState.SUBMITTED),
            (10, [entry(4)], BatchState.RELEASED),
        ):
            uow.save(batch(name), event())
            uow.lists.put_entries(name, lines)
            uow.save(batch(name, state, stopped=name == 10), event())
        seal(uow, D1, tuple(number(i) for i in (4, 3, 2, 1)))
        assert uow.deliveries.overtaken(D1) == {3}


def test_a_number_leads_to_every_slice_that_holds_it(store: SqlStore) -> None:
    with store.write() as uow:
        seed(uow, (7, 8))
        uow.save(delivery(7, OTT), SEAL)
        seal(uow, "8.opr-uji-a.1", (number(2), number(1)))
        seal(uow, D1, (number(1),))
        seal(uow, "7.ott-uji-a.1", (number(3), number(4), number(1)))
        found = uow.deliveries.deliveries_of_number(number(1))
        assert found == ((D1, 1), ("7.ott-uji-a.1", 3), ("8.opr-uji-a.1", 2))
        assert uow.deliveries.deliveries_of_number(number(9)) == ()
