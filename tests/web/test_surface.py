"""Paths, methods, headers and errors of the listener, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.domain import failpoints
from gateway.web.app import SAFE_HEADERS
from tests.keys.parties import OTHER_STATEMENT
from tests.web.house import JOSE, A, House, ack, parcel, post, request, without_instance

PROBLEM = "application/problem+json"
RESOURCES = ("statements", "lists", "parcels", "parcels/next", "answers")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/opr-uji-a",
        "/v2/opr-uji-a/parcels",
        "/v1//opr-uji-a/parcels",
        "/v1/opr-uji-a//parcels",
        "/v1/opr-uji-a/parcels/",
        "/v1/../etc/passwd/parcels",
        "/v1/%2e%2e/parcels",
        "/v1/..%2fopr-uji-a/parcels",
        "/v1/opr-uji-a%2f../parcels",
        "/v1/opr-uji-a%00/parcels",
        "/v1/opr-uji-a%0d%0aX:y/parcels",
        "/v1/OPR-UJI-A/parcels",
        "/v1/a/parcels",
        "/v1/" + "a" * 32 + "/parcels",
        "/v1/opr%5fuji/parcels",
        "/v1/0870/parcels",
        "/v1/opr-uji-ａ/parcels",
        "/v1/opr-uji-a;x=1/parcels",
        "/static/openapi.json",
    ],
)
def test_any_other_path_is_not_found(house: House, client: FlaskClient, path: str) -> None:
    got = client.post(path, data=request(), content_type=JOSE)
    assert (got.status_code, got.content_type) == (404, PROBLEM)
    assert got.json is not None
    assert got.json["type"] == "urn:palang:problem:not-found"
    assert "Location" not in got.headers
    assert house.told[-1].partner == ""  # a stranger's text is told to nobody


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_another_method_is_not_allowed_and_told_which_is(
    client: FlaskClient, resource: str, method: str
) -> None:
    got = client.open(f"/v1/{A}/{resource}", method=method)
    assert got.status_code == 405
    assert set(got.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert got.data == b"" if method == "HEAD" else got.content_type == PROBLEM


@pytest.mark.parametrize("path", [f"{A}/{r}" for r in RESOURCES] + ["health", "openapi.json"])
def test_options_names_the_methods_and_opens_nothing_to_browsers(
    client: FlaskClient, path: str
) -> None:
    got = client.options(
        f"/v1/{path}",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
    )
    assert (got.status_code, got.data) == (200, b"")
    assert "OPTIONS" in got.headers["Allow"]
    assert not [name for name, _ in got.headers if name.lower().startswith("access-control")]


def test_health_says_that_the_store_can_be_read_and_nothing_else(client: FlaskClient) -> None:
    got = client.get("/v1/health")
    assert (got.status_code, got.data) == (204, b"")
    assert client.head("/v1/health").status_code == 204


def test_health_of_a_broken_store_is_503(house: House, client: FlaskClient, tmp_path: Path) -> None:
    house.exchange.close()
    (tmp_path / "exchange.sqlite").write_bytes(b"no database" * 1000)
    (tmp_path / "exchange.sqlite-wal").unlink(missing_ok=True)
    got = client.get("/v1/health")
    assert (got.status_code, got.content_type) == (503, PROBLEM)
    assert got.headers["Retry-After"] == "30"


def test_every_answer_forbids_caching_sniffing_and_framing(
    house: House, client: FlaskClient
) -> None:
    house.lay(parcel(1))
    answers = [
        post(client, f"{A}/statements", ack()),
        post(client, f"{A}/statements", ack(OTHER_STATEMENT)),
        post(client, f"{A}/parcels", request()),
        post(client, f"{A}/parcels/next", request()),
        post(client, f"{A}/parcels/next", request(9)),
        post(client, f"{A}/answers", request()),
        client.get("/v1/health"),
        client.get("/v1/openapi.json"),
        client.get("/v1/nothing/here"),
        client.get(f"/v1/{A}/parcels"),
        client.options(f"/v1/{A}/parcels"),
    ]
    for got in answers:
        assert SAFE_HEADERS.items() <= dict(got.headers).items()
        assert "Set-Cookie" not in got.headers


def test_an_unforeseen_error_shows_nothing_of_itself(house: House, client: FlaskClient) -> None:
    def bug(point: str) -> None:
        raise RuntimeError("0870 1234 5678 secret")

    failpoints.arm(bug)
    got = post(client, f"{A}/parcels", request())
    assert (got.status_code, got.content_type) == (500, PROBLEM)
    assert b"secret" not in got.data
    assert "0870" not in str(without_instance(got))
    assert "secret" not in str(house.told)
    assert (house.told[-1].note, house.told[-1].status) == ("RuntimeError", 500)


def test_a_problem_names_the_instance_under_which_the_log_has_the_reason(
    house: House, client: FlaskClient
) -> None:
    got = post(client, f"{A}/statements", ack(OTHER_STATEMENT, iss=A))
    assert got.json is not None
    told = house.told[-1]
    assert got.json["instance"] == told.instance
    assert (told.event, told.status, told.partner) == ("refused", 401, A)
    assert told.note == "unknown-key"
    assert "unknown-key" not in got.text
    unknown = post(client, "opr-uji-z/statements", ack())
    assert unknown.status_code == 401
    assert house.told[-1].partner == ""


def test_no_answer_and_no_log_line_repeats_what_came(house: House, client: FlaskClient) -> None:
    canary = "0870123456780870"
    for path in (f"a{canary}/statements", f"{A}/statements?x={canary}", f"{A}/{canary}"):
        for body in (canary.encode(), ack()[:-4] + canary[:4].encode()):
            got = post(client, path, body, X_Note=canary)
            assert canary not in got.text + str(got.headers)
    assert canary not in str(house.told)


def test_a_body_without_length_is_refused(client: FlaskClient) -> None:
    got = client.post(f"/v1/{A}/statements", content_type=JOSE)
    assert (got.status_code, got.content_type) == (411, PROBLEM)


def test_a_token_of_50_mb_is_refused_by_its_announced_length(client: FlaskClient) -> None:
    got = client.post(
        f"/v1/{A}/statements",
        content_type=JOSE,
        environ_overrides={"CONTENT_LENGTH": str(50 * 1024 * 1024)},
    )
    assert (got.status_code, got.content_type) == (413, PROBLEM)


def test_a_body_that_ends_early_is_no_statement(house: House, client: FlaskClient) -> None:
    got = client.post(
        f"/v1/{A}/statements",
        data=ack(),
        content_type=JOSE,
        environ_overrides={"CONTENT_LENGTH": str(len(ack()) + 10)},
    )
    assert (got.status_code, got.content_type) == (400, PROBLEM)
    assert house.kept() == []
