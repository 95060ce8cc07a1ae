"""Pulling from the gateway's real listener: parcels, answers, heads, statements."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from gateway.domain import failpoints
from gateway.domain.canonical import digest
from gateway.domain.times import HOUR
from gateway.ports import NextParcel, Quotas, RequestUse, TransportRules
from gateway.store.exchange.store import SqlExchange
from keys.jws import statement_kind
from partner import https_client, pull
from partner.kit import Kit
from partner.receive import receive
from partner.sections import Pull
from partner.status import status
from tests.partner.factory import block, number
from tests.partner.pull_rig import PullRig, pull_rig
from tests.peers.tls_server import TlsServer, drip, oversize
from tests.peers.tls_server import status as status_of
from tests.web.wire import authority


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PullRig]:
    with pull_rig(tmp_path) as made:
        yield made


def stored(kit: Kit) -> list[int]:
    with kit.state.read() as tx:
        return [row[0] for row in tx.rows("SELECT sequence FROM parcels ORDER BY epoch, sequence")]


def kinds(rig: PullRig) -> list[str]:
    return [str(statement_kind(jws)) for jws in rig.posted()]


def test_parcels_are_fetched_in_order_and_receipts_and_confirmations_posted(rig: PullRig) -> None:
    made = [rig.gateway.parcel(rig.kit, block(n)) for n in (1, 2, 3)]
    rig.lay(*made)
    assert rig.round()
    assert stored(rig.kit) == [1, 2, 3]
    assert kinds(rig) == ["ack"] * 3 + ["confirm"] * 3
    assert rig.fetches() == 3
    acks = [rig.gateway.read(rig.kit, jws) for jws in rig.posted()[:3]]
    assert [ack.about.parcel for ack in acks] == [one.digest for one in made]  # type: ignore[union-attr]  # acks


def test_what_is_stored_already_is_not_fetched_again_and_an_idle_round_is_two_requests(
    rig: PullRig,
) -> None:
    rig.lay(rig.gateway.parcel(rig.kit, block(1)))
    rig.round()
    rig.requests()
    for _ in range(3):
        assert rig.round()
        assert rig.requests() == ["listing 200", "answers 200"]
    assert rig.fetches() == 1


def test_a_parcel_behind_a_gap_is_fetched_once_while_the_gap_stays(rig: PullRig) -> None:
    missing = rig.gateway.parcel(rig.kit, block(1))
    rig.lay(rig.gateway.parcel(rig.kit, block(2)))
    for _ in range(3):
        rig.round()
    assert stored(rig.kit) == [2]
    assert rig.fetches() == 1
    assert kinds(rig).count("request") == 1
    rig.lay(missing)
    rig.round()
    assert stored(rig.kit) == [1, 2]
    assert status(rig.kit).gaps == ()


def test_another_sealing_of_a_manifest_is_fetched_and_acknowledged_too(rig: PullRig) -> None:
    first = rig.gateway.parcel(rig.kit, block(1), keep=True)
    rig.lay(first)
    rig.round()
    again = replace(first, data=rig.gateway.parcel(rig.kit, block(1), keep=True).data)
    rig.lay(again)
    rig.round()
    assert stored(rig.kit) == [1]
    assert kinds(rig).count("ack") == 2


def test_answers_and_heads_are_fetched_and_told_once(rig: PullRig) -> None:
    rig.lay(rig.gateway.parcel(rig.kit, block(1)))
    rig.round()
    for jws in rig.posted():
        word = rig.gateway.answer(rig.kit, jws)
        rig.say(word, f"answer-{hashlib.sha256(jws).hexdigest()[:16]}")
    rig.say(rig.gateway.head(rig.kit))
    assert rig.round()
    assert [event for event, _facts in rig.events] == ["answered", "answered", "head"]
    found = status(rig.kit)
    assert (found.awaiting, found.frozen) == ((), False)
    assert rig.round()
    assert rig.events == []


def test_a_statement_that_was_lost_at_the_gateway_is_posted_again_in_the_same_bytes(
    rig: PullRig,
) -> None:
    rig.lay(rig.gateway.parcel(rig.kit, block(1)))
    rig.round()
    before = rig.posted()
    for one in rig.exchange.waiting(rig.kit.identity.id, 100):
        rig.exchange.taken(one.id, rig.clock.at)
    rig.clock.at += HOUR
    rig.round()
    assert rig.posted() == before


def test_a_parcel_that_does_not_verify_is_answered_and_not_fetched_again_at_once(
    rig: PullRig,
) -> None:
    rig.lay(rig.gateway.parcel(rig.kit, block(1), test=False))
    assert not rig.round()
    assert kinds(rig) == ["ack"]
    rig.requests()
    assert rig.round()
    assert "fetched 200" not in rig.requests()
    rig.clock.at += HOUR
    rig.round()
    assert "fetched 200" in rig.requests()


def test_another_valid_parcel_than_the_one_listed_is_not_taken(
    rig: PullRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, other = (rig.gateway.parcel(rig.kit, block(n)) for n in (1, 2))
    rig.lay(asked)
    handed = SqlExchange.next_parcel

    def lying(exchange: SqlExchange, use: RequestUse) -> NextParcel | None:
        found = handed(exchange, use)
        return replace(found, data=other.data) if found else None

    monkeypatch.setattr(SqlExchange, "next_parcel", lying)
    assert not rig.round()
    assert stored(rig.kit) == []
    assert "another parcel" in str(rig.events)


def test_a_new_epoch_is_fetched_after_the_old_one(rig: PullRig) -> None:
    old = rig.gateway.parcel(rig.kit, block(1))
    rig.gateway.epoch, rig.gateway.sequence, rig.gateway.previous = 2, 0, ""
    rig.lay(rig.gateway.parcel(rig.kit, block(2)), old)
    rig.round()
    assert (status(rig.kit).epoch, stored(rig.kit)) == (2, [1, 1])


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["kit.publish", "kit.store", "kit.head"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_ended_at_a_step_and_run_again_loses_and_doubles_nothing(
    rig: PullRig, step: str, side: str
) -> None:
    rig.lay(*(rig.gateway.parcel(rig.kit, block(n)) for n in (1, 2)))
    rig.say(rig.gateway.head(rig.kit))

    def end(point: str) -> None:
        if point == f"{side}:{step}":
            failpoints.arm(None)
            raise Killed

    failpoints.arm(end)
    try:
        with pytest.raises(Killed):
            rig.round()
    finally:
        failpoints.arm(None)
    assert rig.round()
    assert stored(rig.kit) == [1, 2]
    assert len(rig.posted()) == len(set(rig.posted())) == 4
    assert status(rig.kit).sequence == 2


@pytest.mark.parametrize("what", ["unknown", "clock", "ca", "path", "closed"])
def test_a_way_that_is_closed_is_told_with_the_next_step_and_nothing_is_lost(
    rig: PullRig, tmp_path: Path, what: str
) -> None:
    receive(rig.kit, rig.gateway.parcel(rig.kit, block(1)).data)
    way = rig.kit.settings.pull
    match what:
        case "unknown":
            known = rig.exchange.partner("opr-uji-a")
            assert known is not None
            rig.exchange.put_partner(replace(known, live=False))
        case "clock":
            rig.slow(HOUR)
        case "ca":
            stranger = tmp_path / "stranger.pem"
            trustme.CA().cert_pem.write_to_path(stranger)
            way = replace(way, ca=str(stranger))
        case "path":
            way = replace(way, url=f"{rig.url}/v2/opr-uji-a")
        case "closed":
            way = replace(way, url="https://127.0.0.1:1/v1/opr-uji-a")
    rig.reload(replace(rig.kit.settings, pull=way))
    assert not rig.round()
    troubles = [facts for event, facts in rig.events if event == "trouble"]
    assert troubles
    assert all(facts["next"] for facts in troubles)
    # a statement may be old, a request not: with a wrong clock nothing comes in and all goes out
    left = 0 if what == "clock" else 2
    assert (len(rig.posted()), len(status(rig.kit).unsent)) == (2 - left, left)


def test_a_quota_is_respected_and_the_gateway_left_alone_until_it_is_over(rig: PullRig) -> None:
    rig.publish(TransportRules(quotas=Quotas(requests=4)))
    rig.round()
    rig.round()
    rig.requests()
    assert not rig.round()
    assert rig.requests() == ["refused 429"]
    assert not rig.round()
    assert rig.requests() == []  # it does not even ask


BEARER = "rahasia-rahasia-rahasia-rahasia-rahasia-1234"


@pytest.mark.parametrize("have", [False, True])
def test_a_bearer_secret_opens_the_listener(tmp_path: Path, have: bool) -> None:
    secret = tmp_path / "bearer"
    secret.write_text(BEARER + "\n")
    secret.chmod(0o600)
    settings = {"pull.bearer": json.dumps(str(secret))} if have else {}
    with pull_rig(tmp_path, settings) as rig:
        rig.publish(TransportRules(bearer=digest(BEARER.encode())))
        rig.lay(rig.gateway.parcel(rig.kit, block(1)))
        assert rig.round() is have
        assert stored(rig.kit) == [1] * have


@pytest.mark.parametrize("have", [False, True])
def test_a_client_certificate_opens_the_listener(tmp_path: Path, have: bool) -> None:
    made = authority().issue_cert("opr-uji-a.example", key_type=trustme.KeyType.ECDSA)
    client = tmp_path / "client.pem"
    client.write_bytes(made.cert_chain_pems[0].bytes() + made.private_key_pem.bytes())
    der = ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())
    settings = {"pull.client": json.dumps(str(client))} if have else {}
    with pull_rig(tmp_path, settings, client_ca=True) as rig:
        rig.publish(TransportRules(certificate=f"SHA256:{hashlib.sha256(der).hexdigest()}"))
        rig.lay(rig.gateway.parcel(rig.kit, block(1)))
        assert rig.round() is have
        assert stored(rig.kit) == [1] * have


@pytest.mark.parametrize("have", [False, True])
def test_a_signed_request_opens_the_listener(tmp_path: Path, have: bool) -> None:
    settings = {"pull.http_signature": "true"} if have else {}
    with pull_rig(tmp_path, settings) as rig:
        rig.publish(TransportRules(http_signature=True))
        rig.lay(rig.gateway.parcel(rig.kit, block(1)))
        assert rig.round() is have, rig.told
        assert stored(rig.kit) == [1] * have


def test_no_number_leaves_in_events_and_requests(rig: PullRig) -> None:
    rig.lay(rig.gateway.parcel(rig.kit, block(1)))
    rig.round()
    shown = repr(rig.events) + repr(rig.told) + repr(rig.posted())
    assert str(number(1)) not in shown


def hostile(rig: PullRig, server: TlsServer, tmp_path: Path) -> None:
    """The kit asks this server from now on."""
    ca = tmp_path / "hostile.pem"
    ca.write_text(server.pem)
    url = server.uri("/v1/opr-uji-a")
    rig.reload(replace(rig.kit.settings, pull=Pull(url=url, ca=str(ca))))


def test_a_redirect_is_not_followed_and_a_proxy_of_the_environment_not_used(
    rig: PullRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    for code in (301, 302, 307, 308):
        with TlsServer() as server:
            server.behaviour = status_of(code, Location=f"{rig.url}/v1/opr-uji-a/answers")
            hostile(rig, server, tmp_path)
            rig.requests()
            assert not rig.round()
            assert server.seen
            assert rig.requests() == []


def test_an_endless_answer_and_a_dripping_one_are_cut(
    rig: PullRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for grace, behaviour, why in (
        (https_client.GRACE, oversize(pull.MAX_LISTING + 1), "more than"),
        (0.5, drip("body"), "TimeoutError"),
        (0.5, drip("header"), "TimeoutError"),
    ):
        monkeypatch.setattr(https_client, "GRACE", grace)
        with TlsServer() as server:
            server.behaviour = behaviour
            hostile(rig, server, tmp_path)
            assert not rig.round()
            assert why in str(dict(rig.events)["trouble"]["what"])
