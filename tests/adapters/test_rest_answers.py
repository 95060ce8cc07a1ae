"""What each answer of a partner's HTTPS service means, and that none can hold the gateway up."""

from __future__ import annotations

import base64
import hashlib
import logging
import socket
from dataclasses import replace

import pytest

from gateway.ports import RefusedError, SendError
from tests.adapters.rigs import DELIVERY, QUICK, Keeper, RestRig, parcel, partner, registry
from tests.peers.tls_server import (
    REPLY,
    Behaviour,
    Handler,
    accepted,
    drip,
    half_reply,
    oversize,
    status,
    taken,
    wait_for,
)

OWN_WORDS = "the partner's own words"


def failure(rig: RestRig) -> SendError:
    """The failure of one send."""
    with rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    return caught.value


def test_the_request_is_what_the_wire_format_says(rest_rig: RestRig) -> None:
    with rest_rig.open() as adapter:
        adapter.send(DELIVERY, parcel())
    seen = rest_rig.server.seen[0]
    digest = base64.b64encode(hashlib.sha256(b"sealed").digest()).decode()
    assert (seen.method, seen.path, seen.body) == ("POST", "/parcels", b"sealed")
    assert seen.headers == {
        "host": f"localhost:{rest_rig.server.port}",
        "user-agent": "palang",
        "accept": "application/jose",
        "accept-encoding": "identity",
        "content-type": "application/jose",
        "content-length": "6",
        "idempotency-key": "7.opr-uji-a.1",
        "content-digest": f"sha-256=:{digest}:",
        "palang-parcel": "palang-opr-uji-a-1-00000001.zip.jwe",
    }


def test_a_statement_in_the_answer_comes_with_the_hand_over(rest_rig: RestRig) -> None:
    with rest_rig.open() as adapter:
        done = adapter.send(DELIVERY, parcel())
    assert done.reply == REPLY
    assert done.remote_id == "HTTP 200"


@pytest.mark.parametrize("behaviour", [accepted, taken(b""), status(204), status(202)])
def test_an_answer_without_a_statement_is_taken_too(
    rest_rig: RestRig, behaviour: Behaviour
) -> None:
    rest_rig.server.behaviour = behaviour
    with rest_rig.open() as adapter:
        assert adapter.send(DELIVERY, parcel()).reply is None


@pytest.mark.parametrize(
    ("code", "outcome", "alert"),
    [
        (401, "no", True),
        (403, "no", True),
        (408, "no", False),
        (425, "no", False),
        (429, "no", False),
        (503, "no", False),
        (500, "unknown", False),
        (502, "unknown", False),
        (504, "unknown", False),
        (599, "unknown", False),
        (205, "unknown", False),
        (206, "unknown", False),
    ],
)
def test_a_code_says_whether_it_may_have_arrived(
    rest_rig: RestRig, code: int, outcome: str, alert: bool
) -> None:
    rest_rig.server.behaviour = status(code, stored=True)
    error = failure(rest_rig)
    assert not isinstance(error, RefusedError)
    assert (error.handed_over, error.alert) == (outcome, alert)
    assert str(code) in str(error)
    assert OWN_WORDS not in str(error) + error.hint


@pytest.mark.parametrize("code", [400, 404, 409, 410, 413, 415, 418, 422, 451])
def test_a_refusal_stops_the_delivery(rest_rig: RestRig, code: int) -> None:
    rest_rig.server.behaviour = status(code)
    error = failure(rest_rig)
    assert isinstance(error, RefusedError)
    assert OWN_WORDS not in str(error) + error.hint


def test_a_failure_after_storing_is_made_good_by_the_repeat(rest_rig: RestRig) -> None:
    rest_rig.server.behaviour = status(500, stored=True)
    assert failure(rest_rig).handed_over == "unknown"
    rest_rig.server.behaviour = taken()
    with rest_rig.open() as adapter:
        assert adapter.send(DELIVERY, parcel()).reply == REPLY
    assert rest_rig.received() == {str(parcel().name): b"sealed"}


