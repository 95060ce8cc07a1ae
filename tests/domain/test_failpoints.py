"""Fail-points: off by default, and a spec names the point and its pass."""

from collections.abc import Iterator

import pytest

from gateway.domain import failpoints


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm(None)


@pytest.mark.parametrize(
    ("spec", "killed_at"), [("before:send", 2), ("before:send:2", 4), ("after:send", 0), ("", 0)]
)
def test_a_spec_kills_at_the_named_pass_of_its_point(spec: str, killed_at: int) -> None:
    kills: list[int] = []
    passed = 0
    failpoints.arm_from(spec, lambda: kills.append(passed))
    for point in ("before:seal", "before:send", "before:seal", "before:send", "before:send"):
        passed += 1
        failpoints.reach(point)
    assert kills == ([killed_at] if killed_at else [])
