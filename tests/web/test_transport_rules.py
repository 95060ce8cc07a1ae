"""What a partner may have agreed beside its signature: client certificate, bearer secret, RFC 9421.

Missing or wrong, nothing is kept and nothing is shown, and the answer is that of any stranger.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from flask.testing import FlaskClient

from adapters.http_signing import sign
from gateway.domain.times import SECOND
from gateway.ports import TransportRules
from gateway.web.app import make_app
from tests.keys.parties import NOW, OTHER_STATEMENT, REQUEST, SEAL, STATEMENT, Held
from tests.web.house import JOSE, ORIGIN, A, B, House, ack, parcel, post, request, without_instance
from tests.web.wire import STATEMENTS, authority, post_bytes, statuses, wired

SECRET = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"
BEARER = TransportRules(bearer="sha256:" + hashlib.sha256(SECRET.encode()).hexdigest())
SIGNED = TransportRules(http_signature=True)
RESOURCES = ("statements", "parcels", "parcels/next", "answers")


def body_for(resource: str) -> bytes:
    """What the resource takes."""
    return ack() if resource == "statements" else request()


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize(
    "shown",
    [None, "", "Bearer", "Bearer ", f"Bearer {SECRET}x", f"Basic {SECRET}", SECRET, "Bearer \xff"],
)
def test_without_its_bearer_secret_a_partner_is_a_stranger(
    house: House, client: FlaskClient, resource: str, shown: str | None
) -> None:
    house.publish(A, BEARER)
    house.lay(parcel(1))
    headers = {} if shown is None else {"Authorization": shown}
    got = post(client, f"{A}/{resource}", body_for(resource), **headers)
    stranger = post(client, f"opr-uji-z/{resource}", body_for(resource))
    assert got.status_code == 401
    assert without_instance(got) == without_instance(stranger)
    assert (house.kept(), house.fetches()) == ([], [])


@pytest.mark.parametrize("resource", RESOURCES)
def test_with_its_bearer_secret_the_signature_still_counts(
    house: House, client: FlaskClient, resource: str
) -> None:
    house.publish(A, BEARER)
    house.lay(parcel(1))
    for scheme in ("Bearer", "bearer"):
        login = {"Authorization": f"{scheme} {SECRET}"}
        got = post(client, f"{A}/{resource}", body_for(resource), **login)
        assert got.status_code in (200, 202)
    foreign = ack(OTHER_STATEMENT, iss=A)
    assert post(client, STATEMENTS, foreign, Authorization=f"Bearer {SECRET}").status_code == 401
    assert post(client, f"{B}/statements", ack(OTHER_STATEMENT)).status_code == 202


@pytest.mark.parametrize("body", [b"", b"x", b"a.b.c", None], ids=["none", "x", "odd", "jws"])
@pytest.mark.parametrize("missing", [0, 1])
def test_a_stranger_can_not_tell_from_the_answer_who_is_a_partner(
    house: House, client: FlaskClient, body: bytes | None, missing: int
) -> None:
    """Whole or cut short, with whatever body: one answer, byte for byte but for its instance."""
    house.publish(A, BEARER)
    house.publish(B, TransportRules(certificate="SHA256:" + "0" * 64))
    house.publish("opr-uji-c")
    told = set()
    for name in (A, B, "opr-uji-c", "opr-uji-z"):
        sent = request(by=OTHER_STATEMENT, nonce="1") if body is None else body
        got = client.post(
            f"/v1/{name}/parcels",
            data=sent,
            content_type=JOSE,
            environ_overrides={"CONTENT_LENGTH": str(len(sent) + missing)},
        )
        headers = sorted((key, value) for key, value in got.headers.items())
        told.add((got.status, repr(headers), repr(without_instance(got))))
    assert len(told) == 1
    assert {status[:3] for status, _headers, _body in told} == {"400" if missing else "401"}


def test_a_stranger_that_sends_only_a_header_is_told_nothing(house: House, tmp_path: Path) -> None:
    house.publish(A, BEARER)
    with wired(house, tmp_path) as wire:
        told = []
        for name in (A, "opr-uji-z"):
            with wire.connect() as sock:
                sock.sendall(post_bytes(f"{name}/parcels", request())[:-1])
                sock.settimeout(0.3)
                try:
                    told.append(sock.recv(4096))
                except TimeoutError:
                    told.append(b"")
    assert told == [b"", b""]


def test_the_secret_is_compared_before_a_signature_is_verified(
    house: House, client: FlaskClient
) -> None:
    house.publish(A, BEARER)
    post(client, f"{A}/parcels", b"no signature at all")
    assert [(one.event, one.note) for one in house.told] == [("refused", "bearer")]


def fingerprint(pair: trustme.LeafCert) -> str:
    """As the rules name a certificate."""
    der = ssl.PEM_cert_to_DER_cert(pair.cert_chain_pems[0].bytes().decode())
    return f"SHA256:{hashlib.sha256(der).hexdigest()}"


def test_only_the_pinned_client_certificate_opens_the_door(house: House, tmp_path: Path) -> None:
    own, other = (authority().issue_cert(f"{name}.example") for name in ("own", "other"))
    house.publish(A, TransportRules(certificate=fingerprint(own)))
    house.lay(parcel(1))
    with wired(house, tmp_path, client_ca=True) as wire:
        for client, status in ((None, 401), (other, 401), (own, 200)):
            with wire.connect(client=client) as sock:
                sock.sendall(post_bytes(f"{A}/parcels/next", request(1)))
                assert statuses(sock.recv(65536)) == [status]
        with wire.connect() as sock:  # B agreed to none
            sock.sendall(post_bytes(f"{B}/statements", ack(OTHER_STATEMENT)))
            assert statuses(sock.recv(65536)) == [202]
    house.until_told("fetched")
    assert len(house.fetches()) == 1


def test_a_certificate_of_another_authority_ends_the_handshake(
    house: House, tmp_path: Path
) -> None:
    stranger = trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("own.example")
    with wired(house, tmp_path, client_ca=True) as wire:
        try:
            with wire.connect(client=stranger) as sock:
                sock.sendall(post_bytes(STATEMENTS, ack()))
                assert sock.recv(4096) == b""
        except OSError:
            pass  # told so during or right after the handshake
        assert statuses(wire.say(post_bytes(STATEMENTS, ack()))) == [202]
    assert len(house.kept()) == 1


def test_a_header_is_no_certificate(house: House, client: FlaskClient) -> None:
    own = authority().issue_cert("own.example")
    house.publish(A, TransportRules(certificate=fingerprint(own)))
    for name in ("Palang_Peer", "palang.peer", "SSL_CLIENT_CERT", "X_Client_Cert"):
        got = post(client, STATEMENTS, ack(), **{name: fingerprint(own)})
        assert got.status_code == 401
    assert house.kept() == []


def signed_headers(
    body: bytes, by: Held = STATEMENT, path: str = STATEMENTS, at: int = NOW, origin: str = ORIGIN
) -> dict[str, str]:
    """The headers of a request that is signed in the profile."""
    digest = hashlib.sha256(body)
    headers = {
        "Content-Type": JOSE,
        "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "Idempotency-Key": digest.hexdigest(),
    }
    sign("POST", f"{origin}/v1/{path}", headers, by.signer, at)
    return {name.replace("-", "_"): value for name, value in headers.items()}


@pytest.mark.parametrize("by", [STATEMENT, REQUEST])
def test_a_signed_http_request_is_let_in(house: House, client: FlaskClient, by: Held) -> None:
    house.publish(A, SIGNED)
    house.lay(parcel(1))
    sent = ack()
    assert post(client, STATEMENTS, sent, **signed_headers(sent, by)).status_code == 202
    asked = request(1)
    path = f"{A}/answers?after=0"
    assert post(client, path, asked, **signed_headers(asked, by, path)).status_code == 200


def test_the_same_http_signature_twice_is_a_replay_and_kept_once(
    house: House, client: FlaskClient
) -> None:
    house.publish(A, SIGNED)
    sent = ack()
    headers = signed_headers(sent)
    codes = [post(client, STATEMENTS, sent, **headers).status_code for _ in range(3)]
    assert codes == [202, 409, 409]
    assert house.kept() == [sent]


FOREIGN: dict[str, Callable[[bytes], dict[str, str]]] = {
    "none": lambda body: {},
    "another partner's key": lambda body: signed_headers(body, OTHER_STATEMENT),
    "a sealing key's id": lambda body: {
        name: value.replace(STATEMENT.pin.kid, SEAL.pin.kid)
        for name, value in signed_headers(body).items()
    },
    "another path": lambda body: signed_headers(body, path=f"{B}/statements"),
    "another host": lambda body: signed_headers(body, origin="https://other.example"),
    "another body": lambda body: signed_headers(body + b"x"),
    "long ago": lambda body: signed_headers(body, at=NOW - 400 * SECOND),
    "no digest": lambda body: {
        name: value for name, value in signed_headers(body).items() if name != "Content_Digest"
    },
    "no signature": lambda body: {
        name: value for name, value in signed_headers(body).items() if name != "Signature"
    },
}


@pytest.mark.parametrize("name", FOREIGN)
def test_without_a_good_http_signature_a_partner_is_a_stranger(
    house: House, client: FlaskClient, name: str
) -> None:
    house.publish(A, SIGNED)
    sent = ack()
    got = post(client, STATEMENTS, sent, **FOREIGN[name](sent))
    stranger = post(client, "opr-uji-z/statements", sent)
    assert got.status_code == 401
    assert without_instance(got) == without_instance(stranger)
    assert house.kept() == []


def test_a_forger_uses_up_no_nonce(house: House, client: FlaskClient) -> None:
    house.publish(A, SIGNED)
    sent = ack()
    headers = signed_headers(sent)
    forged = ack(OTHER_STATEMENT, iss=A)  # under the partner's own HTTP headers, as overheard
    assert post(client, STATEMENTS, forged, **headers).status_code == 401
    assert post(client, STATEMENTS, sent, **headers).status_code == 202


def test_where_the_listener_cant_verify_it_lets_nobody_in(house: House) -> None:
    house.publish(A, SIGNED)
    whole, sent = house.listener, ack()
    for lacking in (replace(whole, verify_http=None), replace(whole, origin="")):
        client = make_app(lacking).test_client()
        assert post(client, STATEMENTS, sent, **signed_headers(sent)).status_code == 401
        assert house.told[-1].note == "no-http-verifier"
