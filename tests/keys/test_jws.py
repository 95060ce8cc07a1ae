"""Signatures that are due to hold, and each single defect that must not (threats.md 1.1)."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain import statements
from gateway.domain.errors import NotVerified
from gateway.domain.statements import (
    Answer,
    Approval,
    Card,
    Consent,
    Head,
    Kind,
    Nothing,
    Request,
    Statement,
    Withdrawal,
)
from gateway.domain.times import DAY
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from keys import base64url, jws
from keys.jws import JoseSignatures
from tests.keys.parties import (
    ACK,
    ACK_BYTES,
    ALL,
    APPROVAL,
    DIGEST,
    GATEWAY,
    GATEWAY_MANIFEST,
    GATEWAY_STATEMENT,
    NOW,
    OFFICER,
    OPERATOR,
    OTHER,
    OTHER_STATEMENT,
    REQUEST,
    SEAL_P256,
    STATEMENT,
    STATEMENT_ES256,
    TRUST,
    Held,
    confirmation,
    forge,
    good_header,
    refused,
)

SIGNATURES = JoseSignatures()

STATEMENTS: dict[Kind, Statement] = {
    Kind.ACK: ACK,
    Kind.CONFIRM: confirmation(3),
    Kind.REQUEST: Request(OPERATOR.id, GATEWAY.id, NOW, 1, 3),
    Kind.CONSENT: Consent(
        OPERATOR.id,
        GATEWAY.id,
        NOW,
        since=NOW,
        until=NOW + DAY,
        categories=("penipuan",),
        channels=("sms",),
        origins=("domestic",),
        fields=("category",),
        most=5,
        period="P30D",
        purpose="uji",
        retention="P30D",
        target="PT24H",
    ),
    Kind.WITHDRAWAL: Withdrawal(OPERATOR.id, GATEWAY.id, NOW, DIGEST),
    Kind.CARD: Card(
        OPERATOR.id,
        GATEWAY.id,
        NOW,
        name="Operator Uji A",
        partner_kind="operator",
        contacts=("noc@opr-uji-a.example",),
        envelopes=("jose",),
        channel="sftp://palang@opr-uji-a.example/inbox",
        reply="",
        peer="",
        test=True,
        keys=(),
    ),
    Kind.APPROVAL: Approval(OFFICER.id, GATEWAY.id, NOW, "batch.release", "batch:7", DIGEST),
    Kind.NOTHING: Nothing(OPERATOR.id, GATEWAY.id, NOW, 1, 3),
    Kind.ANSWER: Answer(GATEWAY.id, OPERATOR.id, NOW, DIGEST, "refused", "bad-entry", 12),
    Kind.HEAD: Head(GATEWAY.id, OPERATOR.id, NOW, 1, 3, DIGEST, NOW + DAY, "note\n"),
}
BY_GATEWAY = {Kind.ANSWER, Kind.HEAD}


def _signer_of(kind: Kind) -> Held:
    if kind in BY_GATEWAY:
        return GATEWAY_STATEMENT
    return APPROVAL if kind is Kind.APPROVAL else STATEMENT


def opened(data: bytes, by: Held = STATEMENT, trust: Trust = TRUST, at: int = NOW) -> Any:
    """Open a statement as one of this key's owner and role."""
    to = OPERATOR.id if by is GATEWAY_STATEMENT else GATEWAY.id
    return SIGNATURES.open_statement(data, by.pin.owner, by.pin.role, trust, at, to)


def signed(document: dict[str, Any], kind: Kind = Kind.ACK, by: Held = STATEMENT) -> bytes:
    """Any JSON document, signed well."""
    return forge(good_header(by, kind), json.dumps(document).encode(), by.signer)


def ack(**changed: object) -> dict[str, Any]:
    """A good acknowledgement with members changed."""
    document: dict[str, Any] = json.loads(ACK_BYTES)
    return document | changed


@pytest.mark.parametrize("kind", list(Kind))
def test_every_statement_opens_for_whom_it_is_addressed_to(kind: Kind) -> None:
    by = _signer_of(kind)
    data = SIGNATURES.sign(statements.to_bytes(STATEMENTS[kind]), kind, by.signer)
    found = opened(data, by)
    assert (found.key, found.kind, found.statement) == (by.pin, kind, STATEMENTS[kind])


@pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256], ids=["Ed25519", "ES256"])
def test_the_header_is_exactly_alg_kid_typ_in_canonical_form(by: Held) -> None:
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, by.signer)
    head = base64url.decode(data.split(b".")[0], "head")
    text = f'{{"alg":"{by.pin.alg}","kid":"{by.pin.kid}","typ":"palang-ack+jws"}}'
    assert head.decode() == text
    assert opened(data, by).key == by.pin


