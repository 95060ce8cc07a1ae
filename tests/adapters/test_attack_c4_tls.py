"""C4: only the pinned identity over TLS 1.2 or newer is talked to, through no proxy."""

from __future__ import annotations

import ssl
from dataclasses import replace

import pytest

from adapters.tls import PeerContext, peer_context
from gateway.domain.errors import InputError
from gateway.ports import SendError
from tests.adapters.rigs import DELIVERY, Keeper, RestRig, parcel, registry
from tests.peers.tls_server import TlsServer


def refused(rig: RestRig) -> SendError:
    """The failure of a send, which must have handed over nothing and must alert."""
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert rig.server.seen == []
    with rig.open() as adapter, pytest.raises(SendError):
        adapter.collect(Keeper())
    assert rig.server.seen == []
    return caught.value


def test_an_expired_certificate_is_refused_by_name() -> None:
    with TlsServer(expired=True) as server:
        assert "expired" in str(refused(RestRig(server)))


def test_a_certificate_of_another_host_is_refused_by_name() -> None:
    with TlsServer(host="other.example") as server:
        assert "mismatch" in str(refused(RestRig(server)))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_tls_is_refused(version: ssl.TLSVersion) -> None:
    with TlsServer(version=version) as server:
        refused(RestRig(server))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_present_tls_is_good(version: ssl.TLSVersion) -> None:
    with TlsServer(version=version) as server, RestRig(server).open() as adapter:
        adapter.send(DELIVERY, parcel())


def test_without_a_pin_a_private_ca_is_refused() -> None:
    with TlsServer() as server:
        rig = RestRig(server)
        rig.partner = replace(rig.partner, peer="")
        assert "issuer" in str(refused(rig))


def test_a_pinned_certificate_needs_no_ca_and_excludes_its_siblings() -> None:
    with TlsServer() as server, TlsServer(ca=server.ca) as sibling:
        for peer, good in ((server, True), (sibling, False)):
            rig = RestRig(peer)
            rig.partner = replace(rig.partner, peer=server.own_pem)
            if good:
                with rig.open() as adapter:
                    adapter.send(DELIVERY, parcel())
            else:
                refused(rig)


def test_a_pin_adds_no_public_ca() -> None:
    """The HTTP library would load its own bundle into our context."""
    used: list[PeerContext] = []

    def remembered(pem: str) -> PeerContext:
        used.append(peer_context(pem))
        return used[-1]

    with pytest.MonkeyPatch.context() as patch, TlsServer() as server:
        patch.setattr("adapters.tls_contexts.peer_context", remembered)
        with RestRig(server).open() as adapter:
            adapter.send(DELIVERY, parcel())
    assert used[0].cert_store_stats()["x509_ca"] == 1


def test_proxies_netrc_and_bundles_of_the_environment_are_not_read(
    rest_rig: RestRig, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w", encoding="ascii") as file:
        file.write("machine localhost login palang password rahasia\n")
    with TlsServer() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", f"{tmp_path}/none.pem")
        monkeypatch.setenv("NETRC", netrc)
        with rest_rig.open() as adapter:
            adapter.send(DELIVERY, parcel())
        assert proxy.connections == 0
    assert "authorization" not in rest_rig.server.seen[0].headers


def test_a_pin_that_is_no_certificate_is_refused_when_saved_and_when_used(
    rest_rig: RestRig,
) -> None:
    for peer in (
        "no pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "\u00e9",
    ):
        with pytest.raises(InputError):
            registry().check_peer(rest_rig.partner.channel, peer)
        rest_rig.partner = replace(rest_rig.partner, peer=peer)
        refused(rest_rig)


def test_what_speaks_no_tls_is_refused(rest_rig: RestRig) -> None:
    rest_rig.server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # has no certificate
    refused(rest_rig)
