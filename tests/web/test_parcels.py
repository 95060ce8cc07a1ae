"""POST /parcels, /parcels/next and /answers: what lies ready, for a signed request."""

from __future__ import annotations

import base64
import hashlib

import pytest
from flask.testing import FlaskClient

from gateway.domain import failpoints, fetched
from gateway.domain.canonical import digest
from gateway.domain.errors import LedgerUnavailable
from gateway.domain.times import HOUR, SECOND
from gateway.ports import Quotas, TransportRules
from tests.keys.parties import NOW, OTHER_STATEMENT, REQUEST, STATEMENT, STATEMENT_ES256, Held
from tests.web.house import A, B, House, ack, answer, parcel, post, request

PATHS = ("parcels", "parcels/next", "answers")


def test_the_listing_names_what_is_ready_from_the_sequence_on(
    house: House, client: FlaskClient
) -> None:
    laid = [parcel(n) for n in (3, 1, 2)]
    house.lay(*laid, parcel(1, to=B))
    got = post(client, f"{A}/parcels", request(2))
    assert got.status_code == 200
    assert got.json == {
        "v": 1,
        "items": [
            {
                "epoch": 1,
                "sequence": one.name.sequence,
                "name": str(one.name),
                "digest": one.digest,
                "bytes": len(one.data),
            }
            for one in (laid[2], laid[0])
        ],
    }
    assert house.fetches() == []


def test_a_new_epoch_comes_after_the_old_one(house: House, client: FlaskClient) -> None:
    house.lay(parcel(1, epoch=2), parcel(41), parcel(5))
    got = post(client, f"{A}/parcels", request(40))
    assert got.json is not None
    assert [(i["epoch"], i["sequence"]) for i in got.json["items"]] == [(1, 41), (2, 1)]
    assert post(client, f"{A}/parcels/next", request(42)).data == parcel(1, epoch=2).data


@pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256, REQUEST])
def test_the_next_parcel_comes_whole_with_its_digest(
    house: House, client: FlaskClient, by: Held
) -> None:
    big = parcel(7, bytes(range(256)) * 1000)
    house.lay(big, parcel(8))
    got = post(client, f"{A}/parcels/next", request(1, by))
    assert (got.status_code, got.data) == (200, big.data)
    sha = base64.b64encode(hashlib.sha256(big.data).digest()).decode()
    assert got.headers["Content-Digest"] == f"sha-256=:{sha}:"
    assert got.headers["Palang-Parcel"] == str(big.name)
    assert got.headers["Palang-Remaining"] == "1"
    assert got.headers["Content-Type"] == "application/jose"
    assert got.headers["Content-Length"] == str(len(big.data))


def test_nothing_ready_is_no_content(house: House, client: FlaskClient) -> None:
    house.lay(parcel(1))
    got = post(client, f"{A}/parcels/next", request(2))
    assert (got.status_code, got.data) == (204, b"")
    assert got.headers["Palang-Remaining"] == "0"
    assert "Content-Type" not in got.headers


def test_a_fetch_is_told_with_the_signed_request_as_its_proof(
    house: House, client: FlaskClient
) -> None:
    house.lay(parcel(1))
    asked = request(1)
    post(client, f"{A}/parcels/next", asked)
    (word,) = house.fetches()
    assert fetched.read(word) == fetched.Fetched(parcel(1).digest, NOW, asked.decode())
    assert house.fetches(B) == []


def test_only_the_first_fetch_since_it_was_laid_ready_is_told(
    house: House, client: FlaskClient
) -> None:
    house.lay(parcel(1))
    for _ in range(3):
        assert post(client, f"{A}/parcels/next", request(1)).status_code == 200
    assert len(house.fetches()) == 1
    house.lay(parcel(1))  # the receipt was overdue: laid ready again
    post(client, f"{A}/parcels/next", request(1))
    assert len(house.fetches()) == 2


def test_a_download_that_breaks_is_no_fetch(house: House) -> None:
    house.lay(parcel(1, b"x" * 200_000))
    for chunks in (0, 1, 3):
        client = house.client()
        got = client.post(
            f"/v1/{A}/parcels/next",
            data=request(1),
            content_type="application/jose",
            buffered=False,
        )
        body = iter(got.response)
        for _ in range(chunks):
            next(body)
        got.close()
    assert house.fetches() == []
    whole = post(house.client(), f"{A}/parcels/next", request(1))
    assert len(whole.data) > 200_000
    assert len(house.fetches()) == 1


def test_a_fetch_that_cant_be_logged_still_gives_the_parcel(
    house: House, client: FlaskClient
) -> None:
    house.lay(parcel(1))

    def full(point: str) -> None:
        if point == "before:exchange.fetched":
            raise LedgerUnavailable("the disk is full")

    failpoints.arm(full)
    assert post(client, f"{A}/parcels/next", request(1)).data == parcel(1).data
    assert house.fetches() == []
    assert house.told[-1].event == "fetch not logged"


