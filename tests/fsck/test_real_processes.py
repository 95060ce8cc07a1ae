"""A gateway and a kit as processes over SFTP, killed on the way: fsck finds both clean."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.trust import read_trust
from gateway.fsck.report import Report
from tests.acceptance.stage import PARTNER, Stage, killed
from tests.fsck.town import check

pytestmark = pytest.mark.long


def _check(stage: Stage, **copies: Path) -> Report:
    state = stage.gateway / "state"
    return check(
        state / "palang.sqlite",
        read_trust((stage.base / "trust.json").read_bytes()),
        high_water=state / "high-water.json",
        copies=copies,
    )


def test_it_is_clean_after_every_kill_and_at_the_end(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    try:
        for point in ("after:delivery.seal", "after:delivery.attempt", "after:send"):
            assert killed(stage.worker(point))
            report = _check(stage)
            assert report.clean, (point, report.to_lines())
            stage.reset()
        stage.settle()
        report = _check(stage, **{PARTNER: stage.kit})
        assert report.clean, report.to_lines()
        assert report.figures["parcels at partners"] == 1
    finally:
        stage.close()
