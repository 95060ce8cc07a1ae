"""When a delivery is final, and when a term ends."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.retention import DeliveryFacts, due_at, is_final, read_tombstone
from gateway.domain.times import from_wire, to_wire

TODAY = "2027-04-03"


def facts(**more: Any) -> DeliveryFacts:
    values: dict[str, Any] = {
        "id": "7.opr-uji-a.1", "batch": 7, "partner": "opr-uji-a", "voluntary": False,
        "state": "ACKNOWLEDGED", "conflict": False, "manifest": "", "entries": 3, "proofs": 3,
        "parcels": 1, "size": 9, "review_until": "", "last_at": 0,
    }  # fmt: skip
    return DeliveryFacts(**(values | more))


@pytest.mark.parametrize(
    ("made", "answered", "final"),
    [
        (facts(), 3, True),
        (facts(), 2, False),
        (facts(voluntary=True), 0, True),
        (facts(conflict=True), 3, False),
        *((facts(state=state), 3, False) for state in ("QUEUED", "SENDING", "SENT")),
        *(
            (facts(state=state, review_until=until), 0, final)
            for state in ("WITHHELD", "STOPPED", "FAILED", "REJECTED")
            for until, final in (("2027-04-02", True), (TODAY, False), ("", True))
        ),
    ],
)
def test_final_is_what_nothing_more_comes_of(
    made: DeliveryFacts, answered: int, final: bool
) -> None:
    assert is_final(made, answered, TODAY) is final


@pytest.mark.parametrize(
    ("begun", "months", "due"),
    [
        ("2026-11-24T07:00:00Z", 2, "2027-01-24T07:00:00Z"),
        ("2026-12-31T00:00:00Z", 2, "2027-02-28T00:00:00Z"),
        ("2026-11-24T07:00:00Z", 60, "2031-11-24T07:00:00Z"),
    ],
)
def test_a_term_is_in_calendar_months(begun: str, months: int, due: str) -> None:
    assert to_wire(due_at(from_wire(begun), months)) == due


@pytest.mark.parametrize("body", [b"{}", b'{"typ":"tombstone","v":1}', b"x"])
def test_what_is_no_tombstone_is_refused(body: bytes) -> None:
    with pytest.raises(NotVerified):
        read_tombstone(body)
