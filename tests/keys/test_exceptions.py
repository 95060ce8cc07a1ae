"""Exceptions of the policy: for one partner, until a day; they open, nothing is sealed by them."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.domain.errors import InputError
from gateway.domain.ids import Envelope
from gateway.domain.times import DAY
from gateway.domain.trust import Role
from keys import jwk, policy
from keys.envelopes import open_sealed
from keys.exceptions import LONGEST, Exceptions, PolicyException, Weakness
from tests.keys import openssl
from tests.keys.cms_parts import OPENERS
from tests.keys.parties import FROM, NOW, OPERATOR, OTHER, refused

SINCE, UNTIL = NOW - DAY, NOW + 90 * DAY
_KEY = rsa.generate_private_key(65537, 2048).public_key()


def one(weakness: Weakness = Weakness.RSA_2048, **changed: Any) -> PolicyException:
    """An exception for the operator."""
    values: dict[str, Any] = {
        "partner": OPERATOR.id,
        "since": SINCE,
        "until": UNTIL,
        "reason": "their HSM holds 2048 bits until it is replaced",
        "by": "siti",
    }
    return PolicyException(weakness=weakness, **(values | changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"until": SINCE},
        {"until": SINCE + LONGEST + 1},
        {"reason": " "},
        {"by": ""},
        {"partner": "../x"},
    ],
)
def test_an_exception_names_its_end_its_reason_and_who_allowed_it(changed: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        one(**changed)


def test_an_exception_rules_in_its_time_for_its_partner_and_weakness_alone() -> None:
    known = Exceptions([one()])
    assert known.allowed(OPERATOR.id, NOW) == {Weakness.RSA_2048}
    assert known.allowed(OPERATOR.id, UNTIL) == known.allowed(OPERATOR.id, SINCE - 1) == set()
    assert known.allowed(OTHER.id, NOW) == Exceptions().allowed(OPERATOR.id, NOW) == set()


def test_a_key_of_2048_bits_comes_in_by_an_exception_and_ends_with_it() -> None:
    with pytest.raises(InputError, match="3072"):
        jwk.pinned_key(_KEY, OPERATOR, Role.SEAL, FROM, UNTIL)
    bits = policy.RSA_BITS_BY_EXCEPTION
    pin = jwk.pinned_key(_KEY, OPERATOR, Role.SEAL, FROM, UNTIL, bits)
    long = jwk.pinned_key(_KEY, OPERATOR, Role.SEAL, FROM, UNTIL + 1, bits)
    assert jwk.key_id(jwk.public_key(pin)) == pin.kid
    Exceptions([one()]).check_pin(pin, _KEY, NOW)
    refused("wrong-alg", lambda: Exceptions().check_pin(pin, _KEY, NOW))
    refused("wrong-alg", lambda: Exceptions([one(Weakness.CBC)]).check_pin(pin, _KEY, NOW))
    refused("wrong-alg", lambda: Exceptions([one()]).check_pin(pin, _KEY, UNTIL))
    refused("key-not-valid", lambda: Exceptions([one()]).check_pin(long, _KEY, NOW))


@pytest.mark.openssl
def test_old_cms_opens_by_an_exception_only(tmp_path: Any) -> None:
    tool = openssl.at(tmp_path)
    head = ("cms", "-encrypt", "-aes-256-cbc", "-binary", "-keyid", "-outform", "DER")
    with_oaep = tool.run(*head, "-recip", "RSA.crt", *openssl.OAEP, data=b"content")
    with_pkcs1 = tool.run(*head, "-recip", "RSA.crt", data=b"content")
    gcm = tool.run(*(h.replace("cbc", "gcm") for h in head), "-recip", "RSA.crt", data=b"content")
    cbc, both = {Weakness.CBC}, {Weakness.CBC, Weakness.PKCS1}
    for data, allowed in ((with_oaep, cbc), (with_pkcs1, both), (gcm, {Weakness.PKCS1})):
        assert open_sealed(data, OPENERS, {Envelope.CMS}, allowed)[1] == b"content"
        refused("wrong-alg", lambda data=data: open_sealed(data, OPENERS, {Envelope.CMS}))  # type: ignore[misc]  # bound now
    refused("wrong-alg", lambda: open_sealed(with_pkcs1, OPENERS, {Envelope.CMS}, cbc))
    refused("wrong-alg", lambda: open_sealed(with_oaep, OPENERS, {Envelope.CMS}, {Weakness.PKCS1}))


@pytest.mark.openssl
def test_m2_whatever_is_wrong_with_old_cms_gives_one_refusal(tmp_path: Any) -> None:
    tool = openssl.at(tmp_path)
    head = ("cms", "-encrypt", "-aes-256-cbc", "-binary", "-keyid", "-outform", "DER")
    good = tool.run(*head, "-recip", "RSA.crt", data=b"content")
    both, said = {Weakness.CBC, Weakness.PKCS1}, set()
    at = good.index(b"\x04\x82\x01\x80") + 4  # the sealed key
    for place in range(at, at + 384, 8):
        bad = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        try:
            open_sealed(bad, OPENERS, {Envelope.CMS}, both)
        except Exception as error:  # noqa: BLE001  the type is what is asked about
            said.add((type(error).__name__, getattr(error, "reason", ""), str(error)))
    assert len(said) == 1, said  # once in 256 the padding happens to fit: then rubbish comes out
