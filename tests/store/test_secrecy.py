"""Phone numbers never stand in error texts (promise H), whatever the database says."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from gateway.domain.errors import PalangError
from gateway.domain.ledger import Tag
from gateway.domain.records import SealedEntry
from gateway.store.store import SqlStore
from gateway.store.unit import SqlUnit
from tests.store.damage import on_server, raw, refuse_inserts
from tests.store.samples import (
    D1,
    add_intake,
    batch,
    entry,
    event,
    intake,
    intake_row,
    number,
    seed,
)

CANARY = number(31_337)


def put_slice(uow: SqlUnit) -> None:
    uow.deliveries.put_slice(D1, [SealedEntry(1, CANARY, False)] * 2)


def put_entries(uow: SqlUnit) -> None:
    uow.save(batch(8), event())
    uow.lists.put_entries(8, [entry(31_337)])


def put_intake(uow: SqlUnit) -> None:
    row = intake_row(31_337)._replace(raw=f"+{CANARY}")
    add_intake(uow, intake(), [row], event(Tag.INTAKE_ADD))


def ask(uow: SqlUnit) -> None:
    uow.deliveries.deliveries_of_number(CANARY)


def ask_many(uow: SqlUnit) -> None:
    uow.lists.released_before([CANARY])


def _break(url: str, damage: str) -> None:
    what, _, table = damage.partition(" ")
    if what == "refuse":
        refuse_inserts(url, table, "refused")
    elif what == "drop":
        raw(url, f"DROP TABLE {table}" + (" CASCADE" if on_server(url) else ""))


@pytest.mark.parametrize(
    ("use", "damage"),
    [
        (put_slice, ""),
        (put_entries, "refuse entries"),
        (put_entries, "drop entries"),
        (put_intake, "refuse intake_pages"),
        (put_intake, "drop intake_pages"),
        (ask, "drop slice_entries"),
        (ask_many, "drop entries"),
    ],
)
def test_no_error_text_or_trace_quotes_the_row(
    store: SqlStore, url: str, use: Callable[[SqlUnit], None], damage: str
) -> None:
    with store.write() as uow:
        seed(uow)
        uow.commit("batch.release")
    _break(url, damage)
    with pytest.raises(PalangError) as caught, store.write() as uow:
        use(uow)
    shown = "".join(traceback.format_exception(caught.value)) + caught.value.hint
    assert str(CANARY) not in shown, "an error text quotes a number"
    assert str(CANARY)[2:] not in shown, "an error text quotes a number"
    assert caught.value.__suppress_context__
