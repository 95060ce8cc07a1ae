"""The kit killed around its hook, with a real SIGKILL: one effect, and the true confirmation."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from partner import applying
from partner.kit import Kit, SystemClock
from tests.partner.factory import FakeClock, Gateway, block
from tests.partner.hooks import effects, take
from tests.partner.test_applying import said

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def gateway() -> Gateway:
    """One of today: the kit runs as a process, which has its own clock."""
    return Gateway(at=SystemClock().now())


def run_apply(kit: Kit, failpoint: str = "") -> subprocess.Popen[bytes]:
    """`palang-partner apply` as a process of its own."""
    env = os.environ | {"PALANG_FAILPOINT": failpoint}
    command = [sys.executable, "-m", "partner.main", "--home", str(kit.home), "apply"]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=_ROOT
    )


@pytest.mark.parametrize(
    "point",
    [
        "before:kit.apply",
        "after:kit.apply",
        "after:kit.lists.rename",
        "before:kit.entries.rename",
        "after:kit.tried",
        "before:hook.run",
        "after:hook.run",
        "before:kit.outcome",
        "after:kit.outcome",
    ],
)
def test_killed_at_any_step_and_run_again_has_one_effect_and_the_true_confirmation(
    gateway: Gateway, hooked: tuple[Kit, FakeClock], point: str
) -> None:
    kit, _clock = hooked
    made = take(gateway, kit, *block(1, 2))
    killed = run_apply(kit, point)
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    before = said(gateway, kit).get(made.delivery, {})
    assert set(before.values()) <= {("diblokir_total", "total")}
    assert not before or effects(kit)
    again = run_apply(kit)
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 0, output
    assert effects(kit) == [f"{made.delivery}.block 1,2"]
    assert said(gateway, kit)[made.delivery] == dict.fromkeys((1, 2), ("diblokir_total", "total"))


def test_a_hook_that_outlives_its_killed_kit_is_waited_for_and_not_called_beside(
    gateway: Gateway, hooked: tuple[Kit, FakeClock]
) -> None:
    kit, _clock = hooked
    made = take(gateway, kit, *block(1))
    (kit.home / "slow").touch()
    first = run_apply(kit)
    _until(lambda: len(effects(kit)) == 1)
    first.kill()
    first.communicate(timeout=60)
    (trouble,) = applying.apply(kit).troubles
    assert "still runs" in str(trouble)
    (kit.home / "slow").unlink()
    _until(lambda: (kit.settings.path("work") / f"{made.delivery}.block/result.csv").exists())
    _until(lambda: not applying.apply(kit).troubles)
    assert effects(kit) == [f"{made.delivery}.block 1"]
    assert said(gateway, kit)[made.delivery] == {1: ("diblokir_total", "total")}


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)