@given(payload=st.binary(max_size=500))
def test_what_comes_out_is_the_bytes_that_were_signed(payload: bytes) -> None:
    for by in (GATEWAY_MANIFEST, STATEMENT_ES256):
        owner, role = by.pin.owner, by.pin.role
        data = SIGNATURES.sign(payload, "manifest", by.signer)
        assert SIGNATURES.verify(data, "manifest", owner, role, TRUST, NOW) == (payload, by.pin)
        mark = SIGNATURES.sign_detached(payload, "manifest", by.signer)
        assert mark.split(b".")[1] == b""
        args = (owner, role, TRUST, NOW)
        assert SIGNATURES.verify_detached(mark, payload, "manifest", *args) == by.pin


def test_a_document_that_is_not_canonical_is_verified_as_it_came() -> None:
    payload = json.dumps(ack(), indent=3).encode()
    found = opened(forge(good_header(STATEMENT), payload, STATEMENT.signer))
    assert found.statement == ACK


def test_a_confirmation_of_100_000_rows_opens() -> None:
    payload = statements.to_bytes(confirmation(100_000))
    assert len(payload) > 5_000_000
    data = SIGNATURES.sign(payload, Kind.CONFIRM, STATEMENT.signer)
    assert len(opened(data).statement.rows) == 100_000


# --- the wrong key, owner, role, time -------------------------------------------------------------


def test_a_signature_by_nobody_pinned_is_refused() -> None:
    stranger = Trust("palang-uji", [one.pin for one in ALL if one is not STATEMENT])
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT.signer)
    refused("unknown-key", lambda: opened(data, trust=stranger))


def test_the_statement_of_another_partner_is_refused() -> None:
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, OTHER_STATEMENT.signer)
    refused("wrong-owner", lambda: opened(data))


def test_a_partner_called_like_the_officer_or_the_gateway_is_another_owner() -> None:
    approval = SIGNATURES.sign(
        statements.to_bytes(STATEMENTS[Kind.APPROVAL]), Kind.APPROVAL, APPROVAL.signer
    )
    namesake = Owner(OwnerKind.PARTNER, OFFICER.id)
    refused(
        "wrong-owner",
        lambda: SIGNATURES.verify(approval, "approval", namesake, Role.APPROVAL, TRUST, NOW),
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STATEMENT])
def test_a_key_of_another_role_is_refused(role: Role) -> None:
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT.signer)
    refused("wrong-role", lambda: SIGNATURES.verify(data, "ack", OPERATOR, role, TRUST, NOW))


def test_a_sealing_key_signs_nothing_though_its_curve_could() -> None:
    data = forge(
        good_header(STATEMENT_ES256) | {"kid": SEAL_P256.pin.kid}, ACK_BYTES, SEAL_P256.signer
    )
    refused("wrong-role", lambda: opened(data, STATEMENT_ES256))
    refused("wrong-alg", lambda: SIGNATURES.verify(data, "ack", OPERATOR, Role.SEAL, TRUST, NOW))


def test_a_revoked_key_counts_before_its_revocation_only() -> None:
    pins = [one.pin for one in ALL if one is not STATEMENT]
    trust = Trust("palang-uji", [*pins, replace(STATEMENT.pin, revoked=NOW)])
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT.signer)
    assert opened(data, trust=trust, at=NOW - 1).statement == ACK
    refused("key-revoked", lambda: opened(data, trust=trust, at=NOW))


def test_a_key_counts_in_its_window_only() -> None:
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT.signer)
    for at in (STATEMENT.pin.not_before - 1, STATEMENT.pin.not_after):
        refused("key-not-valid", partial(opened, data, at=at))


def test_the_algorithm_is_the_keys_and_not_the_headers() -> None:
    for by, other in ((STATEMENT, "ES256"), (STATEMENT_ES256, "Ed25519")):
        data = forge(good_header(by) | {"alg": other}, ACK_BYTES, by.signer)
        refused("wrong-alg", partial(opened, data, by))


def test_a_pin_that_is_not_of_one_piece_verifies_nothing() -> None:
    pins = [one.pin for one in ALL if one is not STATEMENT]
    swapped = replace(STATEMENT.pin, public=OTHER_STATEMENT.pin.public)
    trust = Trust("palang-uji", [*pins, swapped])
    data = forge(good_header(STATEMENT), ACK_BYTES, OTHER_STATEMENT.signer)
    refused("malformed", lambda: opened(data, trust=trust))


# --- the wrong content ----------------------------------------------------------------------------


@pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256], ids=["Ed25519", "ES256"])
def test_changed_content_is_refused(by: Held) -> None:
    head, _body, tail = SIGNATURES.sign(ACK_BYTES, Kind.ACK, by.signer).split(b".")
    other = base64url.encode(ACK_BYTES.replace(b"positive", b"negative"))
    refused("signature", lambda: opened(b".".join((head, other, tail)), by))


