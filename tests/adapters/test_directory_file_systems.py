"""File systems on which a parcel's two names are not one file, and an account that is not there."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.ports import SendError
from tests.adapters.directory_rigs import DirectoryRig
from tests.adapters.rigs import DELIVERY, parcel


@pytest.fixture
def rig(tmp_path: Path) -> DirectoryRig:
    """A partner's folders."""
    return DirectoryRig(tmp_path / "root")


@pytest.fixture
def copying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that copies where a hard link is asked for, as some network shares do."""

    def link(src: str, dst: str, *, src_dir_fd: int, dst_dir_fd: int, **_how: Any) -> None:
        shutil.copy2(f"/proc/self/fd/{src_dir_fd}/{src}", f"/proc/self/fd/{dst_dir_fd}/{dst}")

    monkeypatch.setattr(os, "link", link)


@pytest.fixture
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that counts one name for each file, as sshfs does."""
    real = os.stat

    def stat(path: Any, **how: Any) -> os.stat_result:
        found = real(path, **how)
        return os.stat_result((*found[:3], 1, *found[4:]))

    monkeypatch.setattr(os, "stat", stat)


@pytest.mark.parametrize("kind", ["copying", "uncounted"])
def test_where_two_names_are_not_one_file_nothing_is_laid_ready(
    rig: DirectoryRig, kind: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(kind)
    with rig.open() as adapter:
        with pytest.raises(SendError, match="no hard links with stable inode numbers") as caught:
            adapter.send(DELIVERY, parcel())
        report = adapter.probe()
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert "local disk" in caught.value.hint
    assert rig.received() == {}
    assert os.listdir(rig.published) == []
    assert not report.good
    assert "local disk" in report.checks[-1][2]
    assert [name for name in os.listdir(rig.pickup) if "probe" in name] == []


def test_an_account_that_is_not_on_this_machine_is_a_warning_of_the_probe(
    rig: DirectoryRig,
) -> None:
    rig.root = replace(rig.root, account=lambda _partner: None)
    with rig.open() as adapter:
        report = adapter.probe()
        adapter.send(DELIVERY, parcel())
    remarks = [advice for _name, _held, advice in report.checks if advice]
    assert report.good
    assert len(remarks) == 1 and "no user opr-uji-a here" in remarks[0]
