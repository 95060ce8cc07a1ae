"""The OpenPGP readers under fire, in a child process that has 1 GiB and a time limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("seed", "cases"),
    [(1, 1_000), *(pytest.param(seed, 50_000, marks=pytest.mark.long) for seed in range(2, 6))],
)
def test_broken_openpgp_is_refused_and_nothing_else_happens(seed: int, cases: int) -> None:
    command = [sys.executable, "-m", "tests.keys.openpgp_fuzz", str(seed), str(cases)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
