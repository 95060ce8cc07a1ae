"""POST /statements: authenticated and within the quota, else nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from adapters.exchange_publishing import publish_partner
from gateway.domain import failpoints
from gateway.domain.canonical import digest, encode
from gateway.domain.errors import LedgerUnavailable
from gateway.domain.parties import Standing
from gateway.domain.statements import Kind, header_typ, to_bytes
from gateway.domain.times import HOUR
from gateway.domain.trust import Trust
from gateway.ports import Quotas, TransportRules
from gateway.web import bodies
from keys.jws import JoseSignatures
from tests.keys.parties import (
    APPROVAL,
    GATEWAY_STATEMENT,
    OTHER_STATEMENT,
    REQUEST,
    STATEMENT,
    STATEMENT_ES256,
    TRUST,
    Held,
    confirmation,
    forge,
    good_header,
)
from tests.web.house import A, B, House, ack, partner, post, request, without_instance


@pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256], ids=["Ed25519", "ES256"])
def test_a_signed_statement_is_kept_byte_for_byte(
    house: House, client: FlaskClient, by: Held
) -> None:
    sent = ack(by)
    answer = post(client, f"{A}/statements", sent)
    assert answer.status_code == 202
    assert answer.json == {"v": 1, "statement": digest(sent), "answer": f"/v1/{A}/answers"}
    assert house.kept() == [sent]


def test_the_same_bytes_again_get_the_same_answer_and_are_one_row(
    house: House, client: FlaskClient
) -> None:
    sent = ack()
    answers = [post(client, f"{A}/statements", sent) for _ in range(3)]
    assert {(one.status_code, one.data) for one in answers} == {(202, answers[0].data)}
    assert house.kept() == [sent]


def test_what_the_worker_took_may_be_sent_again_after_a_restore(
    house: House, client: FlaskClient
) -> None:
    sent = ack()
    post(client, f"{A}/statements", sent)
    house.exchange.taken(house.exchange.waiting(A, 1)[0].id, house.clock.now())
    assert house.kept() == []
    assert post(client, f"{A}/statements", sent).status_code == 202
    assert house.kept() == [sent]


def test_a_request_may_be_signed_by_a_request_key_and_nothing_else_may(
    house: House, client: FlaskClient
) -> None:
    asked = request(by=REQUEST)
    assert post(client, f"{A}/statements", asked).status_code == 202
    assert post(client, f"{A}/statements", ack(REQUEST)).status_code == 401
    assert house.kept() == [asked]


def test_what_is_well_signed_and_odd_is_left_to_the_judge(
    house: House, client: FlaskClient
) -> None:
    odd = encode({"v": 1, "typ": "ack", "iss": A, "aud": "palang-uji", "result": "maybe"})
    sent = JoseSignatures().sign(odd, Kind.ACK, STATEMENT.signer)
    assert post(client, f"{A}/statements", sent).status_code == 202
    assert house.kept() == [sent]


def test_a_large_confirmation_goes_through_a_file_and_arrives_whole(
    house: House, client: FlaskClient
) -> None:
    sent = JoseSignatures().sign(to_bytes(confirmation(30_000)), Kind.CONFIRM, STATEMENT.signer)
    assert len(sent) > 1024 * 1024
    assert post(client, f"{A}/statements", sent).status_code == 202
    assert house.kept() == [sent]


def test_only_a_few_large_ones_are_looked_at_at_once(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    large = JoseSignatures().sign(to_bytes(confirmation(30_000)), Kind.CONFIRM, STATEMENT.signer)
    with ExitStack() as busy:
        for _ in range(bodies.AT_ONCE):
            busy.enter_context(bodies._turn())
        got = post(client, f"{A}/statements", large)
        assert (got.status_code, got.headers["Retry-After"]) == (503, "30")
        assert post(client, f"{A}/statements", ack()).status_code == 202
    assert post(client, f"{A}/statements", large).status_code == 202
    assert house.kept() == [ack(), large]


def _turned(data: bytes) -> bytes:
    """One character of the signature changed."""
    last = b"A" if data[-10:-9] != b"A" else b"B"
    return data[:-10] + last + data[-9:]


def _payload_of_other(data: bytes) -> bytes:
    head, _, tail = data.split(b".")
    return b".".join((head, ack(sequence=8).split(b".")[1], tail))


BAD: dict[str, Callable[[], bytes]] = {
    "next to nothing": lambda: b".",
    "no JWS": lambda: b"hello",
    "no signature": lambda: ack().rpartition(b".")[0] + b".",
    "alg none": lambda: forge({"alg": "none", "typ": header_typ("ack")}, b"{}", STATEMENT.signer),
    "another signature": lambda: _turned(ack()),
    "another payload": lambda: _payload_of_other(ack()),
    "another partner's key": lambda: ack(OTHER_STATEMENT),
    "another partner's key and our name": lambda: ack(OTHER_STATEMENT, iss=A),
    "our key and another's name": lambda: ack(iss=B),
    "another gateway": lambda: ack(aud="palang-lain"),
    "a gateway's answer": lambda: forge(
        good_header(STATEMENT, Kind.ANSWER), b"{}", STATEMENT.signer
    ),
    "the gateway's own key": lambda: forge(
        good_header(GATEWAY_STATEMENT), b"{}", GATEWAY_STATEMENT.signer
    ),
    "an officer's word": lambda: forge(
        good_header(APPROVAL, Kind.APPROVAL), b"{}", APPROVAL.signer
    ),
    "an officer's word by a partner": lambda: forge(
        good_header(STATEMENT, Kind.APPROVAL), b"{}", STATEMENT.signer
    ),
    "a manifest": lambda: forge(good_header(STATEMENT, "manifest"), b"{}", STATEMENT.signer),
    "a kid that nobody has": lambda: forge(
        good_header(STATEMENT) | {"kid": "x" * 43}, b"{}", STATEMENT.signer
    ),
    "a key in the header": lambda: forge(
        good_header(STATEMENT) | {"jwk": {"kty": "OKP"}}, b"{}", STATEMENT.signer
    ),
    "crit": lambda: forge(
        good_header(STATEMENT) | {"crit": ["b64"], "b64": False}, b"{}", STATEMENT.signer
    ),
    "typ as a list": lambda: forge(
        good_header(STATEMENT) | {"typ": ["a"]}, b"{}", STATEMENT.signer
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_shown_to_be_the_partners_is_answered_alike_and_not_kept(
    house: House, client: FlaskClient, name: str
) -> None:
    sent = BAD[name]()
    answer = post(client, f"{A}/statements", sent)
    unknown = post(client, "opr-uji-z/statements", sent)
    assert (answer.status_code, unknown.status_code) == (401, 401)
    assert without_instance(answer) == without_instance(unknown)
    assert set(answer.headers.items()) == set(unknown.headers.items())
    assert house.kept() == house.kept(B) == house.kept("opr-uji-z") == []


def test_a_partner_cant_speak_under_another_ones_path(house: House, client: FlaskClient) -> None:
    for own, other, key in ((A, B, STATEMENT), (B, A, OTHER_STATEMENT)):
        assert post(client, f"{other}/statements", ack(key)).status_code == 401
        assert post(client, f"{own}/statements", ack(key)).status_code == 202
    assert house.kept(A) == [ack(STATEMENT)]
    assert house.kept(B) == [ack(OTHER_STATEMENT)]


def test_a_revoked_key_counts_no_more_from_the_next_request_on(
    house: House, client: FlaskClient
) -> None:
    assert post(client, f"{A}/statements", ack()).status_code == 202
    gone = replace(STATEMENT.pin, revoked=house.clock.now())
    keys = [gone if key.kid == gone.kid else key for key in TRUST.keys]
    trust = Trust(TRUST.gateway, keys)
    assert publish_partner(house.exchange, partner(), trust, TransportRules(), "palang-uji")
    assert post(client, f"{A}/statements", ack(sequence=2)).status_code == 401
    assert post(client, f"{A}/statements", ack(STATEMENT_ES256)).status_code == 202


@pytest.mark.parametrize("standing", ["proposed", "closed"])
def test_a_partner_that_is_not_live_is_nobody(
    house: House, client: FlaskClient, standing: str
) -> None:
    house.publish(A, standing=Standing(standing))
    assert post(client, f"{A}/statements", ack()).status_code == 401
    assert house.kept() == []


def test_signed_bytes_that_are_no_json_are_told_so(house: House, client: FlaskClient) -> None:
    sent = forge(good_header(STATEMENT), b'{"v":1,"v":1}', STATEMENT.signer)
    answer = post(client, f"{A}/statements", sent)
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["type"] == "urn:palang:problem:unreadable"
    assert house.kept() == []


def test_beyond_the_quota_nothing_is_kept_until_the_hour_is_over(
    house: House, client: FlaskClient
) -> None:
    house.publish(A, TransportRules(quotas=Quotas(statements=2)))
    sent = [ack(sequence=n) for n in (1, 2, 3)]
    answers = [post(client, f"{A}/statements", one) for one in sent]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert answers[2].headers["Retry-After"] == "3600"  # NOW is a whole hour
    assert house.kept() == sent[:2]
    assert post(client, f"{A}/statements", sent[0]).status_code == 202  # again costs nothing
    assert post(client, f"{B}/statements", ack(OTHER_STATEMENT)).status_code == 202
    house.clock.at += HOUR
    assert post(client, f"{A}/statements", sent[2]).status_code == 202


def test_a_days_octets_are_a_quota_too(house: House, client: FlaskClient) -> None:
    size = len(ack())
    house.publish(A, TransportRules(quotas=Quotas(octets=size * 2)))
    answers = [post(client, f"{A}/statements", ack(sequence=n)) for n in (1, 2, 3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    house.clock.at += HOUR  # the hour's statements are free again, the day's octets are not
    assert post(client, f"{A}/statements", ack(sequence=4)).status_code == 429


def test_who_is_not_authenticated_uses_up_no_quota(house: House, client: FlaskClient) -> None:
    house.publish(A, TransportRules(quotas=Quotas(statements=1)))
    for _ in range(3):
        assert post(client, f"{A}/statements", ack(OTHER_STATEMENT, iss=A)).status_code == 401
    assert post(client, f"{A}/statements", ack()).status_code == 202


@pytest.mark.parametrize(
    ("media", "status"),
    [
        ("application/jose", 202),
        ("Application/JOSE", 202),
        ("application/jose; charset=utf-8", 202),
        ("application/json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_only_the_one_media_type_is_taken(
    house: House, client: FlaskClient, media: str, status: int
) -> None:
    assert post(client, f"{A}/statements", ack(), Content_Type=media).status_code == status
    assert len(house.kept()) == (status == 202)


def test_a_store_that_is_full_keeps_nothing_and_says_so(house: House, client: FlaskClient) -> None:
    def full(point: str) -> None:
        if point == "before:exchange.keep":
            raise LedgerUnavailable("the disk is full")

    failpoints.arm(full)
    answer = post(client, f"{A}/statements", ack())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    failpoints.arm(None)
    assert house.kept() == []


def test_a_lost_answer_and_the_same_bytes_again_make_one_row(
    house: House, client: FlaskClient
) -> None:
    def lost(point: str) -> None:
        if point == "after:exchange.keep":
            failpoints.arm(None)
            raise LedgerUnavailable("the connection broke in the middle of the commit")

    failpoints.arm(lost)
    assert post(client, f"{A}/statements", ack()).status_code == 503
    assert post(client, f"{A}/statements", ack()).status_code == 202
    assert house.kept() == [ack()]
