"""429 and 503: the partner is there, but can't take more now (RFC 9110 10.2.3, RFC 6585 4)."""

from __future__ import annotations

import pytest

from adapters.rest_answers import retry_after
from gateway.domain.times import DAY, SECOND
from gateway.ports import SendError
from tests.adapters.rigs import DELIVERY, Keeper, RestRig, parcel
from tests.peers.tls_server import status

NOW = "Tue, 24 Nov 2026 06:00:00 GMT"


def failure(rig: RestRig) -> SendError:
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    return caught.value


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_partner_says_how_long_it_wants_to_be_left_alone(
    rest_rig: RestRig, code: int
) -> None:
    rest_rig.server.behaviour = status(code, Retry_After="120")
    error = failure(rest_rig)
    assert (error.handed_over, error.alert, error.busy) == ("no", False, True)
    assert error.retry_after == 120 * SECOND


def test_a_busy_reply_list_is_busy_too(rest_rig: RestRig) -> None:
    rest_rig.server.listing = status(429, Retry_After="7")
    with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.collect(Keeper())
    assert (caught.value.busy, caught.value.retry_after) == (True, 7 * SECOND)


@pytest.mark.parametrize("code", [408, 425, 500, 502, 504, 401, 400])
def test_any_other_answer_costs_a_try(rest_rig: RestRig, code: int) -> None:
    rest_rig.server.behaviour = status(code, Retry_After="120")
    error = failure(rest_rig)
    assert (error.busy, error.retry_after) == (False, 0)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": " 30 "}, 30),
        ({"Retry-After": "86401"}, 86_400),
        ({"Retry-After": "999999999"}, 86_400),
        ({"Retry-After": "9" * 5000}, 0),
        ({"Retry-After": "-1"}, 0),
        ({"Retry-After": "1.5"}, 0),
        ({"Retry-After": "\u0661"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "Tue, 24 Nov 2026 06:10:00 GMT", "Date": NOW}, 600),
        ({"Retry-After": "Tue, 24 Nov 2026 05:00:00 GMT", "Date": NOW}, 0),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": NOW}, 86_400),
        ({"Retry-After": "Tue, 24 Nov 2026 06:10:00 GMT"}, 0),
        ({"Retry-After": "Tue, 24 Nov 2026 06:10:00 GMT", "Date": "today"}, 0),
        ({"Retry-After": "Tue, 99 Nov 2026 06:10:00 GMT", "Date": NOW}, 0),
        ({"Retry-After": "Tue, 24 Nov 2026 06:10:00", "Date": NOW}, 0),
    ],
)
def test_a_wait_is_between_nothing_and_a_day(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(headers) == seconds * SECOND <= DAY
