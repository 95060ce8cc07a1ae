"""C6: Terrapin (CVE-2023-48795) finds no cipher to work on, strict key exchange or not."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest

from demo.servers import AsyncsshServer
from gateway.ports import SendError
from tests.adapters.rigs import AUTHORIZED, DELIVERY, LOGIN, parcel, partner, registry


def offered() -> list[list[str]]:
    """The name lists of the client's KEXINIT (RFC 4253 7.1), as they go over the wire."""
    packet = bytearray()

    def listen(server: socket.socket) -> None:
        wire, _address = server.accept()
        with wire, wire.makefile("rb") as stream:
            wire.sendall(b"SSH-2.0-none\r\n")
            stream.readline()
            length = struct.unpack(">I", stream.read(4))[0]
            packet.extend(stream.read(length))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=listen, args=(server,))
        thread.start()
        uri = f"sftp://palang@127.0.0.1:{server.getsockname()[1]}/inbox"
        pin = LOGIN.export_public_key().decode()
        with registry().open(partner(uri, "", pin)) as adapter, pytest.raises(SendError):
            adapter.send(DELIVERY, parcel())
        thread.join(5)
    at, lists = 1 + 1 + 16, []  # padding length, message number, cookie
    for _ in range(8):
        size = struct.unpack(">I", packet[at : at + 4])[0]
        lists.append(packet[at + 4 : at + 4 + size].decode().split(","))
        at += 4 + size
    return lists


def test_the_client_offers_strict_key_exchange_and_nothing_to_attack() -> None:
    exchanges, host_keys, *ciphers_and_macs = offered()
    ciphers = set(ciphers_and_macs[0] + ciphers_and_macs[1])
    macs = set(ciphers_and_macs[2] + ciphers_and_macs[3])
    assert "kex-strict-c-v00@openssh.com" in exchanges
    assert ciphers
    assert not [name for name in ciphers if "chacha20" in name or "cbc" in name or "arc" in name]
    assert not [name for name in macs if "sha1" in name or "md5" in name or "umac" in name]
    assert host_keys[0] == "ssh-ed25519"  # the pinned one
    assert "ssh-rsa" not in host_keys


@pytest.mark.parametrize(
    "options",
    [
        {"encryption_algs": ["chacha20-poly1305@openssh.com"]},
        {"encryption_algs": ["aes256-cbc"], "mac_algs": ["hmac-sha2-256-etm@openssh.com"]},
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
    ],
    ids=["chacha20", "cbc-etm", "sha1-kex"],
)
def test_a_server_with_only_weak_algorithms_is_refused(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    (tmp_path / "inbox").mkdir()
    with AsyncsshServer(tmp_path, AUTHORIZED, **options) as server:
        there = partner(server.uri(), "", server.pin)
        with registry().open(there) as adapter, pytest.raises(SendError) as caught:
            adapter.send(DELIVERY, parcel())
        assert server.logins == []
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert list((tmp_path / "inbox").iterdir()) == []


def test_a_server_of_old_ciphers_that_are_safe_is_good(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    options: dict[str, Any] = {"encryption_algs": ["aes128-ctr"], "mac_algs": ["hmac-sha2-256"]}
    with (
        AsyncsshServer(tmp_path, AUTHORIZED, **options) as server,
        registry().open(partner(server.uri(), "", server.pin)) as adapter,
    ):
        adapter.send(DELIVERY, parcel())
    assert (tmp_path / "inbox" / str(parcel().name)).read_bytes() == b"sealed"
