"""A destroyed key empties backups too: made before the purge, restored after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.backup import NUMBERS
from gateway.domain.errors import NotFound
from gateway.domain.retention import NUMBERS as NUMBERS_OF
from gateway.services.checkpoints import CheckpointService
from gateway.services.epoch_position import position
from gateway.services.evidence import EvidenceService
from gateway.services.legal_holds import Order
from gateway.store import backup
from gateway.store.store import open_store
from keys.notes import C2spNotes
from keys.period_keys import PeriodFolder
from tests.compiled_once import compile_once
from tests.fsck.town import check
from tests.retention.archive import Archive
from tests.retention.test_purge import CANARY

compile_once()

STANDING = 6287011112203


@pytest.fixture
def due(tmp_path: Path) -> Iterator[Archive]:
    made = Archive(tmp_path)
    made.lived()
    made.later()
    made.ruled()
    yield made
    made.close()


def back_up(archive: Archive) -> Path:
    """A backup's two members that hold content, in a folder of their own."""
    folder = archive.folder / "backup"
    folder.mkdir()
    sealed = (folder / NUMBERS, archive.periods)
    backup.copy(archive.url, folder / "palang.sqlite", archive.clock, position, sealed)
    return folder


def holds(file: Path, number: int) -> bool:
    national = str(number).removeprefix("62")
    forms = (number.to_bytes(6, "big"), str(number).encode(), national.encode())
    data = file.read_bytes()
    return any(form in data for form in forms)


def refilled(archive: Archive, folder: Path, periods: PeriodFolder | None = None) -> list[str]:
    url = f"sqlite:///{folder / 'palang.sqlite'}"
    keys = periods or archive.periods
    return backup.fill_numbers(url, folder / NUMBERS, keys, archive.clock)


def test_a_backup_has_no_number_that_can_be_read_without_its_period_key(due: Archive) -> None:
    folder = back_up(due)
    for number in (CANARY, STANDING):
        assert not any(holds(file, number) for file in folder.iterdir())


def test_a_backup_with_its_keys_comes_back_whole(due: Archive) -> None:
    folder = back_up(due)
    assert refilled(due, folder) == []
    report = check(folder / "palang.sqlite", periods=due.periods, high_water=due.highwater._path)
    assert report.clean, "\n".join(report.to_lines())
    assert report.figures == due.checked().figures


def test_what_was_purged_stays_gone_in_a_backup_of_before(due: Archive) -> None:
    folder = back_up(due)
    due.purged()
    assert refilled(due, folder) == ["batch 1", "batch 3"]
    assert not holds(folder / "palang.sqlite", CANARY)
    assert holds(folder / "palang.sqlite", STANDING)  # it must be possible to free it
    gone = {"2026-11": (due.periods.gone("2026-11") or {})["tombstones"]}
    report = check(
        folder / "palang.sqlite",
        periods=due.periods,
        gone=gone,
        high_water=due.highwater._path,
    )
    assert report.clean, "\n".join(report.to_lines())
    assert any("purged with their key" in note and "2027-1" in note for note in report.notes)
    store = open_store(f"sqlite:///{folder / 'palang.sqlite'}", due.clock, periods=due.periods)
    try:
        heads = CheckpointService(store, due.clock, due.keyring, C2spNotes())
        service = EvidenceService(store, due.clock, heads.covering)
        assert service.delivery("1.opr-uji-a.1", "auditor").data
        with pytest.raises(Exception, match="purged with the period key"):
            service.entry("1.opr-uji-a.1", 1, "auditor")
        assert service.entry("2.opr-uji-a.1", 1, "auditor").data  # it stands, and was carried over
    finally:
        store.close()


def test_a_backup_of_after_the_purge_has_what_stands(due: Archive) -> None:
    due.purged()
    folder = back_up(due)
    assert refilled(due, folder) == []
    assert holds(folder / "palang.sqlite", STANDING)
    gone = {"2026-11": (due.periods.gone("2026-11") or {})["tombstones"]}
    report = check(
        folder / "palang.sqlite", periods=due.periods, gone=gone, high_water=due.highwater._path
    )
    assert report.clean, "\n".join(report.to_lines())


def test_what_is_under_hold_can_be_read_in_a_backup_of_before(due: Archive) -> None:
    due.holds.place(Order("batch", "1", 0, "perkara", "LP/1"), due.siti)
    folder = back_up(due)
    assert due.purged().tombstone.counts()[NUMBERS_OF] == 0
    assert "batch 1" not in refilled(due, folder)
    assert holds(folder / "palang.sqlite", CANARY)


def test_without_its_keys_a_backup_is_not_taken_for_purged(due: Archive, tmp_path: Path) -> None:
    folder = back_up(due)
    empty = PeriodFolder(tmp_path / "none", tmp_path / "none-secret")
    with pytest.raises(NotFound, match="is not here"):
        refilled(due, folder, empty)
    report = check(folder / "palang.sqlite", periods=empty, high_water=due.highwater._path)
    assert "period-key-missing" in report.counts


def test_a_folder_of_keys_with_another_secret_is_told(due: Archive, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "period-keys", tmp_path / "copy")
    (tmp_path / "other").write_text("x" * 64)
    (tmp_path / "other").chmod(0o600)
    with pytest.raises(Exception, match="does not open"):
        PeriodFolder(tmp_path / "copy", tmp_path / "other").has(due.periods.labels()[0], "batch 1")
