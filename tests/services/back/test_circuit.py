"""When a partner's channel is left alone: derived from its attempts, alike for every worker."""

from __future__ import annotations

import itertools
from typing import cast

import pytest

from gateway.domain.delivery import Delivery, Priority
from gateway.domain.records import Attempt, Recent
from gateway.domain.schedule import Pace, RetryPolicy, lot
from gateway.domain.times import DAY, HOUR, MINUTE, SECOND, Micros
from gateway.ports import UnitOfWork
from gateway.services.circuit import FEW, Circuit, Hold, failures_of

NOW = 1000 * DAY
CIRCUIT = Circuit(RetryPolicy())


def recent(*ended: tuple[str, str], due_at: Micros = 0) -> list[Recent]:
    """Attempts of (delivery, outcome), the newest first, a minute apart; the newest ended now."""
    return [
        Recent(
            Attempt(name, 1, 1, NOW - i * MINUTE - SECOND, "", outcome, NOW - i * MINUTE), due_at
        )
        for i, (name, outcome) in enumerate(ended)
    ]


def delivery(name: str = "b", lane: Priority = Priority.ROUTINE, attempts: int = 0) -> Delivery:
    return Delivery(name, 1, "opr-uji-a", lane, 0, 0, attempts=attempts)


def hold(*ended: tuple[str, str], due_at: Micros = 0) -> Hold:
    return CIRCUIT.after("opr-uji-a", recent(*ended, due_at=due_at))


def test_a_partner_without_failures_is_not_left_alone() -> None:
    assert hold() == Hold()
    assert hold(("a", "sent"), ("a", "not_sent")) == Hold()
    assert hold(("a", "published"), ("a", "not_sent")) == Hold()
    assert hold(("a", "refused"), ("a", "not_sent")) == Hold()


def test_one_failure_makes_the_partner_wait_a_short_while() -> None:
    found = hold(("a", "not_sent"), ("b", "sent"))
    assert (found.why, found.failures) == ("down", 1)
    assert MINUTE // 2 <= found.until - NOW <= MINUTE
    assert found.keeps(delivery(), NOW)
    assert not found.keeps(delivery(), found.until)


def test_an_unknown_outcome_is_that_deliverys_own_trouble_until_there_are_many() -> None:
    assert hold(*[("a", "unknown")] * 4) == Hold(failures=4)
    found = hold(*[("a", "unknown")] * 5)
    assert found.why == "open"
    assert found.until > NOW


def test_the_circuit_opens_at_the_fifth_and_the_wait_doubles_to_its_ceiling() -> None:
    whys, fulls = [], []
    for failures in range(1, 12):
        found = hold(*[("ab"[i % 2], "not_sent") for i in range(failures)])
        whys.append(found.why)
        share = 0.5 + lot("opr-uji-a", NOW) / 2
        fulls.append(round((found.until - NOW) / share / MINUTE))
    assert whys == ["down"] * 4 + ["open"] * 7
    assert fulls == [1, 1, 1, 1, 2, 4, 8, 16, 30, 30, 30]


def test_two_partners_that_fail_together_are_not_tried_together() -> None:
    untils = {CIRCUIT.after(f"opr-uji-{i}", recent(("a", "not_sent"))).until for i in range(20)}
    assert len(untils) == 20
    assert CIRCUIT.after("opr-uji-1", recent(("a", "not_sent"))) == CIRCUIT.after(
        "opr-uji-1", recent(("a", "not_sent"))
    )


def test_an_unblock_that_was_never_tried_may_be_the_probe() -> None:
    found = hold(*[("ab"[i % 2], "not_sent") for i in range(9)])
    assert not found.keeps(delivery(lane=Priority.UNBLOCK), NOW)
    assert found.keeps(delivery(lane=Priority.UNBLOCK, attempts=1), NOW)
    assert found.keeps(delivery(lane=Priority.URGENT), NOW)


