"""Statements and requests signed with gpg or openssl: taken over the listener as any JWS is."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from adapters.exchange_publishing import publish_partner
from gateway.domain import fetched
from gateway.domain.canonical import digest, encode
from gateway.domain.openpgp import armor
from gateway.domain.statements import to_bytes
from gateway.domain.times import to_wire
from gateway.domain.trust import Role, Trust
from gateway.ports import TransportRules
from gateway.web import bodies
from keys.cms_signed import sign_detached
from keys.documents import Documents
from tests.keys import openpgp_parts as pgp
from tests.keys.matrix import TABLE
from tests.keys.parties import ACK, GATEWAY, NOW, OPERATOR, STATEMENT_ES256, held
from tests.keys.parties import TRUST as PINS
from tests.web.house import A, B, House, ack, parcel, partner, post, without_instance

CMS, PGP = "application/pkcs7-mime", "application/pgp-signature"
TRUST = Trust(GATEWAY.id, [*PINS.keys, pgp.STATEMENT.pin])


def mail(payload: bytes, by: object = STATEMENT_ES256.signer) -> bytes:
    """What `openssl cms -sign` writes by default: two parts."""
    signature = base64.encodebytes(sign_detached(payload, by))  # type: ignore[arg-type]  # a signer
    return (
        b'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary="x"\n\n--x\n'
        + payload
        + b"\n--x\nContent-Type: application/pkcs7-signature\n"
        + b"Content-Transfer-Encoding: base64\n\n"
        + signature
        + b"\n--x--\n"
    )


def armored(payload: bytes) -> bytes:
    """What `gpg --armor --sign` writes."""
    return armor.write(pgp.signed(payload), armor.MESSAGE)


WAYS = [(CMS, mail), (PGP, armored), (PGP, pgp.signed)]
TEXTS = WAYS[:2]
NAMES = ["mail", "armour", "binary"]


def asked(nonce: str = "1", at: int = NOW) -> bytes:
    """A request, not signed yet."""
    body = {"v": 1, "typ": "request", "iss": A, "aud": GATEWAY.id, "at": to_wire(at)}
    return encode(body | {"epoch": 1, "from": 1, "nonce": nonce})


@pytest.fixture
def client(house: House) -> FlaskClient:
    """Partner A with a key of gpg too."""
    publish_partner(house.exchange, partner(), TRUST, TransportRules(), GATEWAY.id)
    return house.client()


@pytest.mark.parametrize(("media", "sign"), WAYS, ids=NAMES)
@pytest.mark.parametrize("payload", [to_bytes(ACK), TABLE], ids=["receipt", "table"])
def test_a_statement_is_kept_byte_for_byte(
    house: House, client: FlaskClient, media: str, sign: object, payload: bytes
) -> None:
    if media == CMS:
        payload = payload.replace(b"\n", b"\r\n")  # as a mail is signed
    sent = sign(payload)  # type: ignore[operator]  # one of WAYS
    got = post(client, f"{A}/statements", sent, Content_Type=media)
    assert (got.status_code, (got.json or {}).get("statement")) == (202, digest(sent))
    assert house.kept() == [sent]
    Documents().open_statement(sent, OPERATOR, Role.STATEMENT, TRUST, NOW, GATEWAY.id)


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (CMS, ack()),
        (PGP, ack()),
        (CMS, armored(to_bytes(ACK))),
        (PGP, mail(to_bytes(ACK))),
        ("application/jose", mail(to_bytes(ACK))),
        (CMS, mail(to_bytes(ACK), held(OPERATOR, Role.STATEMENT).signer)),
        (PGP, pgp.signed(to_bytes(ACK), pgp.STRANGER)),
        (PGP, pgp.signed(TABLE, pgp.OTHERS)),
        (CMS, mail(to_bytes(replace(ACK, iss=B)))),
        (CMS, mail(to_bytes(replace(ACK, aud="palang-x")))),
        (CMS, mail(b'{"typ":"answer"}')),
        (CMS, mail(b"no document")),
        (CMS, b"0\x82\xff\xff"),
        (PGP, b"\xff" * 40),
    ],
    ids=[f"wrong-{n}" for n in range(1, 15)],
)
def test_another_form_key_or_address_is_not_authenticated(
    house: House, client: FlaskClient, media: str, body: bytes
) -> None:
    got = post(client, f"{A}/statements", body, Content_Type=media)
    nobody = post(client, "opr-niemand/statements", body, Content_Type=media)
    assert (got.status_code, nobody.status_code) == (401, 401)
    assert without_instance(got) == without_instance(nobody)
    assert house.kept() == []


@pytest.mark.parametrize(("media", "sign"), TEXTS, ids=NAMES[:2])
def test_a_parcel_is_fetched_by_a_request_that_proves_it(
    house: House, client: FlaskClient, media: str, sign: object
) -> None:
    house.lay(parcel())
    sent = sign(asked())  # type: ignore[operator]  # one of WAYS
    got = post(client, f"{A}/parcels/next", sent, Content_Type=media)
    assert (got.status_code, got.data) == (200, parcel().data)
    got.close()
    (word,) = house.fetches()
    assert fetched.read(word).request.encode() == sent


@pytest.mark.parametrize(("media", "sign"), TEXTS, ids=NAMES[:2])
def test_the_same_request_packed_otherwise_is_the_same_request(
    client: FlaskClient, media: str, sign: object
) -> None:
    first = sign(asked())  # type: ignore[operator]  # one of WAYS
    again = first + b"\n"
    answers = [post(client, f"{A}/parcels", one, Content_Type=media) for one in (first, again)]
    assert [one.status_code for one in answers] == [200, 409]


def test_a_request_that_is_no_text_is_told_so(client: FlaskClient) -> None:
    got = post(client, f"{A}/parcels/next", pgp.signed(asked()), Content_Type=PGP)
    assert (got.status_code, (got.json or {})["type"]) == (400, "urn:palang:problem:unreadable")


def test_what_is_packed_takes_its_turn_though_it_is_short(
    house: House, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.05)
    turns = [bodies._turn() for _ in range(bodies.AT_ONCE)]
    for turn in turns:
        turn.__enter__()
    try:
        got = post(client, f"{A}/statements", armored(to_bytes(ACK)), Content_Type=PGP)
    finally:
        for turn in turns:
            turn.__exit__(None, None, None)
    assert (got.status_code, house.kept()) == (503, [])


@pytest.mark.parametrize(
    ("name", "media"),
    [("jose", "application/jose"), ("cms", CMS), ("openpgp", "application/pgp-encrypted")],
)
def test_a_parcel_goes_out_under_its_own_media_type(
    house: House, client: FlaskClient, name: str, media: str
) -> None:
    made = parcel()
    house.lay(replace(made, name=replace(made.name, envelope=type(made.name.envelope)(name))))
    got = post(client, f"{A}/parcels/next", mail(asked()), Content_Type=CMS)
    assert (got.status_code, got.content_type) == (200, media)
