"""A report of a large delivery stays small in memory, however many revisions there are."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from gateway.domain.times import DAY, HOUR
from gateway.services.reports import ReportService
from gateway.store.views.reports import SqlReports
from tests.services.reports.conftest import opened
from tests.services.reports.making import MONTH, TERM
from tests.services.reports.raw import (
    RawBatch,
    RawDelivery,
    RawStatement,
    store_batches,
    store_statements,
)
from tests.store.conftest import SQLITE
from tests.store.samples import FixedClock

ENTRIES = 100_000


@pytest.mark.long
def test_a_revised_answer_of_many_entries_is_folded_in_few_bytes_an_entry(tmp_path: Path) -> None:
    clock, at = FixedClock(MONTH.end + 5 * DAY), MONTH.begin + DAY
    numbers = [(6_287_000_000_000 + n, n % 10 == 0) for n in range(ENTRIES)]
    sealed = RawDelivery(1, 1, "opr-uji-a", (ENTRIES * 9 // 10, ENTRIES // 10), numbers, at)
    said = [
        RawStatement(revision, sealed.id, revision, at + revision * HOUR, [
            (entry, "dibuka" if unblock else "diblokir_total", "total")
            for entry, (_, unblock) in enumerate(numbers, 1)
        ])
        for revision in (1, 2)
    ]  # fmt: skip
    with opened(SQLITE, tmp_path, clock) as store:
        store_batches(store, [RawBatch(1, at, False, 0, [sealed])], TERM)
        store_statements(store, said)
        service = ReportService(store, SqlReports(store), clock)
        tracemalloc.start()
        try:
            (figures,) = service.make(MONTH).figures["operators"]
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert figures["block"]["done"] == ENTRIES * 9 // 10
    assert figures["to_declared_blocked"]["seconds"] == [3600] * 4
    # most of it is one fetch of 20,000 rows, whatever the size
    assert peak < 200 * ENTRIES, f"{peak / ENTRIES:.0f} bytes an entry"