def test_a_partner_that_asked_to_be_left_alone_is_even_by_an_unblock() -> None:
    found = hold(("a", "busy"), due_at=NOW + 3 * HOUR)
    assert (found.why, found.until) == ("busy", NOW + 3 * HOUR)
    assert found.keeps(delivery(lane=Priority.UNBLOCK), NOW)


def test_a_busy_partner_that_did_not_say_how_long_waits_as_one_that_is_down() -> None:
    found = hold(("a", "busy"), due_at=NOW)
    assert MINUTE // 2 <= found.until - NOW <= MINUTE


def test_one_parcel_that_always_fails_lets_another_show_whether_it_is_the_parcel() -> None:
    three = hold(*[("a", "not_sent")] * 3)
    assert three.keeps(delivery("b"), NOW)
    four = hold(*[("a", "not_sent")] * 4)
    assert four.keeps(delivery("a"), NOW)
    assert not four.keeps(delivery("b"), NOW)
    # the other one failed too: it is the channel, and everybody waits
    both = hold(("b", "not_sent"), *[("a", "not_sent")] * 4)
    assert both.keeps(delivery("b"), NOW)
    assert both.keeps(delivery("c"), NOW)


def test_an_attempt_in_flight_says_nothing_yet() -> None:
    flying = Recent(Attempt("a", 2, 1, NOW, ""), 0)
    failed = recent(("a", "not_sent"))
    assert CIRCUIT.after("opr-uji-a", [flying, *failed]) == hold(("a", "not_sent"))


class Attempts:
    """As much of a store as a circuit reads: a partner's attempts, the newest first."""

    def __init__(self, found: list[Recent]) -> None:
        self.deliveries, self._found, self.asked = self, found, 0

    def recent(self, _partner: str, _since: Micros, limit: int) -> tuple[Recent, ...]:
        self.asked += limit
        return tuple(self._found[:limit])


@pytest.mark.parametrize("apart", [0, MINUTE])
def test_the_few_that_are_looked_at_first_tell_as_much_as_all(apart: Micros) -> None:
    outcomes = ("sent", "not_sent", "unknown", "")
    for history in itertools.product(outcomes, repeat=FEW + 2):
        began = [NOW - HOUR - i // 2 * apart - i % 2 * apart for i in range(len(history))]
        found = [
            Recent(Attempt(f"{i % 2}", i, 1, at, "", outcome, at + SECOND), 0)
            for i, (at, outcome) in enumerate(zip(began, history, strict=True))
        ]
        store = Attempts(found)
        seen = CIRCUIT.recent(cast(UnitOfWork, store), "opr-uji-a", NOW)
        assert CIRCUIT.after("opr-uji-a", seen) == CIRCUIT.after("opr-uji-a", found), history


def test_after_a_success_only_a_few_attempts_are_read() -> None:
    store = Attempts(recent(*[("a", "sent")] * 20))
    assert CIRCUIT.hold(cast(UnitOfWork, store), "opr-uji-a", NOW) == Hold()
    assert store.asked == FEW


def test_a_failure_of_the_same_moment_counts_as_the_later_one() -> None:
    one, other = recent(("a", "sent")), recent(("b", "not_sent"))
    assert failures_of([*one, *other]) == other


@pytest.mark.parametrize("wait", [0, 2 * HOUR, 400 * DAY])
def test_a_delivery_is_due_when_the_partner_may_be_asked_again(wait: Micros) -> None:
    due = CIRCUIT.due_again("opr-uji-a", 1, wait, NOW)
    paused = hold(("a", "not_sent")).until
    assert due == max(paused, NOW + min(wait, DAY))


def test_a_pace_of_its_own_opens_earlier() -> None:
    circuit = Circuit(RetryPolicy(first=SECOND), Pace(failures=2, longest=4 * SECOND))
    found = circuit.after("opr-uji-a", recent(("a", "not_sent"), ("b", "not_sent")))
    assert found.why == "open"
    assert SECOND <= found.until - NOW <= 2 * SECOND
