"""What the delivery cycle's own tests go through leaves a database that fsck finds clean.

Their world takes shortcuts (partners without cards, releases without an intake); what these alone
explain is left out, by name.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gateway.fsck.report import Finding, Report
from tests.fsck.tampering import change
from tests.fsck.town import by_hand, check, copy_of
from tests.services.back.test_machine import Cycle
from tests.services.back.world import World
from tests.services.ops.conftest import Losing

_SHORTCUTS = (
    ("row-unlogged", "an approved card that names it"),  # partners and their keys have no card
    ("partner-differs", "the bytes of card"),
    ("approval-missing", "two officers over the same digest"),
    ("row-unlogged", "a leaf with this signed word"),  # a release in one step
    ("state-impossible", "SUBMITTED"),
    ("reference-differs", "protected_numbers uji"),  # no dated tables
    ("nobody-differs", "entries for nobody"),
    ("state-differs", "state STOPPED"),  # a batch is stopped without its signature
)


def _is_shortcut(finding: Finding) -> bool:
    return any(
        finding.code == code and finding.expected.startswith(text) for code, text in _SHORTCUTS
    )


def _unexplained(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if not _is_shortcut(finding)]


def _proven(world: World) -> None:
    report = check(world.folder / "palang.sqlite", high_water=world.folder / "high-water.json")
    assert _unexplained(report) == []
    assert report.figures["deliveries"] == len(world.deliveries())


class Proven(Cycle):
    """Faults, crashes and officers in any order; then fsck."""

    def settle(self) -> None:
        super().settle()
        _proven(self.world)


def _settings(examples: int, steps: int) -> settings:
    """A failure is told as it came: to make it smaller takes many minutes."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
    )


def test_a_database_is_clean_after_anything() -> None:
    run_state_machine_as_test(Proven, settings=_settings(2, 12))


@pytest.mark.long
def test_a_database_is_clean_after_anything_many_times() -> None:
    run_state_machine_as_test(Proven, settings=_settings(60, 40))


def test_a_database_is_clean_after_a_restore_and_a_new_epoch(tmp_path: Path) -> None:
    world = Losing(tmp_path)
    try:
        peer = world.partner("opr-uji-a")
        world.send(3)
        world.back_up()
        world.send(2, since=3)
        assert world.open_epoch(world.restore()) == 2
        world.send(2, since=100)
        copies = {peer.id: copy_of(tmp_path, peer)}
        report = check(tmp_path / "palang.sqlite", copies=copies)
        assert _unexplained(report) == []
        lost = [note for note in report.notes if "which a restore lost" in note]
        assert len(lost) == 2
        with by_hand(tmp_path / "palang.sqlite") as db:
            change(db, "DELETE FROM approvals WHERE act = 'epoch.open' AND officer = 'budi'")
        found = _unexplained(check(tmp_path / "palang.sqlite"))
        assert [f.code for f in found if "epoch.open" in f.about] == ["approval-missing"]
    finally:
        world.close()
