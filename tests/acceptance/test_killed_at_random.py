"""F1: worker or kit is killed with SIGKILL at a random moment, started again, over and over.

Afterwards everything settles, and fsck proves both sides clean: one parcel, every entry answered.
"""

import random
import signal
import time
from pathlib import Path

import pytest

from gateway.domain.trust import read_trust
from tests.acceptance.stage import PARTNER, Stage, start
from tests.fsck.town import check

MOST = 1.5  # seconds of a process's life: its start takes about half of that


def _kill_one(stage: Stage, chance: random.Random) -> None:
    """Both run; one of them dies at a random moment, the other ends in order."""
    worker = start("gateway.main", stage.gateway, "worker")
    kit = start("partner.main", stage.kit, "run")
    time.sleep(chance.uniform(0.2, MOST))  # the moment, not a limit: asserts nothing
    victim, other = chance.sample([worker, kit], 2)
    victim.send_signal(signal.SIGKILL)
    other.terminate()
    assert victim.wait(30) == -signal.SIGKILL, "it had ended by itself"
    other.wait(30)


def _check(stage: Stage, seed: int) -> None:
    state = stage.gateway / "state"
    trust: Path = stage.base / "trust.json"
    report = check(
        state / "palang.sqlite",
        read_trust(trust.read_bytes()),
        high_water=state / "high-water.json",
        copies={PARTNER: stage.kit},
    )
    assert report.clean, (seed, report.to_lines())
    assert report.figures["parcels at partners"] == 1, seed


def _course(stage: Stage, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    for _ in range(kills):
        _kill_one(stage, chance)
    stage.settle()
    _check(stage, seed)


def test_killed_at_random_moments_nothing_is_lost_or_doubled(stage: Stage) -> None:
    _course(stage, seed=1, kills=4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 150))
def test_killed_at_random_moments_many_times(stage: Stage, seed: int) -> None:
    """Fifty courses of twenty: the fault plan's 1,000 kills."""
    print(f"F1: seed {seed}, 20 kills")
    _course(stage, seed, kills=20)
