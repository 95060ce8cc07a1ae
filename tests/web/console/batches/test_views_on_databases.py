"""The read models of batches and partners say the same on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.batch import BatchState
from gateway.domain.errors import NotFound
from gateway.domain.parties import PartnerKind, Standing
from gateway.ports.views.batches import BatchFilter, EntryFilter
from gateway.ports.views.partners import PartnerFilter
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES
from gateway.store.tables.lists import BATCHES, ENTRIES
from gateway.store.tables.registry import APPROVALS
from gateway.store.views.batches import SqlBatchPages
from gateway.store.views.partners import SqlPartnerPages
from tests.services.reports.conftest import opened
from tests.services.reports.raw import fill
from tests.store import samples
from tests.store.conftest import DATABASES
from tests.store.samples import FixedClock

CARD = samples.sha("a newer card")
NOW = 1_795_600_000_000_000


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    with opened(request.param, tmp_path, FixedClock(NOW)) as made:
        yield made


def test_batches_are_counted_filtered_and_named(store: SqlStore) -> None:
    said = {"act": "batch.submit", "subject": "batch:8", "officer": "siti"}
    states = {7: "PREPARED", 8: "STOPPED"}
    fill(
        store,
        {
            BATCHES: ({"id": one, "priority": 2, "state": was} for one, was in states.items()),
            ENTRIES: ({"batch": 7} | samples.entry(i)._asdict() for i in range(5)),
            APPROVALS: [said],
        },
    )
    pages = SqlBatchPages(store)
    lines = pages.page(BatchFilter(), 0, 9)
    assert [(line.id, line.entries, line.submitted_by) for line in lines] == [
        (8, 0, "siti"),
        (7, 5, ""),
    ]
    assert [line.id for line in pages.page(BatchFilter(BatchState.PREPARED), 0, 9)] == [7]
    assert pages.page(BatchFilter(since=1), 0, 9) == ()
    first = pages.entries(7, EntryFilter(), 0, 2)
    rest = pages.entries(7, EntryFilter(), first[-1].number, 9)
    assert [e.number for e in (*first, *rest)] == [samples.number(i) for i in range(5)]
    assert pages.entries(7, EntryFilter("tidak ada"), 0, 9) == ()
    assert (pages.count(7, 3), pages.count(7, 99), pages.sources(7)) == (3, 5, ())


def test_partners_are_told_with_what_waits_and_fails(store: SqlStore) -> None:
    made = {"opr-uji-a": "QUEUED", "opr-uji-b": "FAILED"}
    said = {"act": "partner.propose", "subject": "partner:ott-uji-a", "digest": CARD}
    fill(
        store,
        {
            BATCHES: [{"id": 7, "state": "RELEASED"}],
            DELIVERIES: (
                {"key": key, "id": f"7.{name}.1", "batch": 7, "partner": name}
                | {"state": state, "tries": 2}
                for key, (name, state) in enumerate(made.items(), 1)
            ),
            APPROVALS: [said],
        },
    )
    pages = SqlPartnerPages(store)
    lines = {line.id: line for line in pages.page(PartnerFilter(), "", 9)}
    assert (lines["opr-uji-a"].waiting, lines["opr-uji-a"].retried) == (1, 1)
    assert lines["opr-uji-b"].failed == 1
    assert lines["opr-uji-b"].health == "failing"
    assert lines["opr-uji-c"].health == "silent"
    assert [one.id for one in pages.page(PartnerFilter(standing=Standing.PROPOSED), "", 9)] == [
        "ott-uji-a"
    ]
    otts = pages.page(PartnerFilter(PartnerKind.OTT), "ott-uji-a", 9)
    assert [one.id for one in otts] == ["ott-uji-b"]
    with pytest.raises(NotFound):
        pages.line("tidak-ada")
