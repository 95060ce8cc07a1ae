"""A batch above a guard has three officers' signatures, or fsck says so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.services import release
from gateway.services.endorsement import Endorsement
from gateway.services.guards import GuardLimits
from gateway.services.officers import Officers
from gateway.services.release import Release
from tests.fsck.town import Town, check
from tests.services.front.world import new_signer

ROWS = ["0870-1111-2201;Penipuan;WhatsApp", "0870-1111-2202;Penipuan;SMS"]
LIMITS = GuardLimits(1, 100, 100, 100, 100_000)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    town.releases = Release(town.store, town.approvals, town.clock, LIMITS)
    town.partner("opr-uji-a")
    yield town
    town.store.close()


def found(town: Town) -> list[tuple[str, str]]:
    report = check(town.folder / "palang.sqlite", trust=town.trust())
    return [(f.code, f.expected) for f in report.findings if f.code == "approval-missing"]


def test_two_signatures_above_a_guard_are_one_too_few(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "refuse_unendorsed", lambda *_: None)
    town.blocks(ROWS)
    assert found(town) == [("approval-missing", "a third officer's endorsement")]


def test_three_signatures_above_a_guard_are_clean(town: Town) -> None:
    officers = Officers(town.store, town.approvals, town.clock)
    wati = type(town.siti)("wati", new_signer())
    officers.enrol("wati", "Petugas Wati", wati.signer)
    for by in (town.siti, town.budi):
        officers.approve("wati", by)
    batch = town.prepared(ROWS)
    town.releases.submit(batch, town.siti)
    endorsement = Endorsement(town.store, town.approvals, town.clock, LIMITS)
    endorsement.endorse(batch, town.budi, {"entries": "ND-1/2026"})
    town.releases.release(batch, wati)
    assert found(town) == []
