"""A worker that is stopped (SIGSTOP) with a lease in its hand and goes on after the lease ended has
no second effect (F8): the fence keeps its outcome out, the partner's rule its bytes."""

from __future__ import annotations

import random
import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.domain.delivery import State
from gateway.domain.errors import Conflict
from gateway.store.store import open_store
from tests.acceptance.crew import Hand, crew
from tests.acceptance.crowd import Crowd, Service, until
from tests.acceptance.test_workers import POSTGRESQL, crowd_of

KINDS = ["sqlite", pytest.param("postgresql", marks=POSTGRESQL)]
LEASE = 2
"""Seconds; a lease ends after them, whoever holds it."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_holder_that_goes_on_after_its_lease_records_nothing(kind: str, tmp_path: Path) -> None:
    service = Service()
    with crowd_of(kind, tmp_path, service, ["opr-uji-a"], LEASE) as crowd:
        crowd.release()
        service.hang.set()
        with crew(crowd.home, 1) as (holder,):
            until(lambda: service.posts["1.opr-uji-a.1"] == 1)
            _stop_outside_of_a_write(crowd, holder)
            service.hang.clear()
            service.went_on.set()
            with crew(crowd.home, 1) as (second,):
                until(lambda: second.outcomes("sent") == 1)
                holder.go_on()
                until(lambda: holder.outcomes("lost-lease") == 1)
        (tried,) = crowd.attempts().values()
        assert [one.outcome for one in tried] == ["unknown", "sent"]
        assert service.posts["1.opr-uji-a.1"] == 2
        _check(crowd, service)


def _stop_outside_of_a_write(crowd: Crowd, hand: Hand) -> None:
    """One that is stopped inside of it would hold all others off: on SQLite as long as it stands,
    on PostgreSQL until the server ends its session (tests/store/test_server_turns.py)."""
    url, clock = crowd.gateway.settings.database_url, crowd.clock
    with closing(open_store(url, clock, busy_ms=200)) as store:
        while True:
            hand.stop()
            try:
                with store.write():
                    return
            except Conflict:
                hand.go_on()
                time.sleep(0.01)


def _check(crowd: Crowd, service: Service) -> None:
    """What the partner got is one parcel a delivery, however often; each POST has its attempt."""
    attempts = crowd.attempts()
    for delivery, tried in attempts.items():
        assert len(service.bodies[delivery]) == 1, "two parcels for one delivery"
        assert 1 <= service.posts[delivery] <= len(tried)
        assert [one.outcome for one in tried].count("sent") == 1
        assert all(one.outcome for one in tried)
    assert {one.state for one in crowd.deliveries()} == {State.SENT}
    crowd.check_books()


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(25))
def test_holders_stopped_at_any_moment_have_no_second_effect(
    kind: str, seed: int, tmp_path: Path
) -> None:
    dice, service = random.Random(seed), Service(pause=0.05)
    names = [f"opr-uji-{letter}" for letter in "abcd"]
    with crowd_of(kind, tmp_path, service, names, LEASE) as crowd:
        with crew(crowd.home, 2) as hands:
            crowd.release(5)
            while not crowd.all_sent():
                _stop_one(dice.choice(hands), dice)
        _check(crowd, service)


def _stop_one(hand: Hand, dice: random.Random) -> None:
    time.sleep(dice.uniform(0, 0.5))  # a random moment of its work, nothing is asserted on it
    hand.stop()
    time.sleep(LEASE + dice.uniform(0, 1))
    hand.go_on()
