"""The real worker is killed with SIGKILL at its durable steps and started again: A to E hold.

A nothing vanishes, B one record and one sealing, C and D by the offline verifier over the exported
evidence, E no gap, no reuse, and a start that the high-water file allows.
"""

import sqlite3

import pytest

from tests.acceptance.stage import PARTNER, Stage, killed

_DELIVERY = f"1.{PARTNER}.1"
_STEPS = (
    "delivery.seal",
    "highwater.rename",
    "delivery.attempt",
    "sftp.sha256.rename",
    "sftp.rename",
    "send",
    "delivery.outcome",
    "inbound.keep",
    "inbound.judge",
    "checkpoint.keep",
)
# the points where most is at stake; make test-long kills at all
_FAST = {
    "after:delivery.seal",
    "after:send",
    "before:inbound.judge",
}
_POINTS = [f"{when}:{step}" for step in _STEPS for when in ("before", "after")]


@pytest.mark.parametrize(
    "point",
    [p if p in _FAST else pytest.param(p, marks=pytest.mark.long) for p in _POINTS],
)
def test_a_worker_killed_at_a_step_loses_and_doubles_nothing(stage: Stage, point: str) -> None:
    died = _kill_at(stage, point)
    assert died, f"the worker never passed {point}"
    stage.settle()
    _check_promises(stage)


def _kill_at(stage: Stage, point: str) -> bool:
    """Run rounds until the worker has died there."""
    for _ in range(3):
        if killed(stage.worker(point)):
            return True
        stage.partner("run", "--once")
    return False


def _check_promises(stage: Stage) -> None:
    deliveries = stage.palang("delivery", "list", "--json").document()["deliveries"]
    assert [(d["delivery"], d["state"]) for d in deliveries] == [(_DELIVERY, "ACKNOWLEDGED")]
    status = stage.partner("status", "--json").document()
    assert (status["sequence"], status["enforced"], status["refused"]) == (1, 12, 0)
    database = sqlite3.connect(stage.gateway / "state" / "palang.sqlite")
    with database:
        assert database.execute("SELECT sequence FROM manifests").fetchall() == [(1,)]
        assert database.execute("SELECT number FROM sealings").fetchall() == [(1,)]
        attempts = database.execute("SELECT DISTINCT sealing FROM attempts").fetchall()
        assert attempts == [(1,)]
        pending = database.execute("SELECT count(*) FROM inbound WHERE state='PENDING'")
        assert pending.fetchone() == (0,)
    database.close()
    bundle = stage.gateway / "bundle.zip"
    stage.palang("audit", "export", "--delivery", _DELIVERY, "--out", str(bundle))
    stage.palang("verify", str(bundle), "--trust", str(stage.base / "trust.json"))
