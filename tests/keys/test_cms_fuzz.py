"""The CMS readers under changed messages, each in a child: no crash, no other error (E20)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def survive(seed: int, rounds: int) -> None:
    """Run a child and demand its good end."""
    child = [sys.executable, "-m", "tests.keys.cms_fuzz", str(seed), str(rounds)]
    done = subprocess.run(child, cwd=ROOT, capture_output=True, timeout=900, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])


def test_a_few_changed_messages_are_refused_in_a_child() -> None:
    survive(1, 150)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
def test_many_changed_messages_are_refused_in_a_child(seed: int) -> None:
    survive(seed, 20_000)
