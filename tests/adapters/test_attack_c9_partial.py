"""C9: a partner that looks at any moment sees no parcel or the whole one."""

from __future__ import annotations

import hashlib
import threading

import pytest

from gateway.domain import failpoints
from tests.adapters.rigs import DELIVERY, SftpRig, parcel

BIG = bytes(range(256)) * 20_000  # 5 MB


@pytest.mark.sshd
def test_a_partner_of_openssh_never_sees_a_part(sshd_rig: SftpRig) -> None:
    never_a_part(sshd_rig)


def test_a_partner_of_asyncssh_never_sees_a_part(asyncssh_rig: SftpRig) -> None:
    never_a_part(asyncssh_rig)


def never_a_part(rig: SftpRig) -> None:
    """Look all the time while the parcel is sent twice."""
    done, sizes, temps = threading.Event(), set[int](), set[str]()

    def look() -> None:
        while not done.is_set():
            for path in rig.inbox.iterdir():
                if path.name.startswith("."):
                    temps.add(path.name)
                elif path.name.endswith(".jwe"):
                    sizes.add(len(path.read_bytes()))

    partner = threading.Thread(target=look)
    partner.start()
    for _ in range(2):
        with rig.open() as adapter:
            adapter.send(DELIVERY, parcel(BIG))
    done.set()
    partner.join(10)
    assert sizes <= {len(BIG)}
    assert temps  # it did look while something was on its way
    assert {path.name for path in rig.inbox.iterdir()} == {
        str(parcel().name),
        f"{parcel().name}.sha256",
    }


def test_digest_file_lies_there_before_the_parcel_and_fits_sha256sum(
    asyncssh_rig: SftpRig,
) -> None:
    seen: dict[str, dict[str, bytes]] = {}

    def look(point: str) -> None:
        names = (path for path in asyncssh_rig.inbox.iterdir() if path.name[0] != ".")
        seen[point] = {path.name: path.read_bytes() for path in names}

    failpoints.arm(look)
    with asyncssh_rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    name, line = str(parcel().name), hashlib.sha256(b"sealed").hexdigest()
    beside = {f"{name}.sha256": f"{line}  {name}\n".encode()}
    assert list(seen) == [
        "before:sftp.sha256.rename",
        "after:sftp.sha256.rename",
        "before:sftp.rename",
        "after:sftp.rename",
    ]
    assert seen["before:sftp.sha256.rename"] == {}
    assert seen["before:sftp.rename"] == beside
    assert seen["after:sftp.rename"] == {**beside, name: b"sealed"}
