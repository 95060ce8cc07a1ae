"""C1: a partner's address must not lead the gateway to itself, its house or its cloud."""

from __future__ import annotations

import pytest

from gateway.domain.errors import InputError
from gateway.ports import SendError
from tests.adapters.rigs import DELIVERY, Keeper, parcel, partner, registry

INSIDE = [
    "https://127.0.0.1/parcels",
    "https://10.1.2.3/parcels",
    "https://172.16.0.1/parcels",
    "https://192.168.1.1/parcels",
    "https://100.64.0.1/parcels",
    "https://localhost/parcels",
    "https://sftp.localhost/parcels",
    "https://gateway.internal/parcels",
    "https://[::1]/parcels",
    "https://[fd00::1]/parcels",
    "sftp://palang@127.0.0.1/inbox",
    "sftp://palang@192.168.1.1:2222/inbox",
]
NEVER = [
    "https://127.1/parcels",
    "https://0x7f000001/parcels",
    "https://2130706433/parcels",
    "https://017700000001/parcels",
    "https://127.0.0.0x1/parcels",
    "https://127.000.000.001/parcels",
    "https://0/parcels",
    "https://0.0.0.0/parcels",
    "https://[::ffff:127.0.0.1]/parcels",
    "https://[::ffff:7f00:1]/parcels",
    "https://[::]/parcels",
    "https://[::127.0.0.1]/parcels",
    "https://[64:ff9b::7f00:1]/parcels",
    "https://[2002:7f00:1::]/parcels",
    "https://[fe80::1]/parcels",
    "https://[fe80::1%25eth0]/parcels",
    "https://169.254.169.254/latest/meta-data",
    "https://224.0.0.1/parcels",
    "https://255.255.255.255/parcels",
    "https://localhost./parcels",
    "https://operator.example./parcels",
    "https://operator..example/parcels",
    "https://-operator.example/parcels",
    "https://oper\u0430tor.example/parcels",
    "https://127\u30020\u30020\u30021/parcels",
    "https://\u2460\u2461\u2466.0.0.1/parcels",
    "https://operator.example@127.0.0.1/parcels",
    "https://127.0.0.1#@operator.example/parcels",
    "https://127.0.0.1\\@operator.example/parcels",
    "https://operator.example:443@127.0.0.1/parcels",
    "sftp://palang:rahasia@sftp.operator.example/inbox",
    "sftp://palang@evil@sftp.operator.example/inbox",
    "sftp://sftp.operator.example/inbox",
    "sftp://-oProxyCommand=x@sftp.operator.example/inbox",
    "https://operator.example/parcels#part",
    "https://operator.example/parcels?to=127.0.0.1",
    "https://operator.example/../admin",
    "https://operator.example/a/./b",
    "https://operator.example/a//b",
    "https://operator.example/%2e%2e/admin",
    "sftp://palang@sftp.operator.example/inbox/../../etc",
    "https://operator.example:0/parcels",
    "https://operator.example:65536/parcels",
    "https://operator.example:+443/parcels",
    "https://operator.example:/parcels",
    "https://operator.example/par\r\ncels",
    "https://operator.example/par\x00cels",
    "https://operator.example/parcels\n",
    " https://operator.example/parcels",
    "https:operator.example/parcels",
    "https:///parcels",
    "HTTPS://operator.example/parcels",
    "https://" + "a" * 600 + "/parcels",
]
FOREIGN = ["http://operator.example/parcels", "file:///etc/passwd", "ftp://operator.example/", ""]
GOOD = [
    "https://palang.operator.example/parcels",
    "https://palang.operator.example:8443/v1/parcels",
    "https://1.1.1.1/parcels",
    "https://[2606:4700:4700::1111]:8443/parcels",
    "sftp://palang@sftp.operator.example/inbox",
    "sftp://palang_uji.1@sftp.operator.example:2222/in-box/live",
    "sftp://palang@sftp.operator.example",
]


@pytest.mark.parametrize("uri", INSIDE + NEVER + FOREIGN)
def test_it_is_refused_when_a_partner_is_saved(uri: str) -> None:
    with pytest.raises(InputError):
        registry(private=False).check_channel(uri)


@pytest.mark.parametrize("uri", NEVER + FOREIGN)
def test_it_is_refused_even_where_private_addresses_are_allowed(uri: str) -> None:
    with pytest.raises(InputError):
        registry(private=True).check_channel(uri)


@pytest.mark.parametrize("uri", INSIDE + NEVER + FOREIGN)
def test_it_is_refused_when_it_is_used(uri: str) -> None:
    with pytest.raises(InputError), registry(private=False).open(partner(uri, "", "")):
        pytest.fail("the channel was opened")


@pytest.mark.parametrize("uri", INSIDE)
def test_an_address_inside_is_a_channel_where_the_settings_allow_it(uri: str) -> None:
    registry(private=True).check_channel(uri)


@pytest.mark.parametrize("uri", GOOD)
def test_a_partner_outside_is_a_channel(uri: str) -> None:
    registry(private=False).check_channel(uri)


def test_the_reply_address_is_held_to_the_same_rules() -> None:
    with pytest.raises(InputError):
        registry(private=False).check_channel(GOOD[0], "https://127.0.0.1/replies")
    with pytest.raises(InputError):
        registry(private=False).check_channel(GOOD[0], GOOD[4])


def test_a_password_in_the_address_is_not_repeated_in_the_message() -> None:
    with pytest.raises(InputError) as caught:
        registry().check_channel("sftp://palang:rahasia@sftp.operator.example/inbox")
    assert "rahasia" not in str(caught.value) + caught.value.hint
    assert "password" in str(caught.value)


def test_an_unknown_scheme_is_answered_with_those_there_are() -> None:
    with pytest.raises(InputError, match="https, sftp"):
        registry().check_channel("smtp://operator.example")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::ffff:127.0.0.1", "::1"]
)
@pytest.mark.parametrize("uri", [GOOD[0], GOOD[4]])
def test_a_name_that_leads_inside_is_refused_before_any_connection(uri: str, address: str) -> None:
    one_bad = registry(private=False, resolve=lambda _host, _port: ["192.0.0.8", address])
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1TbQxQGv5r1WHvG2u0A9jGq8yYf0Vb3nq2o4lq0C5k"
    with one_bad.open(partner(uri, uri, key if uri.startswith("sftp") else "")) as adapter:
        with pytest.raises(SendError) as sent:
            adapter.send(DELIVERY, parcel())
        with pytest.raises(SendError) as collected:
            adapter.collect(Keeper())
        assert not adapter.probe().good
    assert (sent.value.handed_over, sent.value.alert) == ("no", True)
    assert collected.value.alert
