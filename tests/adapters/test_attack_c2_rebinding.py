"""C2: the address that was checked is the address that is connected to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.ports import SendError
from tests.adapters.rigs import DELIVERY, Keeper, RestRig, SftpRig, parcel, registry
from tests.peers.tls_server import TlsServer


class Rebinding:
    """A resolver that answers honestly once and then leads to a trap."""

    def __init__(self, first: str, then: str) -> None:
        self.answers, self.asked = [first, then], 0

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return [self.answers[min(self.asked, 2) - 1]]


def test_a_name_is_looked_up_once_for_a_send() -> None:
    with TlsServer(host="operator.example") as server:
        rig, dns = RestRig(server), Rebinding("127.0.0.1", "127.0.0.66")
        rig.partner = replace(rig.partner, channel=server.uri(host="operator.example"), reply="")
        with registry(resolve=dns).open(rig.partner) as adapter:
            adapter.send(DELIVERY, parcel())
        assert dns.asked == 1
        assert len(server.stored) == 1


def test_the_second_answer_of_a_rebinding_name_gets_nothing() -> None:
    with TlsServer(host="operator.example", address="127.0.0.66") as trap:
        rig, dns = RestRig(trap), Rebinding("127.0.0.1", "127.0.0.66")
        rig.partner = replace(rig.partner, channel=trap.uri(host="operator.example"), reply="")
        with registry(resolve=dns).open(rig.partner) as adapter, pytest.raises(SendError) as caught:
            adapter.send(DELIVERY, parcel())
        assert caught.value.handed_over == "no"
        assert trap.connections == 0


def test_the_certificate_is_still_checked_for_the_name_and_the_host_header_is_the_name() -> None:
    with TlsServer(host="operator.example") as server:
        rig = RestRig(server)
        for host in ("operator.example", "other.example"):
            rig.partner = replace(rig.partner, channel=server.uri(host=host), reply="")
            with registry(resolve=lambda _host, _port: ["127.0.0.1"]).open(rig.partner) as adapter:
                if host == "other.example":
                    with pytest.raises(SendError, match="Hostname mismatch"):
                        adapter.send(DELIVERY, parcel())
                else:
                    adapter.send(DELIVERY, parcel())
        assert [seen.headers["host"] for seen in server.seen] == [f"operator.example:{server.port}"]


def test_the_next_address_is_tried_where_one_is_dead() -> None:
    with TlsServer(host="operator.example") as server:
        rig = RestRig(server)
        rig.partner = replace(rig.partner, channel=server.uri(host="operator.example"), reply="")
        both = registry(resolve=lambda _host, _port: ["127.0.0.99", "127.0.0.1"])
        with both.open(rig.partner) as adapter:
            adapter.send(DELIVERY, parcel())
        assert len(server.stored) == 1


def test_sftp_connects_to_the_checked_address_too(asyncssh_rig: SftpRig) -> None:
    rig, dns = asyncssh_rig, Rebinding("127.0.0.1", "127.0.0.66")
    named = {
        field: getattr(rig.partner, field).replace("127.0.0.1", "sftp.operator.example")
        for field in ("channel", "reply")
    }
    rig.partner = replace(rig.partner, **named)
    with registry(resolve=dns).open(rig.partner) as adapter:
        adapter.send(DELIVERY, parcel())
        assert dns.asked == 1
        with pytest.raises(SendError):
            adapter.collect(Keeper())  # the second look-up leads to where nothing listens
