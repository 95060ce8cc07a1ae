"""Partner cards: of one piece, or not at all."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.domain import statements
from gateway.domain.canonical import digest
from gateway.domain.statements import Card, Kind
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Role, key_to_json
from keys import jwk
from keys.cards import open_card
from keys.jws import JoseSignatures
from tests.keys.parties import (
    ALL,
    GATEWAY,
    GATEWAY_MANIFEST,
    NOW,
    OPERATOR,
    OTHER,
    OTHER_STATEMENT,
    REQUEST,
    SEAL,
    SEAL_P256,
    STATEMENT,
    STATEMENT_ES256,
    UNTIL,
    Held,
    held,
    refused,
)


def card(*keys: Held, **changed: Any) -> Card:
    """A card with these keys."""
    made = Card(
        OPERATOR.id,
        GATEWAY.id,
        NOW,
        name="Operator Uji A",
        partner_kind="operator",
        contacts=("noc@opr-uji-a.example",),
        envelopes=("jose",),
        channel="sftp://palang@opr-uji-a.example/inbox",
        reply="sftp://palang@opr-uji-a.example/outbox",
        peer="",
        test=True,
        keys=tuple(key_to_json(one.pin) for one in keys),
    )
    return replace(made, **changed)


def signed(made: Card, by: Held = STATEMENT, kind: str = Kind.CARD) -> bytes:
    """The card, signed."""
    return JoseSignatures().sign(statements.to_bytes(made), kind, by.signer)


def opened(data: bytes, at: int = NOW) -> Any:
    """Open a card for our gateway."""
    return open_card(data, GATEWAY.id, at)


@pytest.mark.parametrize("by", [STATEMENT, STATEMENT_ES256], ids=["Ed25519", "ES256"])
def test_a_good_card_gives_its_keys_and_a_fingerprint(by: Held) -> None:
    data = signed(card(STATEMENT, STATEMENT_ES256, REQUEST, SEAL, SEAL_P256), by)
    found = opened(data)
    assert found.card.name == "Operator Uji A"
    assert found.keys == tuple(
        one.pin for one in (STATEMENT, STATEMENT_ES256, REQUEST, SEAL, SEAL_P256)
    )
    assert {key.owner for key in found.keys} == {OPERATOR}
    assert found.digest == digest(data)
    assert found.fingerprint == jwk.phone_text(found.digest)


def test_a_card_signed_by_a_key_that_it_does_not_hold_is_refused() -> None:
    refused("unknown-key", lambda: opened(signed(card(STATEMENT, SEAL), OTHER_STATEMENT)))
    refused("unknown-key", lambda: opened(signed(card(SEAL))))
    refused("unknown-key", lambda: opened(signed(card())))


def test_a_card_that_somebody_changed_is_refused() -> None:
    good = signed(card(STATEMENT, SEAL)).split(b".")
    other = signed(card(STATEMENT, SEAL, channel="sftp://attacker.example/inbox")).split(b".")
    refused("signature", lambda: opened(b".".join((other[0], other[1], good[2]))))


def test_only_a_statement_key_signs_a_card() -> None:
    refused("wrong-role", lambda: opened(signed(card(STATEMENT, REQUEST, SEAL), REQUEST)))


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.pin.role}-{one.pin.alg}")
def test_a_card_brings_the_roles_of_a_partner_only(one: Held) -> None:
    data = signed(card(STATEMENT, SEAL, *({one} - {STATEMENT, SEAL})))
    if one.pin.role in (Role.STATEMENT, Role.REQUEST, Role.SEAL):
        assert opened(data)
    else:
        refused("wrong-role", lambda: opened(data))


def test_a_card_without_a_seal_key_is_refused_except_from_a_source() -> None:
    refused("no-key", lambda: opened(signed(card(STATEMENT))))
    assert opened(signed(card(STATEMENT, partner_kind="source")))


def test_a_card_for_another_gateway_or_of_an_impossible_partner_is_refused() -> None:
    refused("audience", lambda: opened(signed(card(STATEMENT, SEAL, aud="palang-lain"))))
    refused("malformed", lambda: opened(signed(card(STATEMENT, SEAL, iss="../etc"))))


def test_a_card_whose_keys_are_not_valid_now_is_refused() -> None:
    refused("key-not-valid", lambda: opened(signed(card(STATEMENT, SEAL)), UNTIL))
    late = held(OPERATOR, Role.SEAL, Algorithm.ECDH_X25519, not_before=NOW + DAY)
    refused("no-key", lambda: opened(signed(card(STATEMENT, late))))


def test_a_card_with_a_revoked_key_is_refused() -> None:
    revoked = Held(REQUEST.key, replace(REQUEST.pin, revoked=NOW - 1))
    refused("key-revoked", lambda: opened(signed(card(STATEMENT, SEAL, revoked))))


def test_a_card_that_holds_one_key_in_two_roles_is_refused() -> None:
    both = Held(STATEMENT.key, replace(STATEMENT.pin, role=Role.REQUEST))
    refused("malformed", lambda: opened(signed(card(STATEMENT, both, SEAL))))
    seal = jwk.pinned_key(STATEMENT_ES256.key.public_key(), OPERATOR, Role.SEAL, 0, UNTIL)
    twice = Held(STATEMENT_ES256.key, seal)
    refused("malformed", lambda: opened(signed(card(STATEMENT_ES256, twice), STATEMENT_ES256)))


@pytest.mark.parametrize(
    "changed",
    [
        {"kid": "A" * 43},
        {"alg": "ES256"},
        {"alg": "RS256"},
        {"role": "seal"},
        {"role": "owner"},
        {"public": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
        {"public": {}},
        {"not_before": "yesterday"},
    ],
    ids=str,
)
def test_a_card_with_a_key_that_is_not_of_one_piece_is_refused(changed: dict[str, Any]) -> None:
    made = card(STATEMENT, SEAL)
    spoiled = key_to_json(REQUEST.pin) | changed
    data = signed(replace(made, keys=(*made.keys, spoiled)))
    refused("malformed", lambda: opened(data))


def test_another_statement_is_no_card() -> None:
    refused("wrong-typ", lambda: opened(signed(card(STATEMENT, SEAL), kind="ack")))
    withdrawal = statements.Withdrawal(OPERATOR.id, GATEWAY.id, NOW, "sha256:" + "0" * 64)
    data = JoseSignatures().sign(statements.to_bytes(withdrawal), "withdrawal", STATEMENT.signer)
    refused("wrong-typ", lambda: opened(data))
    refused("malformed", lambda: opened(b"no jws"))


def test_a_partner_that_takes_the_name_of_another_is_seen_by_its_fingerprint() -> None:
    genuine = signed(card(STATEMENT, SEAL))
    attacker, seal = held(OPERATOR, Role.STATEMENT), held(OPERATOR, Role.SEAL, SEAL.pin.alg)
    forged = signed(card(attacker, seal), attacker)
    assert opened(forged).fingerprint != opened(genuine).fingerprint
    assert opened(forged).keys[0].owner == OPERATOR != OTHER
    assert GATEWAY_MANIFEST.pin not in opened(forged).keys
