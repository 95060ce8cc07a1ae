"""A partner's full disk over SFTP: the protocol says only "failure", its statvfs says why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from adapters.channel_uri import parse
from adapters.ssh_errors import explain
from gateway.ports import Message, SendError
from tests.adapters.directory_rigs import AS_ROOT
from tests.adapters.rigs import DELIVERY, SftpRig, parcel
from tests.adapters.test_sftp_faults import serving

ROOT = Path(__file__).parents[2]
ROOMY = asyncssh.SFTPVFSAttrs(
    bsize=4096, frsize=4096, blocks=100, bfree=90, bavail=90, files=10, ffree=5, favail=5
)


class Full(asyncssh.SFTPServer):
    """Can't write, and says of its disk what a test wants."""

    disk: asyncssh.SFTPVFSAttrs | None = ROOMY
    short = False

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if self.short:
            return int(str(super().write(file_obj, offset, data[:1])))
        raise asyncssh.SFTPFailure("the partner's own words")

    def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        if self.disk is None:
            raise asyncssh.SFTPFailure("no")
        return self.disk


def failure(rig: SftpRig) -> SendError:
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert caught.value.handed_over == "no"
    assert rig.received() == {} and list(rig.inbox.iterdir()) == []
    return caught.value


@pytest.mark.parametrize(
    "disk",
    [{"bavail": 0}, {"bavail": 0, "bfree": 90}, {"favail": 0}, {"frsize": 1, "bavail": 5}],
)
@pytest.mark.parametrize("short", [False, True])
def test_a_disk_without_room_is_busy(tmp_path: Path, disk: dict[str, int], short: bool) -> None:
    kind = type("Kind", (Full,), {"disk": _disk(disk), "short": short})
    with serving(tmp_path, kind) as rig:
        error = failure(rig)
        assert (error.busy, error.alert) == (True, False)
        assert "no room" in str(error)
        head = Message("palang-opr-uji-a-head.jws", b"head..", "sha256:" + "0" * 64)
        with rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.say(head)
        assert caught.value.busy


@pytest.mark.parametrize("disk", [{}, {"files": 0, "favail": 0}, {"bfree": 0}, None])
def test_a_failure_on_a_disk_with_room_is_no_full_disk(
    tmp_path: Path, disk: dict[str, int] | None
) -> None:
    kind = type("Kind", (Full,), {"disk": None if disk is None else _disk(disk)})
    with serving(tmp_path, kind) as rig:
        assert failure(rig).busy is False


@pytest.mark.parametrize("error", [asyncssh.SFTPQuotaExceeded, asyncssh.SFTPNoSpaceOnFilesystem])
def test_a_newer_protocols_own_word_for_it_is_busy_too(
    error: Callable[[str], asyncssh.SFTPError],
) -> None:
    uri = parse("sftp://palang@127.0.0.1:22/inbox", allow_private=True)
    told = explain(error("the partner's own words"), uri, "unknown")
    assert (told.handed_over, told.busy, told.alert) == ("no", True, False)
    assert "own words" not in str(told)


def _disk(changed: dict[str, int]) -> asyncssh.SFTPVFSAttrs:
    names = ("bsize", "frsize", "blocks", "bfree", "bavail", "files", "ffree", "favail")
    return asyncssh.SFTPVFSAttrs(**({name: getattr(ROOMY, name) for name in names} | changed))


_REAL = """
import sys
from collections.abc import Callable
from pathlib import Path
from demo.servers import SshdServer
from gateway.ports import SendError
from tests.adapters.rigs import AUTHORIZED, DELIVERY, SftpRig, parcel
from tests.peers.cutting_proxy import CuttingProxy
with SshdServer(Path(sys.argv[1]), AUTHORIZED) as server, CuttingProxy(server.port) as proxy:
    rig = SftpRig(server, proxy)
    for sequence in (1, 2):
        with rig.open() as adapter:
            try:
                adapter.send(DELIVERY, parcel(bytes(600_000), sequence))
            except SendError as error:
                print(error.handed_over, error.busy, len(list(rig.inbox.iterdir())))
"""


@pytest.mark.sshd
@pytest.mark.skipif(not AS_ROOT, reason="only root mounts a small disk")
def test_opensshs_full_disk_is_busy(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=1m none {tmp_path} && exec "$@"'
    command = ["unshare", "-m", "sh", "-c", mount, "sh", sys.executable, "-c", _REAL, str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    if "unshare" in ran.stderr or "mount" in ran.stderr:
        pytest.skip("this container mounts no disk")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "no True 2\n"
