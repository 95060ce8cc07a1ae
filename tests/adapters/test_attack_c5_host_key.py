"""C5: another host key than the pinned ones ends the connection before any login is tried."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest

from demo.servers import AsyncsshServer
from gateway.domain.errors import InputError
from gateway.ports import SendError
from tests.adapters.rigs import AUTHORIZED, DELIVERY, Keeper, SftpRig, parcel, partner, registry

OTHER = asyncssh.generate_private_key("ssh-ed25519")
ECDSA = asyncssh.generate_private_key("ecdsa-sha2-nistp256")


@pytest.mark.parametrize("key", [OTHER, ECDSA], ids=["same-kind", "other-kind"])
def test_a_changed_host_key_is_refused_without_a_login(
    tmp_path: Path, key: asyncssh.SSHKey
) -> None:
    (tmp_path / "inbox").mkdir()
    pin = OTHER.export_public_key().decode() if key is ECDSA else ECDSA.export_public_key().decode()
    with AsyncsshServer(tmp_path, AUTHORIZED, host_key=key.export_private_key()) as server:
        there = partner(server.uri(), server.uri("/outbox"), pin)
        with registry().open(there) as adapter:
            with pytest.raises(SendError) as caught:
                adapter.send(DELIVERY, parcel())
            with pytest.raises(SendError) as collected:
                adapter.collect(Keeper())
        assert server.logins == []
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert "host key" in str(caught.value)
    assert collected.value.alert


def test_the_second_of_two_pinned_keys_serves_a_change_of_keys(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    with AsyncsshServer(tmp_path, AUTHORIZED) as server:
        both = f"# until March\n{OTHER.export_public_key().decode()}\n\n{server.pin}\n"
        with registry().open(partner(server.uri(), "", both)) as adapter:
            adapter.send(DELIVERY, parcel())
        assert server.logins == ["palang"]


@pytest.mark.parametrize("peer", ["", "# none", "ssh-ed25519 AAAA", "127.0.0.1 ssh-ed25519 AAAA"])
def test_no_pin_is_no_trust(asyncssh_rig: SftpRig, peer: str) -> None:
    with pytest.raises(InputError):
        registry().check_peer(asyncssh_rig.partner.channel, peer)
    asyncssh_rig.partner = replace(asyncssh_rig.partner, peer=peer)
    with asyncssh_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert caught.value.alert
    assert asyncssh_rig.received() == {}


def test_agent_config_and_keys_of_the_account_are_not_used(
    asyncssh_rig: SftpRig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ssh = tmp_path / "home" / ".ssh"
    ssh.mkdir(parents=True)
    (ssh / "config").write_text(f"Host *\n  ProxyCommand touch {tmp_path}/ran\n  Port 1\n")
    (ssh / "known_hosts").write_text(f"* {OTHER.export_public_key().decode()}")
    (ssh / "id_ed25519").write_bytes(OTHER.export_private_key())
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        agent.settimeout(0.05)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        with asyncssh_rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        with pytest.raises(TimeoutError):
            agent.accept()[0].close()
    assert not (tmp_path / "ran").exists()


def test_a_key_that_can_not_be_read_is_no_failure_of_the_partner(asyncssh_rig: SftpRig) -> None:
    class Broken(asyncssh.SSHKey):
        def export_private_key(self, *_args: object, **_kwargs: object) -> bytes:
            return b"no key"

    broken = Broken()
    with asyncssh_rig.open(key=broken) as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert "SSH key of the gateway" in str(caught.value)
