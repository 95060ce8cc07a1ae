"""The servers that the demo and these tests use are real, named, and gone afterwards."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from demo import servers
from demo.servers import AsyncsshServer, SftpServer, SshdServer, best_sftp_server
from tests.adapters.rigs import AUTHORIZED


def listening(port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.mark.sshd
def test_the_systems_sshd_is_preferred_and_tells_its_version(tmp_path: Path) -> None:
    with best_sftp_server(tmp_path, AUTHORIZED) as server:
        assert isinstance(server, SshdServer)
        assert server.version.startswith("OpenSSH_")
        assert listening(server.port)
    assert not listening(server.port)


def test_without_an_sshd_the_embedded_server_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "find", lambda _mark: None)
    with best_sftp_server(tmp_path, AUTHORIZED) as server:
        assert isinstance(server, AsyncsshServer)
        assert (server.name, server.version[0].isdigit()) == ("asyncssh", True)
        assert listening(server.port)
    assert not listening(server.port)
    with pytest.raises(RuntimeError, match="install openssh-server"):
        SshdServer(tmp_path, AUTHORIZED).start()


@pytest.mark.sshd
def test_an_sshd_that_does_not_start_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_CONFIG", servers._CONFIG + "NoSuchOption yes\n")
    with pytest.raises(RuntimeError, match="NoSuchOption"), SshdServer(tmp_path, AUTHORIZED):
        pytest.fail("it started")


@pytest.mark.sshd
def test_a_session_that_is_open_ends_with_its_sshd(tmp_path: Path) -> None:
    with SshdServer(tmp_path, AUTHORIZED) as server:
        wire = socket.create_connection(("127.0.0.1", server.port), 5)
        assert wire.recv(4) == b"SSH-"
    with wire:
        wire.settimeout(5)
        while wire.recv(4096):
            continue


def test_a_pin_and_an_address_are_what_a_partner_card_needs(tmp_path: Path) -> None:
    server: SftpServer = AsyncsshServer(tmp_path, AUTHORIZED)
    assert server.pin.startswith("ssh-ed25519 ")
    assert server.uri("/outbox") == "sftp://palang@127.0.0.1:0/outbox"
    server.stop()
