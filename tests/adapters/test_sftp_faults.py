"""What each failing step of an upload leaves and tells the dispatcher (threats.md F3, F7)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from demo.servers import AsyncsshServer
from gateway.ports import SendError
from tests.adapters.rigs import AUTHORIZED, DELIVERY, QUICK, SftpRig, parcel, registry
from tests.peers.cutting_proxy import CuttingProxy

TOLD = "the partner's own words"
NAME = str(parcel().name)


class Failing(asyncssh.SFTPServer):
    """Fails at one call of one operation, before or after it was done."""

    operation, call, after, error = "", 1, False, asyncssh.SFTPFailure
    calls = 0

    @classmethod
    def step(cls, operation: str, do: Callable[[], object]) -> object:
        if operation != cls.operation:
            return do()
        cls.calls += 1
        if cls.calls != cls.call:
            return do()
        if cls.after:
            do()
        raise cls.error(TOLD)

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        return self.step("open", lambda: super(Failing, self).open(path, pflags, attrs))

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        written = self.step("write", lambda: super(Failing, self).write(file_obj, offset, data))
        return int(str(written))

    def fsync(self, file_obj: object) -> None:
        self.step("fsync", lambda: super(Failing, self).fsync(file_obj))

    def lstat(self, path: bytes) -> object:  # type: ignore[override]  # os.stat_result, passed on
        return self.step("lstat", lambda: super(Failing, self).lstat(path))

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        data = self.step("read", lambda: super(Failing, self).read(file_obj, offset, size))
        assert isinstance(data, bytes)
        return data

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.step("posix_rename", lambda: super(Failing, self).posix_rename(oldpath, newpath))


@contextmanager
def serving(folder: Path, server: type[asyncssh.SFTPServer]) -> Iterator[SftpRig]:
    """A rig on a server of that kind."""
    chroot = str(folder).encode()
    with (
        AsyncsshServer(folder, AUTHORIZED, sftp=lambda chan: server(chan, chroot)) as peer,
        CuttingProxy(peer.port) as proxy,
    ):
        yield SftpRig(peer, proxy)


def attempt(rig: SftpRig, data: bytes = b"sealed") -> SendError | None:
    """One send; the failure, if there was one."""
    with rig.open() as adapter:
        try:
            adapter.send(DELIVERY, parcel(data))
        except SendError as error:
            return error
    return None


def temps(rig: SftpRig) -> list[str]:
    """What is left of temp files."""
    return [path.name for path in rig.inbox.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("after", [False, True], ids=["not-done", "done"])
@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("open", 1),
        ("open", 2),
        ("open", 3),
        ("write", 1),
        ("write", 2),
        ("fsync", 1),
        ("lstat", 1),
        ("read", 1),
        ("posix_rename", 1),
        ("posix_rename", 2),
    ],
)
def test_a_failing_step_is_told_rightly_and_the_next_attempt_makes_it_good(
    tmp_path: Path, operation: str, call: int, after: bool
) -> None:
    class Server(Failing):
        pass

    Server.operation, Server.call = operation, call
    Server.after = after and operation != "open"  # asyncssh would lose track of an opened file
    with serving(tmp_path, Server) as rig:
        failure = attempt(rig)
        assert failure is not None
        last = (operation, call) == ("posix_rename", 2)  # the parcel's own
        assert failure.handed_over == ("unknown" if last else "no")
        assert rig.received() == ({NAME: b"sealed"} if last and after else {})
        assert TOLD not in str(failure) + failure.hint
        assert attempt(rig) is None
        assert rig.received() == {NAME: b"sealed"}


@pytest.mark.parametrize("operation", ["open", "write", "posix_rename"])
@pytest.mark.parametrize(
    "error", [asyncssh.SFTPPermissionDenied, asyncssh.SFTPOpUnsupported, asyncssh.SFTPNoSuchFile]
)
def test_a_refusing_server_took_nothing_and_a_person_must_look(
    tmp_path: Path, operation: str, error: type[asyncssh.SFTPError]
) -> None:
    class Server(Failing):
        pass

    Server.operation, Server.error = operation, error  # type: ignore[assignment]  # kinds of one base
    with serving(tmp_path, Server) as rig:
        failure = attempt(rig)
        assert failure is not None
        assert (failure.handed_over, failure.alert) == ("no", True)
        assert rig.received() == {}


def test_a_server_that_stores_less_than_it_says_is_caught(tmp_path: Path) -> None:
    class Server(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            super().write(file_obj, offset, data[:-1])
            return len(data)

    with serving(tmp_path, Server) as rig:
        failure = attempt(rig)
        assert failure is not None
        assert failure.handed_over == "no"
        assert "stored 5 bytes, 6 were sent" in str(failure)
        assert temps(rig) == []
        assert rig.received() == {}


def test_a_server_that_changes_bytes_is_caught(tmp_path: Path) -> None:
    class Server(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            super().write(file_obj, offset, data.replace(b"s", b"z"))
            return len(data)

    with serving(tmp_path, Server) as rig:
        failure = attempt(rig)
        assert failure is not None
        assert "digest" in str(failure)
        assert rig.received() == {}


def test_bytes_that_are_not_the_parcels_never_go_into_place(asyncssh_rig: SftpRig) -> None:
    wrong = replace(parcel(), digest="sha256:" + "0" * 64)
    with asyncssh_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, wrong)
    assert caught.value.alert
    assert asyncssh_rig.received() == {}


def test_a_server_without_posix_rename_is_told_so(tmp_path: Path) -> None:
    class Old(asyncssh.SFTPServer):
        """Its extension list has no posix-rename."""

    from asyncssh import sftp as protocol

    with pytest.MonkeyPatch.context() as patch:
        names = [pair for pair in protocol.SFTPServerHandler._extensions if b"posix" not in pair[0]]
        patch.setattr(protocol.SFTPServerHandler, "_extensions", names)
        with serving(tmp_path, Old) as rig:
            failure = attempt(rig)
            with rig.open() as adapter:
                report = adapter.probe()
            assert temps(rig) == []
    assert failure is not None
    assert (failure.handed_over, failure.alert) == ("no", True)
    assert "posix-rename@openssh.com" in str(failure)
    assert not report.good
    assert "posix-rename@openssh.com" in str(report.checks)


def test_a_server_that_dies_during_the_upload_took_nothing(tmp_path: Path) -> None:
    rigs: list[SftpRig] = []

    class Server(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            rigs[0].proxy.losing.set()
            super().write(file_obj, offset, data)
            return len(data)

    with serving(tmp_path, Server) as rig:
        rigs.append(rig)
        failure = attempt(rig, b"x" * 500_000)
        assert failure is not None
        assert failure.handed_over == "no"
        assert rig.received() == {}


@pytest.mark.parametrize(
    ("operation", "outcome"), [("write", "no"), ("posix_rename", "no"), ("last_rename", "unknown")]
)
def test_a_server_that_hangs_ends_with_the_time_for_it(
    tmp_path: Path, operation: str, outcome: str
) -> None:
    class Server(asyncssh.SFTPServer):
        async def hang(self, *_args: object) -> int:
            await self.connection.wait_closed()
            return 0

        async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            parcels = newpath.endswith(b".jwe")
            if operation == "posix_rename" or (operation == "last_rename" and parcels):
                await self.hang()
            super().posix_rename(oldpath, newpath)

    if operation == "write":
        setattr(Server, operation, Server.hang)
    brief = registry(limits=replace(QUICK, total=0.6))
    with serving(tmp_path, Server) as rig, brief.open(rig.partner) as adapter:
        with pytest.raises(SendError, match="no answer within") as caught:
            adapter.send(DELIVERY, parcel())
        assert caught.value.handed_over == outcome


def test_nobody_listening_is_surely_not_sent(asyncssh_rig: SftpRig) -> None:
    asyncssh_rig.server.stop()
    failure = attempt(asyncssh_rig)
    assert failure is not None
    assert failure.handed_over == "no"


def test_a_folder_that_is_not_there_is_told(asyncssh_rig: SftpRig) -> None:
    asyncssh_rig.inbox.rmdir()
    failure = attempt(asyncssh_rig)
    assert failure is not None
    assert (failure.handed_over, failure.alert) == ("no", True)
    assert "no such file" in str(failure)


def test_old_temp_files_of_ours_are_swept_and_nothing_else(asyncssh_rig: SftpRig) -> None:
    old, new = f".{NAME}.0123456789abcdef.part", f".{NAME}.fedcba9876543210.part"
    others = (".other.part", "notes.part", f".{NAME}.xyz.part", f"{NAME}.0123456789abcdef.part")
    for name in (old, new, *others):
        (asyncssh_rig.inbox / name).write_bytes(b"left")
        if name != new:
            os.utime(asyncssh_rig.inbox / name, (1, time.time() - 2 * QUICK.stale))
    assert attempt(asyncssh_rig) is None
    there = {path.name for path in asyncssh_rig.inbox.iterdir()}
    assert there == {new, *others, NAME, f"{NAME}.sha256"}


def test_an_inbox_that_can_not_be_listed_is_no_failure(tmp_path: Path) -> None:
    class Server(asyncssh.SFTPServer):
        def scandir(self, path: bytes) -> object:  # type: ignore[override]  # refuses at once
            raise asyncssh.SFTPPermissionDenied(TOLD)

    with serving(tmp_path, Server) as rig:
        assert attempt(rig) is None
        assert rig.received() == {NAME: b"sealed"}


def test_the_login_folder_itself_can_be_the_channel(asyncssh_rig: SftpRig) -> None:
    root = asyncssh_rig.partner.channel.removesuffix("/inbox")
    asyncssh_rig.partner = replace(asyncssh_rig.partner, channel=root)
    assert attempt(asyncssh_rig) is None
    assert (asyncssh_rig.server.folder / NAME).read_bytes() == b"sealed"
