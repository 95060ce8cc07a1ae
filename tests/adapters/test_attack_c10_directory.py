"""C9 to C11 on the directory channel: one file system, folders that are what they must be, ids that
name a folder and never a way."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.directory_folders import Folders, checks
from adapters.directory_scheme import DirectoryScheme
from gateway.domain.errors import InputError
from gateway.ports import SendError
from tests.adapters.directory_rigs import (
    AS_ROOT,
    ID,
    DirectoryRig,
    directory_root,
    make_folders,
)
from tests.adapters.rigs import DELIVERY, QUICK, Keeper, StillClock, parcel

NAME = str(parcel().name)


@pytest.fixture
def rig(tmp_path: Path) -> DirectoryRig:
    """A partner's folders."""
    return DirectoryRig(tmp_path / "root")


def refused(rig: DirectoryRig) -> str:
    """Why send, say, collect and probe do nothing here."""
    said = []
    with rig.open() as adapter:
        acts: list[Callable[[], object]] = [
            lambda: adapter.send(DELIVERY, parcel()),
            lambda: adapter.collect(Keeper()),
        ]
        for act in acts:
            with pytest.raises(SendError) as caught:
                act()
            assert (caught.value.handed_over, caught.value.alert) == ("no", True)
            said.append(str(caught.value))
        report = adapter.probe()
    assert not report.good
    assert all(advice for _name, held, advice in report.checks if not held)
    assert said[0] == said[1]
    return said[0]


@pytest.mark.parametrize("name", [".", "pickup", "reply", "published"])
@pytest.mark.parametrize("kind", ["missing", "link", "file"])
def test_a_folder_that_is_no_real_folder_is_refused(
    rig: DirectoryRig, name: str, kind: str
) -> None:
    path = (rig.own / name).resolve()
    path.rename(rig.root.root.parent / "away")
    if kind == "link":
        path.symlink_to(rig.root.root.parent / "away")
    elif kind == "file":
        path.touch()
    assert "must be a real folder" in refused(rig)


def test_a_root_that_is_a_link_is_refused(rig: DirectoryRig) -> None:
    root = rig.root.root
    root.rename(root.with_name("away"))
    root.symlink_to(root.with_name("away"))
    assert "the root folder must be a real folder" in refused(rig)


@pytest.mark.parametrize(
    ("name", "mode", "part"),
    [
        ("..", 0o775, "root folder"),
        ("..", 0o757, "root folder"),
        (".", 0o775, "partner's folder"),
        (".", 0o777, "partner's folder"),
        ("pickup", 0o2750, "pick-up folder"),
        ("pickup", 0o2777, "pick-up folder"),
        ("pickup", 0o2774, "pick-up folder"),
        ("pickup", 0o3770, "pick-up folder"),
        ("reply", 0o2750, "reply folder"),
        ("reply", 0o2777, "reply folder"),
        ("reply", 0o2771, "reply folder"),
        ("published", 0o750, "what lay ready"),
        ("published", 0o705, "what lay ready"),
    ],
)
def test_rights_that_are_not_as_they_must_be_are_refused(
    rig: DirectoryRig, name: str, mode: int, part: str
) -> None:
    (rig.own / name).chmod(mode)
    said = refused(rig)
    assert part in said and f"{mode:o}" in said


@pytest.mark.skipif(not AS_ROOT, reason="only root gives a folder away")
@pytest.mark.parametrize("name", ["..", ".", "pickup", "reply", "published"])
def test_a_folder_of_another_owner_is_refused(rig: DirectoryRig, name: str) -> None:
    os.chown(rig.own / name, 1, -1)
    assert "user 1" in refused(rig)


@pytest.mark.skipif(AS_ROOT, reason="root's folders are root's")
def test_a_root_that_is_not_roots_lets_sshd_shut_nobody_in(tmp_path: Path) -> None:
    rig = DirectoryRig(tmp_path / "root")
    rig.root = type(rig.root)(rig.root.root, rig.root.quota)
    assert "owned by user 0" in refused(rig)


