"""One registry, one TLS context for many exchanges, and none of them for anybody or anything else.

The other tests open a registry for each exchange; a worker keeps one for as long as it runs.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from adapters import tls_contexts
from adapters.registry import ChannelRegistry
from adapters.tls import PeerContext, peer_context
from adapters.tls_contexts import Contexts
from gateway.domain.parties import Partner
from gateway.ports import HandOver, SendError
from tests.adapters.rigs import DELIVERY, Keeper, Login, RestRig, parcel, partner
from tests.adapters.test_rest_login import CA, ask_for_certificates, channels, der, pair
from tests.peers.tls_server import Handler, TlsServer, taken

MINE = "opr-uji-a"


def send(registry: ChannelRegistry, to: Partner) -> HandOver:
    with registry.open(to) as adapter:
        return adapter.send(DELIVERY, parcel())


def refused(registry: ChannelRegistry, to: Partner) -> str:
    """What is said of a send that hands over nothing and alerts."""
    with pytest.raises(SendError) as caught:
        send(registry, to)
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    return str(caught.value)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pins of each context that was made."""
    pins: list[str] = []

    def counted(pem: str) -> PeerContext:
        pins.append(pem)
        return peer_context(pem)

    monkeypatch.setattr(tls_contexts, "peer_context", counted)
    return pins


def test_one_context_serves_every_exchange_with_the_same_peer(
    rest_rig: RestRig, made: list[str]
) -> None:
    registry = channels(Login())
    for _ in range(3):
        assert send(registry, rest_rig.partner).peer_fingerprint == rest_rig.fingerprint
        with registry.open(rest_rig.partner) as adapter:
            adapter.collect(Keeper())
    assert made == [rest_rig.partner.peer]
    assert rest_rig.server.connections == 6


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_every_exchange_proves_the_peer_anew(rest_rig: RestRig, version: ssl.TLSVersion) -> None:
    rest_rig.server.context.maximum_version = version
    resumed: list[bool | None] = []
    taking = taken()

    def behave(handler: Handler, data: bytes) -> None:
        wire = handler.connection
        assert isinstance(wire, ssl.SSLSocket)
        resumed.append(wire.session_reused)
        taking(handler, data)

    rest_rig.server.behaviour = behave
    registry = channels(Login())
    for _ in range(3):
        send(registry, rest_rig.partner)
    assert resumed == [False] * 3


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, TlsServer]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(TlsServer()) for name in ("old", "new", "stranger")}


def test_a_rotation_of_pins_counts_at_the_next_exchange(servers: dict[str, TlsServer]) -> None:
    """The table of test_rotation_pins.py, there and back, through one registry."""
    registry = channels(Login())
    for named in (("old",), ("old", "new"), ("new",), ("old", "new"), ("old",)):
        peer = "".join(servers[name].own_pem for name in named)
        for shown, server in servers.items():
            to = partner(server.uri(), "", peer)
            if shown in named:
                send(registry, to)
            else:
                assert "certificate" in refused(registry, to)


def test_a_new_client_certificate_counts_at_once_and_so_does_none(rest_rig: RestRig) -> None:
    shown = ask_for_certificates(rest_rig.server, must=False)
    secrets = Login()
    registry = channels(secrets)
    first, second = pair(CA, "a"), pair(CA, "b")
    for one in (first, first, second, None, first):
        secrets.certificates = {MINE: one} if one is not None else {}
        send(registry, rest_rig.partner)
    assert shown == [der(one[0]) if one else b"" for one in (first, first, second, None, first)]


def test_a_key_that_does_not_fit_is_refused_after_one_that_did(rest_rig: RestRig) -> None:
    good = pair(CA, "a")
    secrets = Login(certificates={MINE: good})
    registry = channels(secrets)
    send(registry, rest_rig.partner)
    secrets.certificates = {MINE: (good[0], pair(CA, "b")[1])}
    assert "can't be used together" in refused(registry, rest_rig.partner)
    assert rest_rig.server.connections == 1


def test_a_partner_with_the_same_pin_is_never_shown_anothers_certificate(
    rest_rig: RestRig,
) -> None:
    shown = ask_for_certificates(rest_rig.server, must=False)
    mine = pair(CA, "a")
    registry = channels(Login(certificates={MINE: mine}))
    other = replace(rest_rig.partner, id="opr-uji-b")
    for to in (rest_rig.partner, other, rest_rig.partner):
        send(registry, to)
    assert shown == [der(mine[0]), b"", der(mine[0])]


def test_partners_do_not_share_a_context_even_with_the_same_pin(
    rest_rig: RestRig, made: list[str]
) -> None:
    registry = channels(Login())
    for name in (MINE, "opr-uji-b"):
        send(registry, replace(rest_rig.partner, id=name))
    assert len(made) == 2


def test_a_server_that_is_gone_after_a_good_exchange_surely_got_nothing() -> None:
    registry = channels(Login())
    with TlsServer() as server:
        to = RestRig(server).partner
        send(registry, to)
    with pytest.raises(SendError) as caught:
        send(registry, to)
    assert caught.value.handed_over == "no"


def test_a_refused_peer_spoils_no_context(servers: dict[str, TlsServer], made: list[str]) -> None:
    registry, peer = channels(Login()), servers["old"].own_pem
    good, bad = (partner(servers[name].uri(), "", peer) for name in ("old", "stranger"))
    for _ in range(2):
        refused(registry, bad)
        send(registry, good)
    assert made == [peer]


def test_authorities_of_the_system_that_change_count_at_the_next_exchange(
    servers: dict[str, TlsServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[str]
) -> None:
    bundle = tmp_path / "bundle.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    registry, to = channels(Login()), partner(servers["old"].uri(), "", "")
    bundle.write_text(servers["old"].pem)
    send(registry, to)
    send(registry, to)
    assert len(made) == 1
    part = tmp_path / "part.pem"
    part.write_text(trustme.CA().cert_pem.bytes().decode())
    part.replace(bundle)
    assert "issuer" in refused(registry, to)


def test_exchanges_beside_each_other_have_contexts_of_their_own(
    servers: dict[str, TlsServer],
) -> None:
    contexts, pin = Contexts(), servers["old"].own_pem
    with contexts.lent(MINE, pin, None) as first:
        pass
    with contexts.lent(MINE, pin, None) as one, contexts.lent(MINE, pin, None) as two:
        assert one is first and two is not first


def test_a_context_that_was_lent_before_a_change_is_not_kept(
    servers: dict[str, TlsServer],
) -> None:
    contexts = Contexts()
    old, new = (servers[name].own_pem for name in ("old", "new"))
    with contexts.lent(MINE, old, None) as before, contexts.lent(MINE, new, None):
        pass
    with contexts.lent(MINE, new, None) as one, contexts.lent(MINE, new, None) as two:
        assert before not in (one, two)
    with contexts.lent(MINE, old, None) as after:
        assert after is not before
