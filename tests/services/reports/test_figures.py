"""The figures of a report are those of a plain recount of everything that happened."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.times import DAY
from gateway.services.reports import ReportService
from gateway.store.store import SqlStore
from tests.services.reports.making import MONTH, TERM, history
from tests.services.reports.oracle import recount
from tests.services.reports.raw import (
    History,
    store_batches,
    store_intakes,
    store_receipts,
    store_statements,
)
from tests.store.samples import FixedClock


def load(store: SqlStore, made: History) -> None:
    store_batches(store, made.batches, TERM)
    store_receipts(store, made.receipts)
    store_statements(store, made.statements)
    store_intakes(store, made)


def comparable(figures: dict[str, Any]) -> dict[str, Any]:
    """The report's figures in the oracle's form."""
    names = ("batches", "other_batches", "nobody", "numbers", "strange_statements", "resolutions")
    found = {name: figures[name] for name in names}
    kept = ("block", "unblock", "carried", "to_acknowledge", "to_declared_blocked", "numbers")
    found["operators"] = {
        one["partner"]: {name: one[name] for name in kept}
        | {"dispositions": {(a, b, c): n for a, b, c, n in one["dispositions"]}}
        for one in figures["operators"]
    }
    otts = figures["otts"]
    answered = ("block", "unblock", "to_acknowledge", "to_declared_blocked")
    found["otts"] = {name: otts[name] for name in ("partners", "shown", *answered)}
    found["otts"]["dispositions"] = {(a, b, c): n for a, b, c, n in otts["dispositions"]}
    found["intake"] = {
        one["source"]: {name: one[name] for name in ("files", "corrections", "rows")}
        for one in figures["intake"]
    }
    found["days"] = {day: (sent, blocked) for day, sent, blocked in figures["days"]}
    found["repeats"] = {(a, b, c): n for a, b, c, n in figures["repeats"]}
    return found


SEEDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 60))]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_figures_are_those_of_a_plain_recount(
    store: SqlStore, service: ReportService, clock: FixedClock, seed: int
) -> None:
    made = history(seed)
    clock.at -= (seed % 3) * 10 * DAY  # some are looked at before their deadlines
    load(store, made)
    figures = service.make(MONTH).figures
    expected = recount(made, clock.now())
    found = comparable(figures)
    if not expected["otts"]["shown"]:  # test_writing looks at what is left out then
        del found["otts"], expected["otts"]
    assert found == expected
