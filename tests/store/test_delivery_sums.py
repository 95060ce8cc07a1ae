"""Partners' sums and what is due, counted by the database over the tallies, on every database."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.domain.times import DAY, HOUR, Micros
from gateway.store.store import SqlStore, open_store
from gateway.store.tables.deliveries import DELIVERIES
from gateway.store.tables.inbox import TALLIES
from gateway.store.tables.lists import BATCHES
from gateway.store.views import deliveries as views
from tests.services.reports.raw import fill, partners
from tests.store.conftest import fresh_database
from tests.store.samples import T0, FixedClock

A, B, OTT = "opr-uji-a", "opr-uji-b", "ott-uji-a"
Sent = tuple[str, str, Micros | None, tuple[int, int, int] | None]
"""Partner, state, hand-over, and entries, final and done where it is sealed."""

SENT: list[Sent] = [
    (A, "ACKNOWLEDGED", T0 - 30 * HOUR, (10, 8, 7)),  # late by six hours
    (A, "SENT", T0 - 20 * HOUR, (5, 0, 0)),  # due within four
    (A, "SENT", T0 - HOUR, (3, 1, 1)),  # far from due
    (A, "ACKNOWLEDGED", T0 - 40 * HOUR, (4, 4, 2)),  # answered
    (A, "STOPPED", T0 - 40 * HOUR, (100, 1, 1)),  # waits for nothing
    (A, "QUEUED", None, None),
    (A, "FAILED", None, (6, 0, 0)),
    (B, "WITHHELD", None, None),
    (OTT, "SENT", T0 - 90 * HOUR, (9, 2, 2)),  # has a target, no deadline
]


@pytest.fixture
def pages(store: SqlStore) -> views.SqlDeliveryPages:
    """Return the view over what was SENT."""
    partners(store, {A: "operator", B: "operator", OTT: "ott", "opr-uji-c": "operator"})
    batch = {"id": 1, "state": "RELEASED", "released_at": T0}
    fill(store, {BATCHES: [batch], DELIVERIES: map(_delivery, range(1, len(SENT) + 1))})
    fill(store, {TALLIES: [_tally(key) for key in range(1, len(SENT) + 1) if SENT[key - 1][3]]})
    return views.SqlDeliveryPages(store)


def _delivery(key: int) -> dict[str, Any]:
    partner, state, handed_over_at, _sealed = SENT[key - 1]
    row = {"key": key, "id": f"{key}", "batch": 1, "partner": partner, "state": state}
    return row | {"handed_over_at": handed_over_at}


def _tally(key: int) -> dict[str, Any]:
    entries, final, done = SENT[key - 1][3] or (0, 0, 0)
    return {"delivery_key": key, "entries": entries, "term": DAY, "final": final, "done": done}


def test_sums_count_live_deliveries_and_only_operators_are_late(
    pages: views.SqlDeliveryPages,
) -> None:
    a, b, ott = pages.sums(T0)
    assert (a.partner, b.partner, ott.partner) == (A, B, OTT), "who has no delivery is left out"
    assert (a.deliveries, a.waiting, a.failed, a.halted) == (7, 1, 1, 1)
    assert (a.entries, a.final, a.done) == (28, 13, 10)
    assert (a.late, a.near) == (1, 1)
    assert b[3:] == (1, 0, 0, 1, 0, 0, 0, 0, 0)
    assert (ott.entries, ott.final, ott.done, ott.late, ott.near) == (9, 2, 2, 0, 0)


def test_what_ends_first_is_due_first_and_no_more_is_read_than_is_asked_for(
    pages: views.SqlDeliveryPages,
) -> None:
    assert [line.key for line in pages.due(T0, 10)] == [1, 2, 3]
    assert [line.key for line in pages.due(T0, 2)] == [1, 2]


def test_what_is_waited_for_is_found_by_an_index_and_no_database_file_is_walked(
    tmp_path: Path,
) -> None:
    asked = (views._OWED.params(most=1), views._OUTSTANDING.params(now=T0, soon=T0))
    with (
        fresh_database("sqlite", tmp_path) as url,
        closing(open_store(url, FixedClock())) as store,
        store.read() as uow,
    ):
        connection = uow._db.connection
        for statement in asked:
            words = statement.compile(connection, compile_kwargs={"literal_binds": True})
            plan = [one.detail for one in connection.execute(text(f"EXPLAIN QUERY PLAN {words}"))]
            assert "ix_tallies_outstanding" in plan[0], plan
            assert not any("SCAN deliveries" in step for step in plan), plan