def test_an_answer_that_ends_too_early_is_unknown(rest_rig: RestRig) -> None:
    rest_rig.server.behaviour = half_reply
    assert failure(rest_rig).handed_over == "unknown"


@pytest.mark.parametrize("after", [0, 5, 100_000])
def test_a_reset_while_sending_is_unknown(rest_rig: RestRig, after: int) -> None:
    rest_rig.server.reset_after = after
    with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel(b"x" * 1_000_000))
    assert caught.value.handed_over == "unknown"


def test_nobody_listening_is_surely_not_sent(rest_rig: RestRig) -> None:
    gone = rest_rig.partner.channel.replace(str(rest_rig.server.port), "1")
    rest_rig.partner = replace(rest_rig.partner, channel=gone)
    error = failure(rest_rig)
    assert (error.handed_over, error.alert) == ("no", False)


def test_a_name_without_an_address_is_surely_not_sent(rest_rig: RestRig) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    lost = registry(resolve=nowhere)
    with lost.open(rest_rig.partner) as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", False)


def test_an_answer_beyond_the_cap_is_cut_off(rest_rig: RestRig) -> None:
    rest_rig.server.behaviour = oversize(10_000_000)
    error = failure(rest_rig)
    assert (error.handed_over, error.alert) == ("unknown", True)
    assert "larger than 4096 bytes" in str(error)


def test_a_compressed_answer_is_not_unpacked(rest_rig: RestRig) -> None:
    def bomb(handler: Handler, _data: bytes) -> None:
        handler.answer(200, b"\x1f\x8b", Content_Type="application/jose", Content_Encoding="gzip")

    rest_rig.server.behaviour = bomb
    assert "compressed" in str(failure(rest_rig))


def test_a_slow_honest_answer_has_the_whole_time_and_not_only_that_of_a_connect(
    rest_rig: RestRig,
) -> None:
    def late(handler: Handler, data: bytes) -> None:
        handler.server.peer.ending.wait(1.0)
        taken()(handler, data)

    rest_rig.server.behaviour = late
    patient = registry(limits=replace(QUICK, connect=0.8))
    with patient.open(rest_rig.partner) as adapter:
        assert adapter.send(DELIVERY, parcel()).reply == REPLY


def test_a_server_that_never_shakes_hands_has_only_the_time_of_a_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"https://localhost:{silent.getsockname()[1]}/parcels"
        hasty = registry(limits=replace(QUICK, connect=0.3, total=120))
        with hasty.open(partner(uri, "", "")) as adapter, pytest.raises(SendError) as caught:
            adapter.send(DELIVERY, parcel())
    assert (caught.value.handed_over, caught.value.alert) == ("no", False)
    assert "time" in str(caught.value)


def test_a_failed_exchange_leaves_no_connection_open(rest_rig: RestRig) -> None:
    rest_rig.put_reply("a", b"x" * 5000)
    with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.collect(Keeper())
    assert wait_for(lambda: not rest_rig.server.active)
    assert caught.value.__cause__ is not None  # the failure itself still holds the answer


@pytest.mark.parametrize("part", ["header", "body"])
def test_an_answer_that_drips_ends_with_the_time_for_it(rest_rig: RestRig, part: str) -> None:
    rest_rig.server.behaviour = drip(part)
    brief = registry(limits=replace(QUICK, total=1.2))
    with brief.open(rest_rig.partner) as adapter, pytest.raises(SendError) as caught:
        adapter.send(DELIVERY, parcel())
    assert caught.value.handed_over == "unknown"
    assert "time" in str(caught.value)


def test_an_answer_of_another_kind_is_not_taken_for_the_partners(rest_rig: RestRig) -> None:
    def page(handler: Handler, _data: bytes) -> None:
        handler.answer(200, b"<h1>It works!</h1>", Content_Type="text/html; charset=utf-8")

    rest_rig.server.behaviour = page
    error = failure(rest_rig)
    assert error.handed_over == "unknown"
    assert "works" not in str(error)


