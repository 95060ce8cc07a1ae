"""F1: worker, listener and kits are killed with SIGKILL at random moments and started again, while
batches are released to three partners: one over SFTP, one over REST, one that pulls.

Afterwards everything settles, and fsck proves gateway, exchange store and all partners clean: each
parcel once, every entry answered.
"""

import random
import time

import pytest

from tests.acceptance.street import LISTENER, PARTNERS, WORKER, Street

MOST = 1.2  # seconds from a release to the kill; the rounds come once a second


def _victims(chance: random.Random, kills: int) -> list[str]:
    """In each three: the worker, the listener and one of the kits, in any order."""
    found: list[str] = []
    while len(found) < kills:
        found += chance.sample([WORKER, LISTENER, chance.choice(PARTNERS)], 3)
    return found[:kills]


def _course(street: Street, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    with street.running():
        for victim in _victims(chance, kills):
            dweller = street.dwellers[victim]
            dweller.await_up()
            street.release()
            time.sleep(chance.uniform(0, MOST))  # the moment, not a limit: asserts nothing
            dweller.kill()
            street.check_core((seed, victim))
            dweller.start()
        street.settle()
    street.check(seed)


def test_killed_at_random_moments_nothing_is_lost_or_doubled(street: Street) -> None:
    _course(street, seed=1, kills=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 150))
def test_killed_at_random_moments_many_times(street: Street, seed: int) -> None:
    """Fifty courses of twenty: the fault plan's 1,000 kills."""
    print(f"F1: seed {seed}, 20 kills")
    _course(street, seed, kills=20)
