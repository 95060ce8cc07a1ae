"""The directory channel with the system's OpenSSH and the stock `sftp`, as a partner's cron job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.fetched import read
from gateway.ports import Message, SendError
from tests.adapters.directory_rigs import AS_ROOT
from tests.adapters.directory_sshd import Served, served
from tests.adapters.rigs import DELIVERY, Keeper, parcel

pytestmark = pytest.mark.sshd

NAME = str(parcel().name)
HEAD = Message("palang-opr-uji-a-head.jws", b"head", "sha256:" + "0" * 64)


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Served]:
    """A partner with its own machine, and the gateway's OpenSSH."""
    with served(tmp_path) as found:
        yield found


def collect(partner: Served) -> list[tuple[str, bytes | str]]:
    """What a collection keeps: statements' bytes, digests of what was fetched."""
    keeper = Keeper()
    with partner.rig.open() as adapter:
        adapter.collect(keeper)
    return [
        (item.kind, read(item.data).parcel if item.kind == "fetched" else item.data)
        for item in keeper.kept
    ]


def test_the_documented_folders_and_script_carry_parcels_and_statements(partner: Served) -> None:
    first, second = parcel(bytes(range(256)) * 4000), parcel(b"second", 2)
    with partner.rig.open() as adapter:
        assert adapter.probe().good
        for what in (first, second):
            adapter.send(DELIVERY, what)
        adapter.say(HEAD)
    assert collect(partner) == []
    (partner.home / "out").mkdir()
    (partner.home / "out" / "ack-1.jws").write_bytes(b"statement")
    partner.cron()
    got = {path.name: path.read_bytes() for path in (partner.home / "in").iterdir()}
    assert got == {
        str(first.name): first.data,
        str(second.name): second.data,
        HEAD.name: HEAD.data,
    }
    assert all(path.suffix == ".sha256" for path in partner.rig.pickup.iterdir())
    assert collect(partner) == [
        ("statement", b"statement"),
        ("fetched", first.digest),
        ("fetched", second.digest),
    ]
    assert [path.name for path in (partner.home / "sent").iterdir()] == ["ack-1.jws"]
    partner.cron()
    assert collect(partner) == []


def test_a_parcel_that_does_not_match_its_checksum_stays_and_is_no_fetch(partner: Served) -> None:
    with partner.rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    path = partner.rig.pickup / NAME
    path.write_bytes(b"damaged")
    partner.cron()
    assert path.exists() and not any((partner.home / "in").iterdir())
    assert collect(partner) == []
    with partner.rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    partner.cron()
    assert (partner.home / "in" / NAME).read_bytes() == b"sealed"
    assert collect(partner) == [("fetched", parcel().digest)]


def test_a_partner_that_moves_parcels_to_taken_has_fetched_them(partner: Served) -> None:
    with partner.rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    code, said = partner.sftp("mkdir pickup/taken", f"rename pickup/{NAME} pickup/taken/{NAME}")
    assert code == 0, said
    assert collect(partner) == [("fetched", parcel().digest)]


def test_what_the_partner_plants_with_its_own_client_is_left_and_told(partner: Served) -> None:
    (partner.home / "x").write_bytes(b"statement")
    code, said = partner.sftp(
        "ln -s /etc/passwd reply/a.jws",
        "ln -s ../pickup reply/b.jws",
        "mkdir reply/c.jws",
        "put x reply/d.part",
        "ln reply/d.part reply/d.jws",
        "put x reply/e.part",
        "rename reply/e.part reply/e.jws",
    )
    assert code == 0, said
    keeper = Keeper()
    with partner.rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.collect(keeper)
    assert [item.data for item in keeper.kept] == [b"statement"]
    assert "1 x has more than one name, 3 x not a regular file" in str(caught.value)


@pytest.mark.skipif(not AS_ROOT, reason="only root shuts another user in")
def test_the_partner_is_shut_in_and_can_change_nothing_but_its_own(partner: Served) -> None:
    with partner.rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    (partner.home / "x").write_bytes(b"x")
    code, said = partner.sftp("pwd", "ls -1 /")
    assert code == 0 and "Remote working directory: /" in said
    assert {"/pickup", "/published", "/reply"} <= set(said.split())
    tries = (
        "get /etc/passwd",
        "get /../../../../etc/passwd",
        "put x /x",
        "mkdir /y",
        "ls published",
        f"get published/{NAME}",
        "rename pickup reply/z",
        "rmdir published",
        "chmod 777 pickup",
        "chmod 777 /",
        f"put x pickup/{NAME}",
        f"chmod 666 pickup/{NAME}",
        f"ln pickup/{NAME} reply/stolen.jws",
    )
    _code, said = partner.sftp(*(f"-{line}" for line in tries))
    told = [line for line in said.splitlines() if not line.startswith("sftp> ")]
    refused = [line for line in told if "denied" in line or "not found" in line]
    assert len(refused) == len(tries), said
    assert collect(partner) == []
    assert partner.rig.received() == {NAME: b"sealed"}


@pytest.mark.skipif(not AS_ROOT, reason="only root shuts another user in")
def test_a_folder_that_the_gateway_refuses_sshd_refuses_too(partner: Served) -> None:
    partner.rig.own.chmod(0o775)
    with partner.rig.open() as adapter, pytest.raises(SendError):
        adapter.send(DELIVERY, parcel())
    code, _said = partner.sftp("ls")
    assert code != 0
    partner.rig.own.chmod(0o755)
    code, said = partner.sftp("ls")
    assert code == 0, said
