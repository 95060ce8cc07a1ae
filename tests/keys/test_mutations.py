"""Each verifier with its check taken out accepts a forgery (threats.md E22).

That is what makes the refusals elsewhere mean something: the forgeries here differ from the good
document in nothing but the one check, so a check that is never made can't go unnoticed.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Approval, Kind, to_bytes
from gateway.domain.trust import OwnerKind, Role
from keys import base64url, jose, jwk, jws, policy, raw
from keys.cards import open_card
from keys.envelopes import EnvelopeSealer
from keys.jose import open_jwe
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.notes import C2spNotes
from tests.keys.envelopes import foreign
from tests.keys.parties import (
    ACK,
    ACK_BYTES,
    DIGEST,
    GATEWAY,
    GATEWAY_CHECKPOINT,
    GATEWAY_MANIFEST,
    NOW,
    OPERATOR,
    OTHER,
    SEAL,
    STATEMENT,
    TRUST,
    forge,
    good_header,
    held,
)
from tests.keys.test_cards import card, signed

SIGNATURES = JoseSignatures()
NAME = "palang-uji.example/ledger"
ATTACKER = held(OPERATOR, Role.STATEMENT)
STATEMENT_ARGS = (OPERATOR, Role.STATEMENT, TRUST, NOW, GATEWAY.id)


def forged_statement() -> object:
    """A statement under the partner's key id, signed by somebody else."""
    data = forge(good_header(STATEMENT), ACK_BYTES, ATTACKER.signer)
    return SIGNATURES.open_statement(data, *STATEMENT_ARGS)


def forged_payload() -> object:
    """The same, for a caller that wants bytes."""
    data = forge(good_header(STATEMENT), ACK_BYTES, ATTACKER.signer)
    return SIGNATURES.verify(data, "ack", OPERATOR, Role.STATEMENT, TRUST, NOW)


def forged_manifest() -> object:
    """A detached signature over other bytes."""
    mark = SIGNATURES.sign_detached(b"this", "manifest", GATEWAY_MANIFEST.signer)
    args = ("manifest", GATEWAY, Role.MANIFEST, TRUST, NOW)
    return SIGNATURES.verify_detached(mark, b"that", *args)


def forged_note() -> object:
    """A checkpoint with another size."""
    note = C2spNotes().sign("o\n7\nroot\n", NAME, GATEWAY_CHECKPOINT.signer)
    return C2spNotes().verify(note.replace("7", "8", 1), NAME, GATEWAY, TRUST, NOW)


def forged_card() -> object:
    """A partner's card with another channel."""
    good = signed(card(STATEMENT, SEAL)).split(b".")
    other = signed(card(STATEMENT, SEAL, channel="sftp://attacker.example/x")).split(b".")
    return open_card(b".".join((other[0], other[1], good[2])), GATEWAY.id, NOW)


def _accept(*_args: object, **_kwargs: object) -> None:
    return None


@pytest.mark.parametrize(
    "attack", [forged_statement, forged_payload, forged_manifest, forged_note, forged_card]
)
def test_without_the_signature_check_the_forgery_passes(
    attack: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotVerified, match="does not hold"):
        attack()
    monkeypatch.setattr(raw, "verify", _accept)
    assert attack()


def another_kind() -> object:
    """A manifest's signature where an acknowledgement is due."""
    data = SIGNATURES.sign(ACK_BYTES, "manifest", STATEMENT.signer)
    return SIGNATURES.verify(data, "ack", OPERATOR, Role.STATEMENT, TRUST, NOW)


def test_without_the_kind_check_one_document_passes_as_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotVerified):
        another_kind()
    monkeypatch.setattr(jws, "header_typ", lambda _kind: "palang-manifest+jws")
    assert another_kind()


def approval_by_a_partner() -> object:
    """An officer's approval, made by a partner's statement key."""
    word = Approval(OPERATOR.id, GATEWAY.id, NOW, "batch.release", "batch:7", DIGEST)
    data = SIGNATURES.sign(to_bytes(word), "approval", STATEMENT.signer)
    return SIGNATURES.open_statement(data, *STATEMENT_ARGS)


