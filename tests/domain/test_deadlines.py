"""When an answer is due, and what is outstanding then (design 4 and 5)."""

from __future__ import annotations

import pytest

from gateway.domain.deadlines import NEAR, closing, near, outstanding, over
from gateway.domain.delivery import State
from gateway.domain.parties import PartnerKind
from gateway.domain.times import DAY, Micros

AT: Micros = 1_790_000_000_000_000
CLOSES = AT + DAY


@pytest.mark.parametrize(
    ("handed_over", "acknowledged", "term", "expected"),
    [
        (AT, None, DAY, AT + DAY),
        (AT, AT + 5, DAY, AT + DAY),  # the hand-over rules where both are known
        (None, AT + 5, DAY, AT + 5 + DAY),  # a receipt proves a hand-over nobody confirmed
        (None, None, DAY, None),
        (AT, AT, None, None),  # not sealed
    ],
)
def test_a_term_runs_from_the_hand_over(
    handed_over: Micros | None, acknowledged: Micros | None, term: Micros | None, expected: object
) -> None:
    assert closing(handed_over, acknowledged, term) == expected


@pytest.mark.parametrize("state", list(State))
def test_only_a_halted_delivery_waits_for_nothing(state: State) -> None:
    halted = state in {State.WITHHELD, State.STOPPED}
    assert outstanding(state, 10, 3) == (0 if halted else 7)


def test_a_term_is_over_after_its_last_moment() -> None:
    assert not over(PartnerKind.OPERATOR, CLOSES, CLOSES)
    assert over(PartnerKind.OPERATOR, CLOSES, CLOSES + 1)


def test_a_term_is_near_within_its_last_hours_and_no_longer() -> None:
    moments = (CLOSES - NEAR, CLOSES - NEAR + 1, CLOSES, CLOSES + 1)
    assert [near(PartnerKind.OPERATOR, CLOSES, at) for at in moments] == [False, True, True, False]


def test_a_voluntary_partner_and_a_term_that_has_not_begun_are_never_late() -> None:
    for at in (CLOSES - 1, CLOSES + DAY):
        assert not over(PartnerKind.OTT, CLOSES, at)
        assert not near(PartnerKind.OTT, CLOSES, at)
        assert not over(PartnerKind.OPERATOR, None, at)
        assert not near(PartnerKind.OPERATOR, None, at)
