"""The delivery table:

every pair decided, a receipt wins for good, nothing is undone by a replay (design 4).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.delivery import TRANSITIONS, Delivery, Event, Note, Priority, State, apply
from gateway.domain.errors import Conflict
from gateway.domain.schedule import RetryPolicy
from gateway.domain.times import DAY, HOUR, MINUTE


def _delivery(state: State = State.QUEUED) -> Delivery:
    return Delivery("7.opr-uji-a.1", 7, "opr-uji-a", Priority.ROUTINE, 0, 0, state)


def _take(delivery: Delivery, *events: Event) -> Delivery:
    for event in events:
        delivery = apply(delivery, event, 5).delivery
    return delivery


def test_every_pair_of_state_and_event_is_decided() -> None:
    assert set(TRANSITIONS) == {(state, event) for state in State for event in Event}


def test_the_main_road_ends_acknowledged() -> None:
    done = _take(_delivery(), Event.BEGIN, Event.HANDED_OVER, Event.ACK_POSITIVE)
    assert done.state is State.ACKNOWLEDGED
    assert (done.attempts, done.handed_over_at, done.acknowledged_at) == (1, 5, 5)


@pytest.mark.parametrize("state", State)
def test_a_positive_receipt_wins_from_any_state(state: State) -> None:
    assert _take(_delivery(state), Event.ACK_POSITIVE).state is State.ACKNOWLEDGED


@given(st.lists(st.sampled_from(list(Event))))
def test_nothing_leaves_acknowledged(events: list[Event]) -> None:
    delivery = _delivery(State.ACKNOWLEDGED)
    for event in events:
        if TRANSITIONS[State.ACKNOWLEDGED, event] is Note.NOT_ALLOWED:
            with pytest.raises(Conflict):
                apply(delivery, event, 1)
        else:
            delivery = apply(delivery, event, 1).delivery
    assert delivery.state is State.ACKNOWLEDGED


def test_a_negative_after_a_positive_is_a_flagged_conflict() -> None:
    step = apply(_delivery(State.ACKNOWLEDGED), Event.ACK_NEGATIVE, 9)
    assert step.note is Note.CONFLICT
    assert step.delivery.conflict
    assert step.delivery.state is State.ACKNOWLEDGED


@pytest.mark.parametrize("event", Event)
def test_withheld_never_reopens_but_for_a_receipt(event: Event) -> None:
    if TRANSITIONS[State.WITHHELD, event] is Note.NOT_ALLOWED:
        return
    after = _take(_delivery(State.WITHHELD), event).state
    assert after is (State.ACKNOWLEDGED if event is Event.ACK_POSITIVE else State.WITHHELD)


def test_what_is_on_its_way_or_sent_is_not_stopped() -> None:
    for state in (State.SENDING, State.SENT, State.ACKNOWLEDGED):
        with pytest.raises(Conflict, match=r"7\.opr-uji-a\.1.*stop"):
            apply(_delivery(state), Event.STOP, 1)


def test_the_term_starts_at_the_first_hand_over_only() -> None:
    sent = apply(_take(_delivery(), Event.BEGIN), Event.HANDED_OVER, 10).delivery
    again = _take(sent, Event.OVERDUE, Event.BEGIN)
    assert apply(again, Event.HANDED_OVER, 99).delivery.handed_over_at == 10


def test_a_hand_over_booked_after_the_receipt_keeps_its_time() -> None:
    early = apply(_take(_delivery(), Event.BEGIN), Event.ACK_POSITIVE, 3).delivery
    step = apply(early, Event.HANDED_OVER, 4)
    assert (step.delivery.state, step.delivery.handed_over_at) == (State.ACKNOWLEDGED, 4)


def test_a_resumed_delivery_has_its_budget_back_but_keeps_its_attempt_numbers() -> None:
    failed = _take(_delivery(), Event.BEGIN, Event.REFUSED)
    resumed = apply(failed, Event.RESUME, 50).delivery
    assert (resumed.tries, resumed.attempts, resumed.queued_at) == (0, 1, 50)


@given(st.integers(1, 200), st.floats(0, 0.999))
def test_the_wait_grows_to_a_ceiling_and_is_spread(tries: int, jitter: float) -> None:
    policy = RetryPolicy()
    wait = policy.delay(tries, jitter)
    full = min(MINUTE * 2 ** min(tries - 1, 40), 6 * HOUR)
    assert full // 2 <= wait <= full


def test_the_budget_outlasts_a_holiday_and_then_ends() -> None:
    policy = RetryPolicy()
    assert not policy.used_up(_delivery(), 9 * DAY)
    assert policy.used_up(_delivery(), 10 * DAY)
    waits = [policy.delay(n, 0.0) for n in range(1, policy.most_tries)]
    assert sum(waits) > 5 * DAY
