"""A parcel lies ready, and its fetch is noticed: once, never too early, and over any crash."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import directory_pickup
from gateway.domain import failpoints
from gateway.domain.fetched import Fetched, read
from gateway.domain.times import SECOND
from gateway.ports import Message, SendError
from tests.adapters.directory_rigs import DirectoryRig, make_folders
from tests.adapters.rigs import DELIVERY, Keeper, KeepFailed, parcel

AT = 1_760_000_000 * SECOND
NAME = str(parcel().name)


@pytest.fixture
def rig(tmp_path: Path) -> DirectoryRig:
    """A partner's folders."""
    return DirectoryRig(tmp_path / "root")


def send(rig: DirectoryRig, data: bytes = b"sealed", sequence: int = 1) -> str:
    """Lay a parcel ready; its digest."""
    what = parcel(data, sequence)
    with rig.open() as adapter:
        done = adapter.send(DELIVERY, what)
    assert done.confirmed is False
    return what.digest


def fetched(rig: DirectoryRig) -> list[str]:
    """Digests of the parcels that one collection says were fetched."""
    keeper = Keeper()
    with rig.open() as adapter:
        adapter.collect(keeper)
    words = [read(item.data) for item in keeper.kept if item.kind == "fetched"]
    assert all((word.request, word.at) == ("", AT) for word in words)
    return [word.parcel for word in words]


def test_nothing_is_fetched_while_it_lies_there(rig: DirectoryRig) -> None:
    send(rig)
    assert fetched(rig) == fetched(rig) == []


def test_a_parcel_that_is_gone_was_fetched_once(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / NAME).unlink()
    assert fetched(rig) == [digest]
    assert fetched(rig) == []


def test_the_word_says_what_and_when_without_a_request(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / NAME).unlink()
    keeper = Keeper()
    with rig.open() as adapter:
        assert adapter.collect(keeper) == 1
    assert read(keeper.kept[0].data) == Fetched(digest, AT, "")


def test_a_parcel_moved_to_taken_was_fetched(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / "taken").mkdir()
    (rig.pickup / NAME).rename(rig.pickup / "taken" / NAME)
    assert fetched(rig) == [digest]
    assert fetched(rig) == []


def test_a_parcel_under_another_name_in_the_folder_lies_there_still(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / NAME).rename(rig.pickup / "mine")
    assert fetched(rig) == []
    (rig.pickup / "mine").unlink()
    assert fetched(rig) == [digest]


def test_a_file_of_the_partners_under_the_name_does_not_hide_the_fetch(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / NAME).unlink()
    (rig.pickup / NAME).write_bytes(b"sealed")
    assert fetched(rig) == [digest]


def test_what_was_never_published_is_never_fetched(rig: DirectoryRig) -> None:
    (rig.pickup / NAME).write_bytes(b"planted")
    (rig.pickup / NAME).unlink()
    (rig.published / "notes").write_bytes(b"")
    (rig.published / f"{NAME}.nodigest.00000000").write_bytes(b"")
    assert fetched(rig) == []


def test_two_parcels_are_told_apart(rig: DirectoryRig) -> None:
    first, second = send(rig, b"one", 1), send(rig, b"two", 2)
    (rig.pickup / str(parcel(sequence=2).name)).unlink()
    assert fetched(rig) == [second]
    (rig.pickup / str(parcel(sequence=1).name)).unlink()
    assert fetched(rig) == [first]


def test_a_fetch_that_could_not_be_kept_is_told_again(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / NAME).unlink()
    with rig.open() as adapter, pytest.raises(KeepFailed):
        adapter.collect(Keeper(fails_at=1))
    assert fetched(rig) == [digest]


def test_a_repeated_send_of_what_lies_there_changes_nothing(rig: DirectoryRig) -> None:
    digest = send(rig)
    before = (rig.pickup / NAME).stat().st_ino
    send(rig)
    assert (rig.pickup / NAME).stat().st_ino == before
    assert len(list(rig.published.iterdir())) == 1
    (rig.pickup / NAME).unlink()
    assert fetched(rig) == [digest]


def test_a_repeated_send_of_what_was_damaged_there_makes_it_good(rig: DirectoryRig) -> None:
    send(rig)
    (rig.pickup / NAME).chmod(0o600)
    (rig.pickup / NAME).write_bytes(b"broken")
    digest = send(rig)
    assert rig.received() == {NAME: b"sealed"}
    assert fetched(rig) == []
    (rig.pickup / NAME).unlink()
    assert fetched(rig) == [digest]


def test_what_was_fetched_and_sent_again_is_told_for_both(rig: DirectoryRig) -> None:
    digest = send(rig)
    (rig.pickup / NAME).unlink()
    send(rig)
    assert fetched(rig) == [digest]
    (rig.pickup / NAME).unlink()
    assert fetched(rig) == [digest]


def test_a_new_sealing_takes_the_place_of_one_that_was_not_fetched(rig: DirectoryRig) -> None:
    send(rig, b"old")
    new = send(rig, b"new")
    assert rig.received() == {NAME: b"new"}
    assert fetched(rig) == []
    (rig.pickup / NAME).unlink()
    assert fetched(rig) == [new]


def test_a_new_sealing_does_not_hide_that_the_old_one_was_fetched(rig: DirectoryRig) -> None:
    old = send(rig, b"old")
    (rig.pickup / NAME).unlink()
    send(rig, b"new")
    assert fetched(rig) == [old]


