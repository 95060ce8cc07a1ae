"""Intakes, batches and entries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.batch import BatchState, Entry
from gateway.domain.delivery import Priority
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ledger import Tag
from gateway.store import entries as reading
from gateway.store.store import SqlStore
from tests.store.damage import raw
from tests.store.samples import (
    T0,
    add_intake,
    batch,
    entry,
    event,
    intake,
    intake_row,
    number,
    pages,
)


def test_an_intake_keeps_all_its_rows_in_order(store: SqlStore) -> None:
    rows = [intake_row(9), intake_row(2, "held"), intake_row(2, "rejected"), intake_row(30)]
    with store.write() as uow:
        first = add_intake(uow, intake(), iter(rows), event(Tag.INTAKE_ADD))
        second = add_intake(uow, intake("lain.csv"), rows[:1], event(Tag.INTAKE_ADD))
        uow.commit("intake.add")
    with store.read() as uow:
        assert list(uow.lists.intake_rows(first)) == rows
        assert list(uow.lists.intake_rows(first, "accepted")) == [rows[0], rows[3]]
        assert list(uow.lists.intake_rows(second)) == rows[:1]
        assert uow.lists.intakes() == (
            replace(intake("lain.csv"), id=second, loaded_at=T0),
            replace(intake(), id=first, loaded_at=T0),
        )
        assert uow.log.size() == 2


def test_single_rows_of_an_intake_are_found_by_their_positions(store: SqlStore) -> None:
    with store.write() as uow:
        key = add_intake(uow, intake(), map(intake_row, range(10, 17)), event(Tag.INTAKE_ADD))
        uow.commit("intake.add")
    with store.read() as uow:
        found = uow.lists.rows_at(key, [7, 1, 4, 5, 8, 0])
        assert found == {at: intake_row(at + 9) for at in (1, 4, 5, 7)}
        assert uow.lists.rows_at(key, []) == uow.lists.rows_at(key + 1, [1]) == {}


def test_rows_of_a_program_before_the_pages_are_read_as_well(store: SqlStore, url: str) -> None:
    with store.write() as uow:
        key = add_intake(uow, intake(), [], event(Tag.INTAKE_ADD))
        uow.commit("intake.add")
    rows = [intake_row(2), intake_row(3, "held")]
    for position, row in enumerate(rows, 1):
        values = ", ".join(map(repr, (key, position, *row[:13])))
        raw(url, f"INSERT INTO intake_rows VALUES ({values}, true)")
    with store.read() as uow:
        assert list(uow.lists.placed_rows(key)) == list(enumerate(rows, 1))
        assert uow.lists.rows_at(key, [2, 3]) == {2: rows[1]}
        assert [place[0] for place in uow.lists.row_places(key)] == [1, 2]


def test_the_same_file_is_recognised_and_not_stored_twice(store: SqlStore) -> None:
    with store.write() as uow:
        assert uow.lists.intake_by_digest(intake().digest) is None
        key = add_intake(uow, intake(), [], event(Tag.INTAKE_ADD))
        assert uow.lists.intake_by_digest(intake().digest) == replace(
            intake(), id=key, loaded_at=T0
        )
        with pytest.raises(Conflict, match="already"):
            add_intake(uow, intake(), [], event(Tag.INTAKE_ADD))


def test_batch_numbers_only_rise(store: SqlStore) -> None:
    with store.write() as uow:
        assert [uow.lists.next_batch(), uow.lists.next_batch()] == [1, 2]
        uow.commit("batch.prepare")
    with store.write() as uow:
        assert uow.lists.next_batch() == 3


def test_a_batch_is_read_as_it_was_saved(store: SqlStore) -> None:
    released = replace(
        batch(8, BatchState.RELEASED, stopped=True), priority=Priority.UNBLOCK, test=False
    )
    with store.write() as uow:
        uow.save(batch(), event())
        uow.save(batch(8), event())
        uow.save(released, event(Tag.BATCH_RELEASE))
        assert uow.lists.batch(7) == batch()
        assert uow.lists.batches() == (released, batch())
        with pytest.raises(NotFound):
            uow.lists.batch(9)


def test_entries_come_in_the_order_of_numbers_and_a_known_number_is_left(store: SqlStore) -> None:
    with store.write() as uow:
        uow.save(batch(), event())
        assert uow.lists.put_entries(7, [entry(5), entry(2)]) == 2
        again = entry(5)._replace(category="penipuan")
        assert uow.lists.put_entries(7, iter([again, entry(3), entry(3)])) == 1
        assert uow.lists.entries(7) == [entry(2), entry(3), entry(5)]
        assert all(type(one) is Entry for one in uow.lists.entries(7))


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5])
def test_entries_come_in_blocks_too(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(reading, "BLOCK", 2)
    every = [entry(i) for i in range(count)]
    with store.write() as uow:
        for name in (6, 7, 8):
            uow.save(batch(name), event())
            uow.lists.put_entries(name, every if name == 7 else [entry(9)])
        blocks = list(uow.lists.blocks(7))
        assert [len(block) for block in blocks] == [2] * (count // 2) + [1] * (count % 2)
        assert [one for block in blocks for one in block] == uow.lists.entries(7) == every
        assert all(type(one) is Entry for block in blocks for one in block)


@pytest.mark.parametrize("state", [BatchState.SUBMITTED, BatchState.RELEASED, BatchState.STOPPED])
def test_a_frozen_batch_takes_no_entries(store: SqlStore, state: BatchState) -> None:
    with store.write() as uow:
        uow.save(batch(), event())
        uow.lists.put_entries(7, [entry(1)])
        uow.save(batch(7, state), event(Tag.BATCH_SUBMIT))
        with pytest.raises(Conflict, match=f"batch 7 is {state}"):
            uow.lists.put_entries(7, [entry(2)])
        assert uow.lists.entries(7) == [entry(1)]


def test_entries_need_their_batch(store: SqlStore) -> None:
    with store.write() as uow, pytest.raises(NotFound, match="batch 7"):
        uow.lists.put_entries(7, [entry(1)])


def test_numbers_released_before_show_the_latest_action(store: SqlStore) -> None:
    with store.write() as uow:
        for name, lines in (
            (1, [entry(1), entry(2), entry(3)]),
            (2, [entry(2, "unblock"), entry(4)]),
            (3, [entry(1, "unblock"), entry(5)]),
        ):
            uow.save(batch(name), event())
            uow.lists.put_entries(name, lines)
        uow.save(batch(1, BatchState.RELEASED), event(Tag.BATCH_RELEASE))
        stopped = replace(batch(2, BatchState.STOPPED, stopped=True), released_at=T0)
        uow.save(stopped, event(Tag.BATCH_STOP))
        asked = [number(i) for i in range(1, 7)]
        wanted = {number(1): "block", number(2): "unblock", number(3): "block"}
        assert uow.lists.released_before(asked) == wanted | {number(4): "block"}
        assert uow.lists.released_before([]) == {}
        assert uow.lists.released_numbers(4) == frozenset(map(number, range(1, 5)))
        assert uow.lists.released_numbers(3) is None


def test_more_numbers_than_a_statement_has_parameters_can_be_asked_at_once(
    store: SqlStore,
) -> None:
    with store.write() as uow:
        uow.save(batch(), event())
        uow.lists.put_entries(7, (entry(i) for i in range(0, 300_000, 3000)))
        uow.save(batch(7, BatchState.RELEASED), event(Tag.BATCH_RELEASE))
        found = uow.lists.released_before([number(i) for i in range(300_000)])
        assert sorted(found) == [number(i) for i in range(0, 300_000, 3000)]


def test_a_loading_intake_is_seen_by_nobody_and_its_file_can_be_added_meanwhile(
    store: SqlStore,
) -> None:
    with store.write() as uow:
        key = uow.lists.begin_intake(intake())
        uow.lists.put_pages(key, pages([intake_row(2)]))
        uow.commit("intake.rows")
    with store.read() as uow:
        assert uow.lists.intakes() == ()
        assert uow.lists.intake_by_digest(intake().digest) is None
        with pytest.raises(NotFound):
            uow.lists.intake(key)
    with store.write() as uow:
        other = add_intake(uow, intake(), [intake_row(2)], event(Tag.INTAKE_ADD))
        uow.commit("intake.add")
    with store.write() as uow, pytest.raises(Conflict, match=f"is intake {other} already"):
        uow.lists.finish_intake(replace(intake(), id=key), event(Tag.INTAKE_ADD))


def test_no_entry_stands_on_an_intake_that_is_not_complete(store: SqlStore) -> None:
    with store.write() as uow:
        key = uow.lists.begin_intake(intake())
        uow.save(batch(), event())
        with pytest.raises(Conflict):
            uow.lists.put_entries(7, [entry(1)._replace(source=key)])


def test_an_abandoned_intake_is_swept_and_takes_no_more_rows(store: SqlStore) -> None:
    with store.write() as uow:
        key = uow.lists.begin_intake(intake())
        uow.lists.put_pages(key, pages(map(intake_row, range(5))))
        uow.commit("intake.rows")
    with store.write() as uow:
        assert uow.lists.abandoned(T0) == ()
        assert uow.lists.abandoned(T0 + 1) == (key,)
        uow.lists.sweep(key)
        assert list(uow.lists.intake_rows(key)) == []
        with pytest.raises(Conflict, match="swept"):
            uow.lists.put_pages(key, pages([intake_row(6)], 6))


def test_a_complete_intake_is_never_swept(store: SqlStore) -> None:
    with store.write() as uow:
        key = add_intake(uow, intake(), [intake_row(2)], event(Tag.INTAKE_ADD))
        with pytest.raises(Conflict):
            uow.lists.sweep(key)
