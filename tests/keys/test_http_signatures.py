"""Signed requests (RFC 9421), E21: what a verifier must not let through."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from gateway.domain import http_profile as profile
from gateway.domain.errors import NotVerified
from gateway.domain.times import SECOND
from keys import http_signatures
from tests.keys.party import AT, BODY, TARGET, Party, _moment, digest, request


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_a_request_of_the_profile_names_its_key(party: Party, method: str) -> None:
    assert party.verify(party.sign(request(method))) == party.pin
    assert party.used == {"0123456789abcdef"}


# E21: each thing that must be covered, dropped, changed or forged


@pytest.mark.parametrize("dropped", profile.required("POST"))
def test_no_component_may_be_left_out(party: Party, dropped: str) -> None:
    rest = tuple(name for name in profile.required("POST") if name != dropped)
    assert party.refuses(party.sign(request(), covered_component_ids=rest)) == "components"


@pytest.mark.parametrize("dropped", profile.ALWAYS)
def test_no_component_of_a_fetch_may_be_left_out(party: Party, dropped: str) -> None:
    rest = tuple(name for name in profile.ALWAYS if name != dropped)
    assert party.refuses(party.sign(request("GET"), covered_component_ids=rest)) == "components"


@pytest.mark.parametrize(
    ("component", "instead"),
    [
        ("content-digest", '"content-digest";key="sha-256"'),
        ("content-type", '"content-type";bs'),
        ("idempotency-key", '"idempotency-key";bs'),
    ],
)
def test_a_component_in_another_form_is_not_the_component(
    party: Party, component: str, instead: str
) -> None:
    names = [instead if name == component else name for name in profile.required("POST")]
    assert party.refuses(party.sign(request(), covered_component_ids=names)) == "components"


def test_more_may_be_covered_than_is_asked_for(party: Party) -> None:
    message = request()
    message.headers["Date"] = "Tue, 24 Nov 2026 06:00:00 GMT"
    party.sign(message, covered_component_ids=(*profile.required("POST"), "date"))
    assert party.verify(message) == party.pin
    message.headers["Date"] = "Tue, 24 Nov 2026 06:00:01 GMT"
    assert party.refuses(message) == "signature"


def test_a_swapped_body_is_refused(party: Party) -> None:
    signed = party.sign(request())
    assert party.refuses(replace(signed, body=BODY + b"x")) == "content-digest"
    assert party.refuses(replace(signed, body=b"")) == "content-digest"


def test_a_swapped_body_with_its_own_digest_is_refused(party: Party) -> None:
    signed = party.sign(request())
    headers = signed.headers | {"Content-Digest": digest(b"other")}
    assert party.refuses(replace(signed, body=b"other", headers=headers)) == "signature"


def test_a_fetch_with_a_body_that_nobody_signed_is_refused(party: Party) -> None:
    assert party.refuses(replace(party.sign(request("GET")), body=b"x")) == "content-digest"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"url": "https://gerbang.example/v1/parcels"},
        {"url": "https://gerbang.example/v1/statements?x=1"},
        {"url": "https://other.example/v1/statements"},
        {"url": "https://gerbang.example:8443/v1/statements"},
        {"url": "http://gerbang.example/v1/statements"},
    ],
)
def test_a_request_moved_elsewhere_is_refused(party: Party, change: dict[str, str]) -> None:
    assert party.refuses(replace(party.sign(request()), **change)) == "signature"  # type: ignore[arg-type]  # each is text


@pytest.mark.parametrize("name", ["Content-Type", "Idempotency-Key", "Content-Digest"])
def test_a_covered_field_stands_in_the_request_once_and_as_signed(party: Party, name: str) -> None:
    signed = party.sign(request())
    twice = [*signed.headers.items(), (name.lower(), signed.headers[name])]
    for lines, reason in (
        (twice, "components"),
        ([line for line in twice if line[0].lower() != name.lower()], "components"),
        ([(k, v + "x" if k == name else v) for k, v in twice[:-1]], "signature"),
    ):
        with pytest.raises(NotVerified) as caught:
            http_signatures.verify("POST", TARGET, lines, BODY, party.pins.get, AT, party.use)
        assert caught.value.reason == reason


def test_the_same_nonce_counts_once(party: Party) -> None:
    signed = party.sign(request())
    party.verify(signed)
    assert party.refuses(signed) == "replayed"
    other = party.sign(request(body=b"other"))
    assert party.refuses(other) == "replayed"


def test_a_forger_uses_up_no_nonce(party: Party) -> None:
    signed = party.sign(request())
    good = signed.headers["Signature"]
    signed.headers["Signature"] = "sig=:" + base64.b64encode(bytes(64)).decode() + ":"
    assert party.refuses(signed) == "signature"
    signed.headers["Signature"] = good
    assert party.verify(signed) == party.pin


@pytest.mark.parametrize(
    "nonce", [None, "", "short", "0123456789abcde", "x" * 129, "with a blank in it"]
)
def test_a_nonce_has_its_form(party: Party, nonce: str | None) -> None:
    assert party.refuses(party.sign(request(), nonce=nonce)) == "not-fresh"


@pytest.mark.parametrize("second", [-301, 300, 301, 3600])
def test_a_signature_counts_only_around_its_time(party: Party, second: int) -> None:
    assert party.refuses(party.sign(request()), AT + second * SECOND) == "not-fresh"


@pytest.mark.parametrize("second", [-300, -1, 0, 1, 299])
def test_a_signature_counts_within_its_time(party: Party, second: int) -> None:
    assert party.verify(party.sign(request()), AT + second * SECOND) == party.pin


@pytest.mark.parametrize("life", [None, 0, -1, 301, 86_400])
def test_a_signature_ends_within_five_minutes(party: Party, life: int | None) -> None:
    expires = None if life is None else _moment(AT + life * SECOND)
    assert party.refuses(party.sign(request(), expires=expires)) == "not-fresh"


def test_a_signature_without_created_is_refused(party: Party) -> None:
    signed = party.sign(request())
    stated = signed.headers["Signature-Input"]
    signed.headers["Signature-Input"] = stated.replace(f";created={AT // SECOND}", "")
    assert party.refuses(signed) == "not-fresh"


@pytest.mark.parametrize("tag", [None, "", "other", "Palang"])
def test_a_signature_for_another_purpose_is_none(party: Party, tag: str | None) -> None:
    assert party.refuses(party.sign(request(), tag=tag)) == "no-signature"