def test_a_statement_said_is_no_parcel_and_its_fetch_is_nothing(rig: DirectoryRig) -> None:
    head = Message("palang-opr-uji-a-head.jws", b"head", "sha256:" + "0" * 64)
    for data in (b"head", b"newer"):
        with rig.open() as adapter:
            assert adapter.say(replace(head, data=data)).confirmed is False
    assert (rig.pickup / head.name).read_bytes() == b"newer"
    assert not (rig.pickup / f"{head.name}.sha256").exists()
    (rig.pickup / head.name).unlink()
    assert fetched(rig) == []


def test_the_checksum_is_what_sha256sum_writes(rig: DirectoryRig) -> None:
    digest = send(rig)
    line = (rig.pickup / f"{NAME}.sha256").read_text()
    assert line == f"{digest.removeprefix('sha256:')}  {NAME}\n"


def test_a_lone_checksum_goes_after_an_hour(rig: DirectoryRig) -> None:
    send(rig)
    (rig.pickup / NAME).unlink()
    companion = rig.pickup / f"{NAME}.sha256"
    os.utime(companion, (0, AT // SECOND - 3599))
    fetched(rig)
    assert companion.exists()
    os.utime(companion, (0, AT // SECOND - 3601))
    fetched(rig)
    assert not companion.exists()


def test_the_checksum_of_what_lies_there_stays(rig: DirectoryRig) -> None:
    send(rig)
    companion = rig.pickup / f"{NAME}.sha256"
    os.utime(companion, (0, 0))
    fetched(rig)
    assert companion.exists()


def test_a_left_temp_file_goes_after_an_hour_and_is_no_fetch(rig: DirectoryRig) -> None:
    send(rig)
    (note,) = rig.published.iterdir()
    part = rig.pickup / f".{NAME}.{'0' * 16}.part"
    (rig.pickup / NAME).rename(part)  # as a crash before the rename leaves it
    os.utime(part, (0, AT // SECOND - 1800))
    assert fetched(rig) == [] and part.exists() and note.exists()
    os.utime(part, (0, AT // SECOND - 3601))
    assert fetched(rig) == []
    assert not part.exists() and not note.exists()
    assert fetched(rig) == []


def test_a_file_that_only_looks_like_ours_stays(rig: DirectoryRig) -> None:
    for name in (".x.part", "notes.sha256", f"{NAME}.part"):
        (rig.pickup / name).write_bytes(b"x")
        os.utime(rig.pickup / name, (0, 0))
    fetched(rig)
    assert len(list(rig.pickup.iterdir())) == 3


def test_a_rename_in_mid_listing_is_no_fetch(
    rig: DirectoryRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(rig)
    listed = directory_pickup.listed

    def blind(folder: int, most: int) -> object:
        return (one for one in listed(folder, most) if one.name != NAME)

    monkeypatch.setattr(directory_pickup, "listed", blind)
    assert fetched(rig) == []


def test_another_partners_parcels_are_nobodys_business_here(rig: DirectoryRig) -> None:
    make_folders(rig.root.root, "opr-uji-b")
    digest = send(rig)
    own = rig.partner
    rig.partner = replace(own, id="opr-uji-b", channel="dir:opr-uji-b", reply="dir:opr-uji-b")
    (rig.pickup / NAME).unlink()
    assert fetched(rig) == []
    rig.partner = own
    assert fetched(rig) == [digest]


def test_a_temp_file_that_the_partner_removed_is_no_fetch(rig: DirectoryRig) -> None:
    def hook(point: str) -> None:
        if point == "before:directory.rename":
            for part in rig.pickup.glob(".*.part"):
                part.unlink()

    failpoints.arm(hook)
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    failpoints.arm(None)
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert fetched(rig) == []


def test_what_fails_before_it_is_seen_leaves_nothing(
    rig: DirectoryRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", full)
    with rig.open() as adapter, pytest.raises(SendError):
        adapter.send(DELIVERY, parcel())
    assert [path.name for path in rig.pickup.iterdir()] == [f"{NAME}.sha256"]
    assert list(rig.published.iterdir()) == []


def test_bytes_without_the_parcels_digest_are_never_laid_ready(rig: DirectoryRig) -> None:
    broken = replace(parcel(), data=b"damaged")
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, broken)
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert list(rig.pickup.iterdir()) == []


def test_a_folder_without_the_setgid_bit_still_gives_its_files_to_its_group(
    rig: DirectoryRig,
) -> None:
    rig.pickup.chmod(0o770)
    send(rig)
    assert (rig.pickup / NAME).stat().st_gid == rig.pickup.stat().st_gid


def test_the_quota_refuses_for_now_and_says_how_much_lies_there(tmp_path: Path) -> None:
    rig = DirectoryRig(tmp_path / "root", quota=1000)
    send(rig, bytes(400))
    (rig.pickup / "taken").mkdir()
    (rig.pickup / "taken" / "x").write_bytes(bytes(300))
    rig.put("y.jws", bytes(100))
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel(bytes(200), 2))
    assert (caught.value.handed_over, caught.value.busy) == ("no", True)
    lying = 400 + len((rig.pickup / f"{NAME}.sha256").read_bytes()) + 300 + 100
    assert f"{lying} bytes in 4 files" in str(caught.value)
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.say(Message("palang-opr-uji-a-head.jws", bytes(200), "sha256:" + "0" * 64))
    assert caught.value.busy
    (rig.pickup / "taken" / "x").unlink()
    send(rig, bytes(20), 2)


def test_what_lies_there_already_needs_no_room(tmp_path: Path) -> None:
    rig = DirectoryRig(tmp_path / "root", quota=1000)
    send(rig, bytes(900))
    send(rig, bytes(900))
