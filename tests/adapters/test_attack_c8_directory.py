"""C8 on the directory channel: whatever lies in the reply folder, nothing outside it is read,
nothing hangs, nothing of it is taken away, and a person is told."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.directory_folders import Account
from gateway.ports import SendError
from tests.adapters.directory_rigs import AS_ROOT, NOBODY, DirectoryRig
from tests.adapters.rigs import DELIVERY, Keeper, parcel

SECRET = b"what no partner may make us read"


@pytest.fixture
def rig(tmp_path: Path) -> DirectoryRig:
    """A partner's folders."""
    return DirectoryRig(tmp_path / "root")


def collected(rig: DirectoryRig) -> tuple[list[bytes], str]:
    """What one collection kept, and what it says to a person."""
    keeper, said = Keeper(), ""
    with rig.open() as adapter:
        try:
            adapter.collect(keeper)
        except SendError as error:
            assert error.alert
            said = str(error)
    return [item.data for item in keeper.kept], said


def _outside(rig: DirectoryRig) -> Path:
    path = rig.root.root.parent / "secret.jws"
    path.write_bytes(SECRET)
    return path


def symlink(rig: DirectoryRig, name: str) -> None:
    (rig.reply / name).symlink_to(_outside(rig))


def relative_symlink(rig: DirectoryRig, name: str) -> None:
    _outside(rig)
    (rig.reply / name).symlink_to("../../../secret.jws")


def dangling_symlink(rig: DirectoryRig, name: str) -> None:
    (rig.reply / name).symlink_to("nowhere")


def symlink_to_a_sibling(rig: DirectoryRig, name: str) -> None:
    rig.put("real.txt", b"x")
    (rig.reply / name).symlink_to("real.txt")


def hard_link(rig: DirectoryRig, name: str) -> None:
    os.link(_outside(rig), rig.reply / name)


def fifo(rig: DirectoryRig, name: str) -> None:
    os.mkfifo(rig.reply / name)


def folder(rig: DirectoryRig, name: str) -> None:
    (rig.reply / name).mkdir()


def unix_socket(rig: DirectoryRig, name: str) -> None:
    here = os.getcwd()
    os.chdir(rig.reply)  # the whole path may be too long for a socket
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(name)
    finally:
        os.chdir(here)


@pytest.mark.parametrize(
    "plant",
    [
        symlink,
        relative_symlink,
        dangling_symlink,
        symlink_to_a_sibling,
        hard_link,
        fifo,
        folder,
        unix_socket,
    ],
)
def test_what_is_no_plain_file_is_left_and_told(
    rig: DirectoryRig, plant: Callable[[DirectoryRig, str], None]
) -> None:
    plant(rig, "b.jws")
    rig.put("a.jws", b"statement")
    rig.put("c.jws", b"another")
    kept, said = collected(rig)
    assert kept == [b"statement", b"another"]
    assert "1 x not a regular file" in said or "1 x has more than one name" in said
    assert SECRET.decode() not in said and "b.jws" not in said
    assert os.path.lexists(rig.reply / "b.jws")


