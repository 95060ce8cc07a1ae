"""Partners that lie, forget and stammer: nothing false counts, and fsck finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.errors import InputError
from gateway.main.making import make
from partner.faults import Fault, Faults, read_faults
from tests.ladder.hostile import HOUR_STEP, PREFIX, Hostile

WORSE = dict.fromkeys(Fault, 0.08)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(tmp_path_factory.mktemp("hostile")) / "gw"
    make(home, "palang-uji", True)
    return home


def test_nothing_false_of_a_hostile_partner_counts(pattern: Path, tmp_path: Path) -> None:
    hostile = Hostile(pattern, tmp_path, {"opr-uji-a": Faults(seed=11, shares=WORSE)})
    try:
        for _ in range(3):
            hostile.release()
        hostile.pass_time(5, HOUR_STEP)
        hostile.prove()
        _true, false, faults = hostile.true_statements()
        assert hostile.counted()
        assert false
        assert len(faults) > 3, faults
    finally:
        hostile.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_three_hostile_partners_for_days(pattern: Path, tmp_path: Path, seed: int) -> None:
    faults = {
        name: Faults(seed=10 * seed + place, shares=WORSE, repents=0.7)
        for place, name in enumerate(PREFIX)
    }
    hostile = Hostile(pattern, tmp_path, faults)
    try:
        for _ in range(12):
            hostile.release()
            hostile.pass_time(2, HOUR_STEP)
        hostile.pass_time(24, HOUR_STEP)
        hostile.prove()
        _true, _false, drawn = hostile.true_statements()
        silent = {Fault.SILENT, Fault.LOST_REPLY}
        assert drawn >= {str(fault) for fault in Fault if fault not in silent} | {""}
    finally:
        hostile.close()


def test_a_faults_file_is_read_strictly() -> None:
    text = b"seed = 3\n[faults]\nslow = 0.5\nwrong_key = 0.25\n[delay]\nmedian_minutes = 40\n"
    read = read_faults(text, "buruk.toml")
    assert (read.seed, read.shares) == (3, {Fault.SLOW: 0.5, Fault.WRONG_KEY: 0.25})
    assert read_faults(b"", "kosong.toml").shares == Faults().shares
    for wrong in (
        b"speed = 1",
        b"[faults]\nlies = 1",
        b"[faults]\nslow = 2",
        b"x",
        b"[faults]\nslow = 0.6\nsilent = 0.6",
        b"[outcomes]\nxyz = 1",
        b"[delay]\nslow = true",
    ):
        with pytest.raises(InputError):
            read_faults(wrong, "buruk.toml")