def test_a_detached_signature_holds_over_its_own_bytes_only() -> None:
    mark = SIGNATURES.sign_detached(b"manifest", "manifest", GATEWAY_MANIFEST.signer)
    args = ("manifest", GATEWAY, Role.MANIFEST, TRUST, NOW)
    for wrong in (b"", b"manifesT", b"manifest\n"):
        refused("signature", partial(SIGNATURES.verify_detached, mark, wrong, *args))
    whole = SIGNATURES.sign(b"manifest", "manifest", GATEWAY_MANIFEST.signer)
    refused("malformed", lambda: SIGNATURES.verify_detached(whole, b"manifest", *args))


def test_the_issuer_must_be_the_signer() -> None:
    refused("issuer", lambda: opened(signed(ack(iss=OTHER.id))))


def test_the_audience_must_be_us() -> None:
    refused("audience", lambda: opened(signed(ack(aud=OTHER.id))))


@pytest.mark.parametrize("member", ["iss", "aud"])
@pytest.mark.parametrize(
    "value", [[OPERATOR.id], [GATEWAY.id], [], {}, 7, True, "", {"a": 1}, None], ids=repr
)
def test_an_issuer_or_audience_that_is_no_text_is_refused(member: str, value: object) -> None:
    refused("malformed", lambda: opened(signed(ack(**{member: value}))))


@pytest.mark.parametrize("member", ["iss", "aud", "at", "v", "typ"])
def test_an_absent_member_is_refused(member: str) -> None:
    document = ack()
    del document[member]
    with pytest.raises(NotVerified):
        opened(signed(document))


def test_a_statement_of_a_newer_format_is_refused() -> None:
    refused("version", lambda: opened(signed(ack(v=2))))


def test_header_and_body_must_name_the_same_kind() -> None:
    refused("wrong-typ", lambda: opened(signed(ack(), Kind.WITHDRAWAL)))
    refused("wrong-typ", lambda: opened(signed(ack(typ="withdrawal"))))


# --- one kind where another is due (threats.md E8) ------------------------------------------------


@pytest.mark.parametrize("made", [*Kind, "manifest"])
@pytest.mark.parametrize("due", [*Kind, "manifest"])
def test_each_kind_is_refused_wherever_another_is_due(made: str, due: str) -> None:
    data = SIGNATURES.sign(ACK_BYTES, made, STATEMENT.signer)
    args = (due, OPERATOR, Role.STATEMENT, TRUST, NOW)
    mark = SIGNATURES.sign_detached(ACK_BYTES, made, STATEMENT.signer)
    if made == due:
        SIGNATURES.verify(data, *args)
        SIGNATURES.verify_detached(mark, ACK_BYTES, *args)
    else:
        refused("wrong-typ", lambda: SIGNATURES.verify(data, *args))
        refused("wrong-typ", lambda: SIGNATURES.verify_detached(mark, ACK_BYTES, *args))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_makes_its_own_statements_only(kind: Kind, role: Role) -> None:
    keys = {Role.STATEMENT: STATEMENT, Role.REQUEST: REQUEST, Role.APPROVAL: APPROVAL}
    allowed = {
        Role.STATEMENT: set(Kind) - {Kind.APPROVAL} - BY_GATEWAY,
        Role.REQUEST: {Kind.REQUEST},
        Role.APPROVAL: {Kind.APPROVAL},
    }
    by = keys.get(role, GATEWAY_MANIFEST)
    statement = replace(STATEMENTS[kind], iss=by.pin.owner.id, aud=GATEWAY.id)
    data = SIGNATURES.sign(statements.to_bytes(statement), kind, by.signer)
    act = (data, by.pin.owner, role, TRUST, NOW, GATEWAY.id)
    if kind in allowed.get(role, set()):
        assert SIGNATURES.open_statement(*act).statement == statement
    else:
        refused("wrong-typ", lambda: SIGNATURES.open_statement(*act))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_gateway_makes_answers_heads_and_its_own_card_only(kind: Kind) -> None:
    statement = replace(STATEMENTS[kind], iss=GATEWAY.id, aud=OPERATOR.id)
    data = SIGNATURES.sign(statements.to_bytes(statement), kind, GATEWAY_STATEMENT.signer)
    if kind in {*BY_GATEWAY, Kind.CARD}:
        assert opened(data, GATEWAY_STATEMENT).statement == statement
    else:
        refused("wrong-typ", lambda: opened(data, GATEWAY_STATEMENT))


def test_a_manifest_is_no_statement() -> None:
    data = SIGNATURES.sign(ACK_BYTES, "manifest", STATEMENT.signer)
    refused("wrong-typ", lambda: opened(data))
    refused("wrong-typ", lambda: jws.statement_kind(data))
    assert jws.statement_kind(signed(ack())) is Kind.ACK