@pytest.mark.parametrize("place", list(Folders.__slots__))
def test_folders_on_two_file_systems_are_refused(
    rig: DirectoryRig, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, number = os.fstat, list(Folders.__slots__).index(place)

    class Elsewhere:
        """The state of a folder on another disk."""

        def __init__(self, state: os.stat_result) -> None:
            self._state = state
            self.st_dev = state.st_dev + 1

        def __getattr__(self, name: str) -> object:
            return getattr(self._state, name)

    calls: list[int] = []

    def fstat(handle: int) -> object:
        calls.append(handle)
        state = real(handle)
        return Elsewhere(state) if (len(calls) - 1) % 5 == number else state

    monkeypatch.setattr("adapters.directory_folders.os.fstat", fstat)
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    monkeypatch.undo()
    assert caught.value.alert and "one file system" in str(caught.value)
    assert rig.received() == {}


def test_a_real_second_file_system_is_seen(rig: DirectoryRig, tmp_path: Path) -> None:
    own = os.stat(tmp_path).st_dev
    others = [p for p in ("/dev/shm", "/var/tmp") if Path(p).is_dir() and os.stat(p).st_dev != own]
    if not others:
        pytest.skip("no second file system here")
    handles = [os.open(path, os.O_RDONLY) for path in (rig.own, others[0])]
    try:
        here, there = handles
        open_ = Folders(here, here, here, here, there)
        held = {one.name: one.held for one in checks(open_, rig.root, ID)}
        assert not held["one file system"]
        open_ = Folders(here, here, here, here, here)
        held = {one.name: one.held for one in checks(open_, rig.root, ID)}
        assert held["one file system"]
    finally:
        for handle in handles:
            os.close(handle)


# C9


def test_a_partner_that_polls_all_the_time_sees_nothing_or_the_whole(rig: DirectoryRig) -> None:
    data = bytes(range(256)) * 20_000  # 5 MB
    sizes: set[int] = set()
    lone: list[str] = []
    ending = threading.Event()

    def poll() -> None:
        while not ending.is_set():
            for path in rig.pickup.glob("palang-*.jwe"):
                sizes.add(path.stat().st_size)
                if not path.with_name(f"{path.name}.sha256").exists():
                    lone.append(path.name)

    watcher = threading.Thread(target=poll)
    watcher.start()
    try:
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel(data))
    finally:
        ending.set()
        watcher.join()
    assert sizes <= {len(data)} and lone == []
    assert rig.received() == {NAME: data}


def test_the_partners_group_may_read_a_parcel_and_nobody_else(rig: DirectoryRig) -> None:
    before = os.umask(0o000)
    try:
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
    finally:
        os.umask(before)
    for path in (rig.pickup / NAME, rig.pickup / f"{NAME}.sha256"):
        state = path.stat()
        assert state.st_mode & 0o777 == 0o640
        assert state.st_gid == rig.pickup.stat().st_gid


# C11


TRAVERSAL = [
    "dir:",
    "dir:.",
    "dir:..",
    "dir:../opr-uji-a",
    "dir:/opr-uji-a",
    "dir://opr-uji-a",
    "dir:opr-uji-a/",
    "dir:opr-uji-a/..",
    "dir:opr-uji-a/pickup",
    "dir:opr-uji-a%2f..",
    "dir:opr-uji-a\x00",
    "dir:opr-uji-a\n",
    "dir:OPR-UJI-A",
    "dir:opr\\uji",
    "dir:opr_uji",
    "dir:\u212apr",
    "dir:" + "a" * 32,
    "DIR:opr-uji-a",
    "opr-uji-a",
]


@pytest.mark.parametrize("uri", TRAVERSAL)
def test_an_id_that_is_a_way_is_refused_at_the_outermost_place(rig: DirectoryRig, uri: str) -> None:
    scheme = DirectoryScheme(StillClock(), rig.root, limits=QUICK)
    refusals: list[Callable[[], None]] = [
        lambda: scheme.check_channel(uri, ""),
        lambda: scheme.check_channel("dir:opr-uji-a", uri),
        lambda: scheme.check_peer(uri, ""),
    ]
    for check in refusals:
        with pytest.raises(InputError) as caught:
            check()
        assert uri.partition(":")[2] not in str(caught.value) or len(uri) < 10
    rig.partner = replace(rig.partner, channel=uri)
    with pytest.raises(InputError):
        _use(rig)


def _use(rig: DirectoryRig) -> None:
    with rig.open() as adapter:
        adapter.send(DELIVERY, parcel())


def test_a_channel_of_another_partners_folder_is_refused(rig: DirectoryRig) -> None:
    make_folders(rig.root.root, "opr-uji-b")
    scheme = DirectoryScheme(StillClock(), rig.root)
    with pytest.raises(InputError, match="its channel must be dir:opr-uji-a"):
        scheme.adapter(replace(rig.partner, channel="dir:opr-uji-b", reply=""))


@pytest.mark.parametrize("peer", ["no key", "ssh-ed25519 AAAA", "ssh-rsa"])
def test_a_login_key_that_is_none_is_refused(rig: DirectoryRig, peer: str) -> None:
    scheme = DirectoryScheme(StillClock(), directory_root(rig.root.root))
    with pytest.raises(InputError):
        scheme.check_peer("dir:opr-uji-a", peer)
    scheme.check_peer("dir:opr-uji-a", "")
    scheme.check_peer("dir:opr-uji-a", rig.partner.peer)


def test_no_call_leaves_a_handle_open(rig: DirectoryRig) -> None:
    def handles() -> int:
        return len(os.listdir("/proc/self/fd"))

    acts: list[Callable[[], object]] = [lambda: _use(rig), lambda: refused(rig)]
    _use(rig)
    before = handles()
    for act in acts:
        act()
        rig.pickup.chmod(0o2750)
    assert handles() == before