def test_without_the_role_table_a_partner_could_speak_as_an_officer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotVerified):
        approval_by_a_partner()
    monkeypatch.setattr(jws, "_ROLES", {(OwnerKind.PARTNER, Role.STATEMENT): frozenset(Kind)})
    assert approval_by_a_partner()


def extra_member() -> object:
    """A header with a critical extension that we do not know."""
    header = good_header(STATEMENT) | {"crit": ["x"], "x": 1}
    data = forge(header, ACK_BYTES, STATEMENT.signer)
    return SIGNATURES.open_statement(data, *STATEMENT_ARGS)


def test_without_the_member_list_a_critical_extension_is_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotVerified):
        extra_member()
    monkeypatch.setattr(jws, "_MEMBERS", {"alg", "kid", "typ", "crit", "x"})
    assert extra_member()


def non_canonical() -> object:
    """A second text of one signature: the last character has four bits that decide nothing."""
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, STATEMENT.signer)
    twin = data[:-1] + base64url.ALPHABET[base64url.ALPHABET.index(data[-1]) + 1 :][:1]
    return SIGNATURES.open_statement(twin, *STATEMENT_ARGS)


def test_without_the_form_check_two_texts_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotVerified):
        non_canonical()
    monkeypatch.setattr(base64url, "check", _accept)
    assert non_canonical()


def swapped_pin() -> object:
    """A pin whose id belongs to another key."""
    pin = replace(STATEMENT.pin, public=ATTACKER.pin.public)
    return jwk.public_key(pin)


def test_without_the_thumbprint_check_a_pin_could_hide_another_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotVerified):
        swapped_pin()
    monkeypatch.setattr(jwk, "thumbprint", lambda _public: STATEMENT.pin.kid)
    jwk._checked.cache_clear()
    assert swapped_pin()
    jwk._checked.cache_clear()


def weak_pin() -> object:
    """A pin of a point of small order."""
    public = '{"crv":"Ed25519","kty":"OKP","x":"' + "A" * 43 + '"}'
    return jwk.public_key(replace(STATEMENT.pin, public=public, kid=jwk.thumbprint(public)))


def test_without_the_point_check_a_weak_key_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotVerified):
        weak_pin()
    monkeypatch.setattr(policy, "check_point", _accept)
    assert weak_pin()
    jwk._checked.cache_clear()


def _seal_as(typ: str) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jose, "TYP", typ)
        return EnvelopeSealer().seal(b"zip", Envelope.JOSE, SEAL.pin)


def test_without_the_type_check_a_parcel_of_another_type_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = _seal_as("palang-other+jwe")
    with pytest.raises(NotVerified):
        open_jwe(data, KeyOpeners(SEAL.opener))
    monkeypatch.setattr(jose, "TYP", "palang-other+jwe")
    assert open_jwe(data, KeyOpeners(SEAL.opener)) == b"zip"


def test_without_our_own_judgement_a_header_of_another_form_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The tag holds over a header without a type and with a member more, so only we say no."""
    data = foreign({"alg": jose.ALG, "enc": jose.ENC, "kid": SEAL.pin.kid, "cty": "zip"})
    with pytest.raises(NotVerified):
        open_jwe(data, KeyOpeners(SEAL.opener))
    monkeypatch.setattr(jose, "_check_header", lambda header: header["kid"])
    assert open_jwe(data, KeyOpeners(SEAL.opener))


def forged_issuer() -> object:
    """The partner speaks in the name of another one."""
    data = SIGNATURES.sign(to_bytes(replace(ACK, iss=OTHER.id)), Kind.ACK, STATEMENT.signer)
    return SIGNATURES.open_statement(data, *STATEMENT_ARGS)


def misdirected() -> object:
    """The partner's statement to another gateway."""
    data = SIGNATURES.sign(to_bytes(replace(ACK, aud="palang-lain")), Kind.ACK, STATEMENT.signer)
    return SIGNATURES.open_statement(data, *STATEMENT_ARGS)


@pytest.mark.parametrize("attack", [forged_issuer, misdirected])
def test_without_the_address_check_a_statement_counts_for_others(
    attack: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotVerified):
        attack()
    monkeypatch.setattr(jws, "check_addresses", _accept)
    assert attack()
