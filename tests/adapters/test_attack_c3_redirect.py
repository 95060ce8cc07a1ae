"""C3: a redirect is never followed, so nothing leaks to where it points."""

from __future__ import annotations

import pytest

from gateway.ports import SendError
from tests.adapters.rigs import DELIVERY, Keeper, RestRig, parcel
from tests.peers.tls_server import TlsServer, status


@pytest.mark.parametrize("code", [300, 301, 302, 303, 307, 308])
def test_a_redirected_parcel_is_not_sent_on(rest_rig: RestRig, code: int) -> None:
    with TlsServer(ca=rest_rig.server.ca) as other:
        rest_rig.server.behaviour = status(code, Location=other.uri("/secret"))
        with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.send(DELIVERY, parcel())
        assert other.connections == 0
    assert (caught.value.handed_over, caught.value.alert) == ("no", True)
    assert f"https://localhost:{other.port}" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "where", ["http://127.0.0.1/", "https://169.254.169.254/", "//evil.example/", "/elsewhere", ""]
)
def test_no_kind_of_target_is_followed(rest_rig: RestRig, where: str) -> None:
    rest_rig.server.behaviour = status(307, Location=where)
    with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert caught.value.alert
    assert len(rest_rig.server.seen) == 1


def test_a_redirected_reply_list_is_not_followed(rest_rig: RestRig) -> None:
    with TlsServer(ca=rest_rig.server.ca, replies={"a": b"forged"}) as other:
        target = other.uri("/replies")
        rest_rig.server.listing = lambda handler, _data: handler.answer(302, Location=target)
        with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
            adapter.collect(Keeper())
        assert other.connections == 0
    assert caught.value.alert


def test_a_cookie_is_not_brought_back(rest_rig: RestRig) -> None:
    def with_cookie(handler: object, _data: bytes) -> None:
        getattr(handler, "answer")(200, b'{"v":1,"items":["a"]}', Set_Cookie="id=1; Path=/")  # noqa: B009  # one place that needs no class

    rest_rig.put_reply("a", b"statement")
    rest_rig.server.listing = with_cookie
    with rest_rig.open() as adapter:
        assert adapter.collect(Keeper()) == 1
    assert [seen.headers.get("cookie") for seen in rest_rig.server.seen] == [None] * 3
