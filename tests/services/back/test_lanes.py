"""Turns in a few slots: hanging partners hold up only themselves, and unblocks go first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from gateway.domain.delivery import Priority
from gateway.services.lanes import Lanes
from tests.services.back.test_jobs import SOON, _wait

UNBLOCK, URGENT, ROUTINE = (int(p) for p in Priority)


class Partners:
    """Partners with so many turns to take; some hang until they are let go."""

    def __init__(self, **turns: int) -> None:
        self.left = dict(turns)
        self.order: list[str] = []
        self.hanging: set[str] = set()
        self.go_on = threading.Event()
        self.gate = threading.Lock()

    def turn(self, partner: str) -> bool:
        with self.gate:
            self.order.append(partner)
        if partner in self.hanging:
            self.go_on.wait(SOON)
        with self.gate:
            self.left[partner] -= 1
            return self.left[partner] > 0


@pytest.fixture
def closing() -> Iterator[Callable[[Lanes, Partners], None]]:
    made: list[tuple[Lanes, Partners]] = []
    yield lambda lanes, partners: made.append((lanes, partners))
    for lanes, partners in made:
        partners.go_on.set()
        lanes.close()


def test_partners_take_turns_and_none_waits_for_another_ones_whole_queue() -> None:
    partners = Partners(a=3, b=3, c=1)
    lanes = Lanes(partners.turn, slots=1)
    lanes.offer((ROUTINE, p) for p in "abc")
    lanes.wait()
    assert partners.order == ["a", "b", "c", "a", "b", "a", "b"]


def test_hanging_partners_beyond_the_slots_do_not_stop_a_good_one(
    closing: Callable[[Lanes, Partners], None],
) -> None:
    partners = Partners(a=1, b=1, c=1, good=5)
    partners.hanging = {"a", "b", "c"}
    lanes = Lanes(partners.turn, slots=2, patience=0.02)
    closing(lanes, partners)
    lanes.offer((ROUTINE, p) for p in ("a", "b", "c", "good"))

    def served() -> bool:
        lanes.offer(())  # as each tick does
        return partners.left["good"] == 0 and lanes.is_idle("good")

    _wait(served)
    assert {p: partners.left[p] for p in "abc"} == {"a": 1, "b": 1, "c": 1}
    assert not lanes.is_idle("a")


def test_a_hanging_partner_gets_no_second_turn_beside_its_first(
    closing: Callable[[Lanes, Partners], None],
) -> None:
    partners = Partners(a=2, b=1)
    partners.hanging = {"a"}
    lanes = Lanes(partners.turn, slots=3, patience=0.02)
    closing(lanes, partners)
    for _ in range(5):
        lanes.offer([(ROUTINE, "a"), (ROUTINE, "b")])
        _wait(lambda: lanes.is_idle("b"))
    assert partners.order.count("a") == 1


def test_an_unblock_goes_first_and_urgent_before_routine_however_long_they_waited(
    closing: Callable[[Lanes, Partners], None],
) -> None:
    partners = Partners(a=1, b=1, c=1, d=1, e=1)
    partners.hanging = {"a"}
    lanes = Lanes(partners.turn, slots=1, patience=SOON)
    closing(lanes, partners)
    lanes.offer([(ROUTINE, "a")])
    lanes.offer([(ROUTINE, "b"), (ROUTINE, "c")])
    lanes.offer([(ROUTINE, "b"), (ROUTINE, "c"), (URGENT, "d"), (UNBLOCK, "e")])
    partners.go_on.set()
    lanes.wait()
    assert partners.order == ["a", "e", "d", "b", "c"]


def test_within_a_lane_who_was_served_longest_ago_goes_first() -> None:
    partners = Partners(a=2, b=2, c=2)
    lanes = Lanes(partners.turn, slots=1)
    for name in "cab":
        partners.left[name] = 1
        lanes.offer([(ROUTINE, name)])
        lanes.wait()
    partners.left = dict.fromkeys("abc", 1)
    partners.order.clear()
    lanes.offer((ROUTINE, p) for p in "abc")
    lanes.wait()
    assert partners.order == ["c", "a", "b"]


def test_nothing_new_begins_after_the_end_and_what_runs_comes_to_its_end() -> None:
    partners = Partners(a=1, b=1)
    partners.hanging = {"a"}
    lanes = Lanes(partners.turn, slots=1)
    lanes.offer([(ROUTINE, "a"), (ROUTINE, "b")])

    def once_closed() -> None:
        _wait(lambda: lanes.is_idle("b"))  # it waits no more: a turn that ends now begins no other
        partners.go_on.set()

    threading.Thread(target=once_closed).start()
    lanes.close()
    lanes.offer([(ROUTINE, "b")])
    lanes.wait()
    assert partners.left == {"a": 0, "b": 1}


def test_what_ends_a_turn_beyond_its_own_handling_reaches_who_waits() -> None:
    class Ended(BaseException):
        """The process ends here."""

    def turn(partner: str) -> bool:
        raise Ended(partner)

    lanes = Lanes(turn, slots=1)
    lanes.offer([(ROUTINE, "a"), (ROUTINE, "b")])
    with pytest.raises(Ended, match="a"):
        lanes.wait()
