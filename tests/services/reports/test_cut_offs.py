"""A recorded cut-off stays: the same figures come out of the rows whatever happens later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.domain.errors import Conflict, InputError, NotFound
from gateway.domain.periods import PeriodKind, read_period
from gateway.domain.times import DAY, HOUR
from gateway.services.reports import Report, ReportService
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES, SLICES
from gateway.store.tables.inbox import CONFIRMATIONS, INBOUND
from gateway.store.tables.lists import INTAKES, RESOLUTIONS
from gateway.store.tables.registry import PARTNERS
from tests.services.reports.making import MONTH, TERM, history
from tests.services.reports.raw import (
    History,
    RawBatch,
    RawDelivery,
    RawReceipt,
    RawStatement,
    change,
    fill,
    store_batches,
    store_intakes,
    store_receipts,
    store_statements,
)
from tests.store.samples import FixedClock

SOME = [(6_287_000_000_100 + at, False) for at in range(5)]


def load(store: SqlStore, made: History) -> None:
    store_batches(store, made.batches, TERM)
    store_receipts(store, made.receipts)
    store_statements(store, made.statements)
    store_intakes(store, made)


def everything_later(store: SqlStore, made: History) -> None:
    """What may come after a cut-off, with times of before it too: clocks of machines differ."""
    deliveries = [delivery for batch in made.batches for delivery in batch.deliveries]
    at = MONTH.begin + 5 * DAY
    for one in deliveries:
        if one.handed_over_at is None:
            change(store, DELIVERIES, {"key": one.key}, handed_over_at=at)
        change(
            store, DELIVERIES, {"key": one.key}, state="ACKNOWLEDGED" if one.halted else "STOPPED"
        )
        if one.sealed is None:
            fill(store, {SLICES: [{"delivery_key": one.key, "blocks": one.share[0]}]})
    sealed = [one for one in deliveries if one.sealed]
    keys = len(made.receipts)
    store_receipts(
        store,
        [
            RawReceipt(keys + i, one.id, "positive", at, counted=True)
            for i, one in enumerate(sealed, 1)
        ],
    )
    keys = len(made.statements)
    revisions = {s.delivery: s.revision for s in made.statements}  # the last one gets a conflict
    store_statements(
        store,
        [
            RawStatement(keys + i, one.id, revisions.get(one.id, 1), at, [(1, "superseded", "")])
            for i, one in enumerate(sealed, 1)
        ],
    )
    for statement in made.statements:
        change(store, CONFIRMATIONS, {"key": statement.key}, conflict=True)
    key = len(deliveries) + 1
    late = RawBatch(900, at, test=False, nobody=7)
    late.deliveries.append(RawDelivery(key, 900, "opr-uji-a", (5, 0), SOME, at))
    store_batches(store, [late], TERM)
    for intake in made.intakes:
        if intake.loading:
            change(store, INTAKES, {"id": intake.id}, state="ready")
    row = {"source": "polri", "digest": "later", "added_at": at, "counts": "[]", "state": "ready"}
    fill(store, {INTAKES: [row | {"id": 900}]})
    refused = {"partner": "opr-uji-a", "state": "REFUSED", "reason": "entry-outside"}
    fill(store, {INBOUND: [refused | {"id": 900, "received_at": at}]})
    resolved = {"intake": 1, "position": 9, "act": "accept", "at": at}
    fill(store, {RESOLUTIONS: [resolved | {"id": 900}]})
    change(store, PARTNERS, {"id": "opr-uji-a"}, name="Nama lain")


@pytest.mark.parametrize(
    "seed", [100, *(pytest.param(s, marks=pytest.mark.long) for s in range(101, 120))]
)
def test_what_comes_later_changes_nothing_of_an_earlier_cut_off(
    store: SqlStore, service: ReportService, clock: FixedClock, seed: int
) -> None:
    made = history(seed)
    load(store, made)
    report = service.make(MONTH)
    everything_later(store, made)
    service.check(report)
    assert service.find(MONTH, report.marks.size) == report
    assert service.make(MONTH).figures != report.figures


def test_what_was_still_to_be_judged_at_the_cut_off_is_not_counted_later(
    store: SqlStore, service: ReportService
) -> None:
    pending = {"partner": "opr-uji-a", "received_at": MONTH.begin + HOUR, "state": "PENDING"}
    fill(store, {INBOUND: [pending | {"id": 1}]})
    report = service.make(MONTH)
    change(store, INBOUND, {"id": 1}, state="REFUSED", reason="entry-outside")
    service.check(report)
    assert service.make(MONTH).figures["strange_statements"] == 1


def test_rows_that_were_changed_behind_a_report_do_not_pass_the_check(
    store: SqlStore, service: ReportService
) -> None:
    batch = RawBatch(1, MONTH.begin, test=False, nobody=0)
    batch.deliveries.append(RawDelivery(1, 1, "opr-uji-a", (5, 0), SOME, MONTH.begin))
    store_batches(store, [batch], TERM)
    report = service.make(MONTH)
    change(store, DELIVERIES, {"key": 1}, handed_over_at=MONTH.begin + HOUR)
    store_receipts(store, [RawReceipt(1, "1.opr-uji-a.1", "positive", MONTH.begin, counted=True)])
    service.check(report)
    forged = replace(report, marks=replace(report.marks, receipts=1))
    with pytest.raises(Conflict, match="operators"):
        service.check(forged)


def test_recorded_cut_offs_are_listed_newest_first(
    store: SqlStore, service: ReportService, clock: FixedClock
) -> None:
    first = service.make(MONTH)
    clock.at += HOUR
    second = service.make(read_period(PeriodKind.QUARTER, "2026-Q4"))
    assert list(service.listed()) == [second, first]
    assert list(service.listed(1)) == [second]
    assert second.leaf == second.marks.size == first.leaf + 1


def test_a_cut_off_that_was_never_taken_is_not_found(service: ReportService) -> None:
    report = service.make(MONTH)
    with pytest.raises(NotFound, match="no cut-off at ledger size"):
        service.find(MONTH, report.marks.size + 1)


def test_a_report_of_a_period_to_come_is_refused(service: ReportService, clock: FixedClock) -> None:
    clock.at = MONTH.begin - 1
    with pytest.raises(InputError, match="has not begun"):
        service.make(MONTH)


def test_a_report_of_a_running_month_says_that_it_is_provisional(
    service: ReportService, clock: FixedClock
) -> None:
    clock.at = MONTH.end - 1
    running = service.make(MONTH)
    clock.at = MONTH.end
    ended: Report = service.make(MONTH)
    assert (running.provisional, ended.provisional) == (True, False)