@pytest.mark.skipif(not AS_ROOT, reason="only root makes a device")
def test_a_device_is_not_even_opened(rig: DirectoryRig) -> None:
    try:
        os.mknod(rig.reply / "a.jws", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container makes no device")
    kept, said = collected(rig)
    assert kept == [] and "1 x not a regular file" in said


@pytest.mark.parametrize("plant", [symlink, fifo, unix_socket, folder])
def test_what_becomes_something_else_between_two_looks_is_neither_followed_nor_waited_for(
    rig: DirectoryRig,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[DirectoryRig, str], None],
) -> None:
    rig.put("a.jws", b"statement")
    rig.put("b.jws", b"another")
    real_open, real_read, seen = os.open, os.read, bytearray()

    def swapping(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == "a.jws":
            monkeypatch.setattr(os, "open", real_open)
            (rig.reply / path).unlink()
            plant(rig, path)
            signal.alarm(5)  # a FIFO without a writer would be waited for without end
        return real_open(path, flags, mode, dir_fd=dir_fd)

    def reading(handle: int, size: int) -> bytes:
        data = real_read(handle, size)
        seen.extend(data)
        return data

    monkeypatch.setattr(os, "open", swapping)
    monkeypatch.setattr(os, "read", reading)
    kept, said = collected(rig)
    signal.alarm(0)
    assert kept == [b"another"] and "1 x not a regular file" in said
    assert SECRET not in seen


@pytest.mark.parametrize("other", [b"longer statement", b"statemenu"])
def test_what_is_written_while_it_is_read_is_left_for_later(
    rig: DirectoryRig, monkeypatch: pytest.MonkeyPatch, other: bytes
) -> None:
    path = rig.put("a.jws", b"statement")
    real = os.read

    def writing(handle: int, size: int) -> bytes:
        data = real(handle, size)
        if data == b"statement":
            path.write_bytes(other)
            os.utime(path, (1, 1))
        return data

    monkeypatch.setattr(os, "read", writing)
    assert collected(rig) == ([], "")
    monkeypatch.undo()
    assert collected(rig) == ([other], "")


def test_another_file_that_came_under_the_name_is_not_taken_away(rig: DirectoryRig) -> None:
    rig.put("a.jws", b"first")

    def replacing(_item: object) -> None:
        rig.put("a.jws", b"second")

    with rig.open() as adapter:
        adapter.collect(replacing)
    assert collected(rig) == ([b"second"], "")


@pytest.mark.parametrize(
    "name",
    [
        b"\xff\xfe.jws",
        b"a b.jws",
        b"a\nb.jws",
        b"\x1b[31m.jws",
        b"-rf.jws",
        b".jws",
        b"..jws",
        b"a\\..\\x.jws",
        b"a:b.jws",
        "\u202egpj.jws".encode(),
        b"a" * 205 + b".jws",
    ],
)
def test_an_odd_name_is_left_and_never_shown(rig: DirectoryRig, name: bytes) -> None:
    path = os.fsencode(rig.reply) + b"/" + name
    with open(path, "wb") as file:
        file.write(b"statement")
    kept, said = collected(rig)
    assert kept == []
    assert "1 x a name outside" in said
    assert said.isascii() and said.isprintable()
    assert os.path.exists(path)


@pytest.mark.parametrize("name", ["a.txt", "a.jws.part", ".a.jws.part", "a.JWS", "README"])
def test_what_claims_to_be_no_statement_is_the_partners_own_business(
    rig: DirectoryRig, name: str
) -> None:
    rig.put(name, b"x")
    assert collected(rig) == ([], "")
    assert (rig.reply / name).exists()


def test_too_many_names_are_told_and_some_are_taken(rig: DirectoryRig) -> None:
    for number in range(70):
        rig.put(f"s{number:03}.jws", b"statement")
    kept, said = collected(rig)
    assert len(kept) == 40 and "more than 60 names" in said
    kept, said = collected(rig)
    assert len(kept) == 30 and said == ""


def test_a_flooded_pickup_folder_is_told_and_nothing_counts_as_fetched(rig: DirectoryRig) -> None:
    with rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    (rig.pickup / str(parcel().name)).unlink()
    for number in range(70):
        (rig.pickup / f"{number}").touch()
    kept, said = collected(rig)
    assert kept == [] and "more than 60 names" in said
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)


def test_a_file_beyond_the_cap_is_not_read(rig: DirectoryRig) -> None:
    path = rig.put("a.jws", b"")
    os.truncate(path, 10**12)  # sparse: as large as a file can claim to be
    kept, said = collected(rig)
    assert kept == [] and "1 x larger than 4096 bytes" in said


@pytest.mark.skipif(not AS_ROOT, reason="a plain user has no file of another user's")
def test_a_file_that_is_not_the_partners_own_is_left(rig: DirectoryRig) -> None:
    path = rig.put("a.jws", b"statement")
    os.chown(path, 0, 0)
    kept, said = collected(rig)
    assert kept == [] and "1 x not the partner's own file" in said
    rig.known_as(None)
    assert collected(rig) == ([b"statement"], "")


def test_a_folder_of_another_group_than_the_partners_is_refused(rig: DirectoryRig) -> None:
    other = NOBODY - 7
    rig.known_as(Account(other, frozenset({other})))
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert caught.value.alert and "partner's group" in str(caught.value)


@pytest.mark.skipif(AS_ROOT, reason="root reads everything")
def test_a_file_that_we_may_not_read_is_left_and_told(rig: DirectoryRig) -> None:
    rig.put("a.jws", b"statement").chmod(0)
    kept, said = collected(rig)
    assert kept == [] and "1 x not readable" in said


@pytest.mark.parametrize("plant", [symlink, fifo, folder, hard_link])
def test_what_a_partner_lays_in_our_way_in_the_pickup_folder_is_replaced_or_told(
    rig: DirectoryRig, plant: Callable[[DirectoryRig, str], None]
) -> None:
    name = str(parcel().name)
    plant(rig, name)
    (rig.reply / name).rename(rig.pickup / name)
    try:
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        assert not (rig.pickup / name).is_symlink()
        assert (rig.pickup / name).read_bytes() == b"sealed"
    except SendError as error:
        assert plant is folder and (error.handed_over, error.alert) == ("no", True)
    outside = rig.root.root.parent / "secret.jws"
    assert not outside.exists() or outside.read_bytes() == SECRET
    assert collected(rig) == ([], "")
