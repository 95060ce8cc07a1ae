"""C8: whatever a partner's SFTP server lists or sends, nothing is written and nothing overflows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from demo.servers import AsyncsshServer
from gateway.ports import SendError
from tests.adapters.rigs import AUTHORIZED, DELIVERY, QUICK, Keeper, SftpRig, parcel, registry
from tests.peers.cutting_proxy import CuttingProxy

ODD = [
    b"../escape.jws",
    b"../../../../etc/cron.d/x.jws",
    b"/etc/palang.jws",
    b"a\\..\\x.jws",
    b"sub/x.jws",
    b"nul\x00.jws",
    b"line\r\n.jws",
    b"\x1b[2J.jws",
    b".hidden.jws",
    b"-rf.jws",
    b" .jws",
    b"caf\xe9.jws",
    b"*.jws",
    b"~root.jws",
    b".jws",
    b"x" * 300 + b".jws",
]


class Listing(asyncssh.SFTPServer):
    """Says that the folder holds what the test wants; everything else is honest."""

    names: Callable[[], Iterator[bytes]]
    told = 0

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for name in type(self).names():
            type(self).told += 1
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs())


@contextmanager
def hostile(folder: Path, server: type[asyncssh.SFTPServer]) -> Iterator[SftpRig]:
    """A rig on a server of that kind, locked into the folder."""
    chroot = str(folder).encode()
    with (
        AsyncsshServer(folder, AUTHORIZED, sftp=lambda chan: server(chan, chroot)) as peer,
        CuttingProxy(peer.port) as proxy,
    ):
        yield SftpRig(peer, proxy)


def collected(rig: SftpRig) -> tuple[list[bytes], SendError | None]:
    """What was kept, and the failure if there was one."""
    keeper = Keeper()
    failure: SendError | None = None
    with rig.open() as adapter:
        try:
            adapter.collect(keeper)
        except SendError as error:
            failure = error
    return [item.data for item in keeper.kept], failure


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_name_is_left_alerted_and_keeps_nothing_else_from_coming(
    tmp_path: Path, odd: bytes
) -> None:
    class Server(Listing):
        names = staticmethod(
            lambda: iter([odd, b"good.jws", b"good.jws", b".", b"..", b"notes.txt"])
        )

    with hostile(tmp_path, Server) as rig:
        rig.put_reply("good", b"statement")
        kept, failure = collected(rig)
        assert rig.replies() == set()
    assert kept == [b"statement"]
    assert failure is not None
    assert failure.alert
    assert "1 x a name outside" in str(failure)
    assert odd.decode("latin1") not in str(failure)


def test_a_listing_without_end_is_cut_off_and_alerts(tmp_path: Path) -> None:
    class Server(Listing):
        names = staticmethod(lambda: (b"junk-%d.txt" % number for number in range(1_000_000)))

    with hostile(tmp_path, Server) as rig:
        kept, failure = collected(rig)
    assert kept == []
    assert failure is not None
    assert failure.alert
    assert "more than 60 names" in str(failure)
    assert Server.told < 1000


def test_a_listing_that_says_nothing_for_ever_ends_with_the_time(tmp_path: Path) -> None:
    class Server(asyncssh.SFTPServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            await self.connection.wait_closed()
            yield asyncssh.SFTPName(b"")

    with hostile(tmp_path, Server) as rig:
        brief = registry(limits=replace(QUICK, total=0.5))
        with brief.open(rig.partner) as adapter, pytest.raises(SendError, match="no answer within"):
            adapter.collect(Keeper())


def specials(outbox: Path, secret: Path) -> None:
    """A link out of the folder, a pipe, a folder and a device, all named as statements."""
    (outbox / "link.jws").symlink_to(secret)
    (outbox / "inner.jws").symlink_to("good.jws")
    os.mkfifo(outbox / "pipe.jws")
    (outbox / "folder.jws").mkdir()


@pytest.mark.sshd
def test_only_regular_files_are_taken_from_openssh(sshd_rig: SftpRig, tmp_path: Path) -> None:
    only_regular(sshd_rig, tmp_path)


def test_only_regular_files_are_taken_from_asyncssh(asyncssh_rig: SftpRig, tmp_path: Path) -> None:
    only_regular(asyncssh_rig, tmp_path)


def only_regular(rig: SftpRig, tmp_path: Path) -> None:
    """Four special files are left and counted, the one regular file is taken."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"not for the gateway")
    specials(rig.outbox, secret)
    rig.put_reply("good", b"statement")
    kept, failure = collected(rig)
    assert kept == [b"statement"]
    assert failure is not None
    assert "4 x not a regular file" in str(failure)
    assert secret.exists()


@pytest.mark.parametrize(("says", "has"), [(9, 5000), (5000, 9), (2**63, 9), (None, 9)])
def test_a_file_that_is_not_what_its_size_says_is_left(
    tmp_path: Path, says: int | None, has: int
) -> None:
    class Server(asyncssh.SFTPServer):
        async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
            mode = 0o100644
            return asyncssh.SFTPAttrs(
                size=says, permissions=mode, type=asyncssh.FILEXFER_TYPE_REGULAR
            )

    with hostile(tmp_path, Server) as rig:
        rig.put_reply("a", b"x" * has)
        kept, _failure = collected(rig)
        assert rig.replies() == {"a"}
    assert kept == []


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_time(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"

    class Server(asyncssh.SFTPServer):
        def read(self, file_obj: object, offset: int, size: int) -> bytes:
            with (outbox / "a.jws").open("ab") as file:
                file.write(b" and more")
            return b"statement"

    with hostile(tmp_path, Server) as rig:
        rig.put_reply("a", b"statement")
        kept, failure = collected(rig)
        assert rig.replies() == {"a"}
    assert kept == []
    assert failure is None


def test_a_parcel_goes_to_the_channel_folder_whatever_the_server_calls_it(tmp_path: Path) -> None:
    class Server(asyncssh.SFTPServer):
        def realpath(self, path: bytes) -> bytes:
            return b"/outbox"

    with hostile(tmp_path, Server) as rig:
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        assert rig.received() == {str(parcel().name): b"sealed"}
        assert rig.replies() == set()


def test_the_working_folder_of_the_gateway_stays_empty(
    asyncssh_rig: SftpRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    asyncssh_rig.put_reply("a", b"statement")
    kept, _failure = collected(asyncssh_rig)
    assert kept == [b"statement"]
    assert list(here.iterdir()) == []
