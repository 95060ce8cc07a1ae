"""Cards signed with openssl's form, and short keys in them."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.domain import statements
from gateway.domain.cms import der, names
from gateway.domain.times import DAY
from gateway.domain.trust import Role, key_to_json
from keys import cms_signers, jwk, policy
from keys.cards import open_card
from keys.cms_signed import sign_detached
from keys.exceptions import Exceptions, PolicyException, Weakness
from keys.raw import PrivateSigner
from tests.keys.cms_parts import STRANGER
from tests.keys.parties import GATEWAY, NOW, OPERATOR, SEAL_P256, STATEMENT_ES256, Held, refused
from tests.keys.test_cards import card

UNTIL = NOW + 90 * DAY


def attached(payload: bytes, signer: PrivateSigner) -> bytes:
    """What `openssl cms -sign -nodetach` makes of it."""
    mark = sign_detached(payload, signer)
    bare = der.sequence(names.DATA)
    digests = der.tlv(0x31, der.sequence(cms_signers.form_of(signer.alg).digest))
    held = der.sequence(names.DATA, der.tlv(0xA0, der.octets(payload)))
    info = mark[mark.index(digests + bare) + len(digests + bare) :]
    body = der.sequence(der.integer(3), digests, held, info)
    return der.sequence(names.SIGNED, der.tlv(0xA0, body))


def of(seal: Held, by: Held = STATEMENT_ES256, **changed: Any) -> bytes:
    """A card of a cms partner."""
    made = replace(card(STATEMENT_ES256, seal), envelopes=("cms",), **changed)
    return attached(statements.to_bytes(made), by.signer)


def test_a_card_signed_by_openssl_comes_in() -> None:
    opened = open_card(of(SEAL_P256), GATEWAY.id, NOW)
    assert opened.card.envelopes == ("cms",)
    assert {key.kid for key in opened.keys} == {STATEMENT_ES256.pin.kid, SEAL_P256.pin.kid}
    refused("unknown-key", lambda: open_card(of(SEAL_P256, STRANGER), GATEWAY.id, NOW))


def test_a_card_names_no_envelope_without_a_key_for_it() -> None:
    made = replace(card(STATEMENT_ES256, SEAL_P256), envelopes=("cms", "openpgp"))
    data = attached(statements.to_bytes(made), STATEMENT_ES256.signer)
    refused("no-key", lambda: open_card(data, GATEWAY.id, NOW))


@pytest.mark.parametrize("ends", [UNTIL, UNTIL + DAY])
def test_a_short_key_comes_in_by_an_exception_and_ends_with_it(ends: int) -> None:
    key = rsa.generate_private_key(65537, 2048)
    bits = policy.RSA_BITS_BY_EXCEPTION
    pin = jwk.pinned_key(key.public_key(), OPERATOR, Role.SEAL, NOW - DAY, ends, bits)
    made = card(STATEMENT_ES256, SEAL_P256)
    keys = (*(k for k in made.keys if k["role"] != "seal"), key_to_json(pin))
    data = of(SEAL_P256, keys=keys)
    refused("wrong-alg", lambda: open_card(data, GATEWAY.id, NOW))
    why = PolicyException(OPERATOR.id, Weakness.RSA_2048, NOW - DAY, UNTIL, "their HSM", "siti")
    known = Exceptions([why])
    if ends > UNTIL:
        refused("key-not-valid", lambda: open_card(data, GATEWAY.id, NOW, known))
    else:
        assert pin in open_card(data, GATEWAY.id, NOW, known).keys
