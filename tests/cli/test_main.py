"""The root of the command line: where --home may stand, and what a crash test arms."""

import pytest

from gateway.main import hoisted


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (["worker", "--once", "--home", "gw"], ["--home", "gw", "worker", "--once"]),
        (["--home", "gw", "worker"], ["--home", "gw", "worker"]),
        (["batch", "review", "--home", "gw", "7"], ["--home", "gw", "batch", "review", "7"]),
        (["init", "--home", "gw", "--name", "x"], ["--home", "gw", "init", "--name", "x"]),
        (["worker"], ["worker"]),
        ([], []),
    ],
)
def test_home_may_stand_before_or_after_the_command(typed: list[str], read: list[str]) -> None:
    assert hoisted(typed) == read