@pytest.mark.parametrize("delivery", ["7.opr-uji-a.1\r\nX-Evil: 1", "7.opr-uji-a.1\x00", "", "x"])
def test_no_line_can_be_slipped_into_a_header(rest_rig: RestRig, delivery: str) -> None:
    with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.send(delivery, parcel())
    assert caught.value.handed_over == "no"
    assert rest_rig.server.seen == []


@pytest.mark.parametrize(
    "listing",
    [
        b"",
        b"[]",
        b"null",
        b'{"v":2,"items":[]}',
        b'{"v":true,"items":[]}',
        b'{"items":[]}',
        b'{"v":1}',
        b'{"v":1,"items":"a"}',
        b'{"v":1,"items":{"a":1}}',
        b'{"v":1,"items":[1]}',
        b'{"v":1,"items":["a","../b"]}',
        b'{"v":1,"items":[".."]}',
        b'{"v":1,"items":["."]}',
        b'{"v":1,"items":["a/b"]}',
        b'{"v":1,"items":["a?b"]}',
        b'{"v":1,"items":["a%2fb"]}',
        b'{"v":1,"items":["a\\r\\nb"]}',
        b'{"v":1,"items":["a\\u0000"]}',
        b'{"v":1,"items":[""]}',
        b'{"v":1,"items":["' + b"x" * 129 + b'"]}',
        b'{"v":1,"items":["a"],"items":["b"]}',
        b'{"v":1,"items":["a"],"v":1}',
        b'{"v":1.0,"items":[]}',
        b'\xef\xbb\xbf{"v":1,"items":[]}',
        b'{"v":1,"items":[' + b'"a",' * 60 + b'"a"]}',
        b'{"v":1,"items":[' + b"[" * 500,
    ],
)
def test_a_list_that_is_not_as_agreed_alerts_and_nothing_is_fetched(
    rest_rig: RestRig, listing: bytes
) -> None:
    rest_rig.put_reply("a", b"statement")
    rest_rig.server.listing = lambda handler, _data: handler.answer(200, listing)
    keeper = Keeper()
    with rest_rig.open() as adapter, pytest.raises(SendError) as caught:
        adapter.collect(keeper)
    assert caught.value.alert
    assert keeper.kept == []
    assert len(rest_rig.server.seen) == 1


def test_an_id_that_is_listed_twice_is_fetched_once(rest_rig: RestRig) -> None:
    rest_rig.put_reply("a", b"statement")
    double = b'{"v":1,"items":["a","a"]}'
    rest_rig.server.listing = lambda handler, _data: handler.answer(200, double)
    with rest_rig.open() as adapter:
        assert adapter.collect(Keeper()) == 1


def test_an_id_that_is_gone_is_passed_over(rest_rig: RestRig) -> None:
    rest_rig.put_reply("b", b"statement")
    both = b'{"v":1,"items":["a","b"]}'
    rest_rig.server.listing = lambda handler, _data: handler.answer(200, both)
    with rest_rig.open() as adapter:
        assert adapter.collect(Keeper()) == 1


def test_a_partner_without_a_reply_address_has_nothing_to_collect(rest_rig: RestRig) -> None:
    rest_rig.partner = replace(rest_rig.partner, reply="")
    with rest_rig.open() as adapter:
        assert adapter.collect(Keeper()) == 0
        assert adapter.probe().good
    assert [seen.method for seen in rest_rig.server.seen] == []


def test_a_probe_names_what_does_not_work(rest_rig: RestRig) -> None:
    rest_rig.server.listing = lambda handler, _data: handler.answer(403)
    with rest_rig.open() as adapter:
        report = adapter.probe()
    assert [name for name, held, _advice in report.checks if not held] == ["list of replies"]


def test_nothing_of_an_exchange_is_logged(
    rest_rig: RestRig, caplog: pytest.LogCaptureFixture
) -> None:
    secret = b"the sealed body"
    rest_rig.put_reply("a", b"the statement")
    with caplog.at_level(logging.DEBUG), rest_rig.open() as adapter:
        adapter.send(DELIVERY, parcel(secret))
        adapter.collect(Keeper())
    assert "the sealed body" not in caplog.text
    assert "the statement" not in caplog.text