@pytest.mark.parametrize("path", PATHS)
def test_a_request_is_used_once_at_each_path(house: House, client: FlaskClient, path: str) -> None:
    house.lay(parcel(1))
    asked = request(1)
    assert post(client, f"{A}/{path}", asked).status_code == 200
    again = post(client, f"{A}/{path}", asked)
    assert again.status_code == 409
    assert again.json is not None
    assert again.json["type"] == "urn:palang:problem:replayed"
    assert post(client, f"{A}/{path}", request(1)).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("off", "status"), [(0, 200), (-300, 200), (300, 200), (-301, 401), (301, 401), (10**6, 401)]
)
def test_a_request_counts_within_five_minutes_of_our_clock(
    house: House, client: FlaskClient, path: str, off: int, status: int
) -> None:
    house.lay(parcel(1))
    got = post(client, f"{A}/{path}", request(1, at=NOW + off * SECOND))
    assert got.status_code == status
    if status == 401:
        assert got.json is not None
        assert got.json["type"] == "urn:palang:problem:not-fresh"


def test_a_request_is_still_known_while_it_is_fresh(house: House, client: FlaskClient) -> None:
    asked = request(1, at=NOW + 300 * SECOND)
    assert post(client, f"{A}/parcels", asked).status_code == 200
    house.clock.at += 600 * SECOND
    house.exchange.tidy(house.clock.at, HOUR)
    assert post(client, f"{A}/parcels", asked).status_code == 409


@pytest.mark.parametrize("path", PATHS)
def test_another_partners_request_gets_nothing(
    house: House, client: FlaskClient, path: str
) -> None:
    house.lay(parcel(1))
    house.exchange.say(A, answer("head"), NOW)
    for asked in (
        request(1, OTHER_STATEMENT),
        request(1, OTHER_STATEMENT, iss=A),
        request(1, STATEMENT, iss=B),
        request(1, STATEMENT, aud="palang-lain"),
        ack(),
    ):
        got = post(client, f"{A}/{path}", asked)
        assert got.status_code == 401
        assert b"sealed" not in got.data
    assert house.fetches() == []


def test_a_signed_request_without_its_members_is_told_so(client: FlaskClient) -> None:
    for changed in ({"from": 0}, {"epoch": "1"}, {"v": 2}, {"typ": "ack"}):
        got = post(client, f"{A}/parcels", request(1, **changed))
        assert got.status_code == 400
        assert got.json is not None
        assert got.json["type"] == "urn:palang:problem:unreadable"


def test_requests_have_a_quota_of_their_own(house: House, client: FlaskClient) -> None:
    house.publish(A, TransportRules(quotas=Quotas(requests=2)))
    codes = [post(client, f"{A}/{path}", request(1)).status_code for path in PATHS]
    assert codes == [200, 204, 429]
    assert post(client, f"{A}/statements", ack()).status_code == 202
    house.clock.at += HOUR
    fresh = request(1, at=house.clock.at)
    assert post(client, f"{A}/parcels", fresh).status_code == 200


def test_a_request_beyond_16_kb_is_refused_unread(house: House, client: FlaskClient) -> None:
    got = post(client, f"{A}/parcels/next", request(1, nonce="x" * 16_384))
    assert got.status_code == 413


def test_answers_and_head_come_oldest_first_and_a_newer_head_takes_the_olders_place(
    house: House, client: FlaskClient
) -> None:
    said = [answer("a-1", "1"), answer("head", "old", ""), answer("a-2", "2")]
    for one in (*said, answer("b", "other")):
        house.exchange.say(B if one.name == "b" else A, one, NOW)
    newer = answer("head", "new", "")
    house.exchange.say(A, newer, NOW)
    got = post(client, f"{A}/answers", request())
    assert got.json is not None
    assert got.json["items"] == [one.data.decode() for one in (said[0], said[2], newer)]
    again = post(client, f"{A}/answers?after={got.json['cursor']}", request())
    assert again.json == {"v": 1, "items": [], "cursor": got.json["cursor"]}
    house.exchange.say(A, answer("head", "newest", ""), NOW)
    last = post(client, f"{A}/answers?after={got.json['cursor']}", request())
    assert last.json is not None
    assert last.json["items"] == [answer("head", "newest", "").data.decode()]


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "9" * 16, "0", "%00", "1;--"])
def test_a_cursor_that_is_none_shows_everything(
    house: House, client: FlaskClient, after: str
) -> None:
    house.exchange.say(A, answer("a"), NOW)
    got = post(client, f"{A}/answers?after={after}", request())
    assert got.json is not None
    assert len(got.json["items"]) == 1


def test_a_parcel_whose_bytes_were_deleted_is_not_ready_until_it_is_laid_again(
    house: House, client: FlaskClient
) -> None:
    house.lay(parcel(1), parcel(2))
    assert house.exchange.remove(A, [parcel(1).digest, digest(b"unknown")]) == 1
    assert post(client, f"{A}/parcels/next", request(1)).data == parcel(2).data
    house.lay(parcel(1))
    assert post(client, f"{A}/parcels/next", request(1)).data == parcel(1).data


def test_another_sealing_takes_the_olders_place(house: House, client: FlaskClient) -> None:
    house.lay(parcel(1, b"old key"), parcel(1, b"new key"))
    got = post(client, f"{A}/parcels", request(1))
    assert got.json is not None
    assert [one["digest"] for one in got.json["items"]] == [parcel(1, b"new key").digest]
    assert post(client, f"{A}/parcels/next", request(1)).data == parcel(1, b"new key").data
