"""The signature's fields: read strictly, in one way, and by the key's own algorithm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import http_sf
import pytest

from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, PinnedKey, Role
from keys import http_signatures, jwk
from keys.generate import generate
from tests.keys.party import AT, PARTNER, Party, request


def test_an_unsigned_request_is_refused(party: Party) -> None:
    assert party.refuses(request()) == "no-signature"


def test_another_partys_signature_beside_ours_is_ignored(party: Party) -> None:
    stranger = Party()
    signed = party.sign(request())
    stranger.sign(signed, label="proxy", tag="cdn", append_if_signature_exists=True)
    assert party.verify(signed) == party.pin


@pytest.mark.parametrize(
    ("field", "member"),
    [
        ("Signature", "extra=:AAAA:"),
        ("Signature-Input", 'extra=("@method");created=1;tag="palang";keyid="x"'),
        ("Signature-Input", 'extra=("@method")'),
        ("Signature-Input", "extra=1"),
    ],
)
def test_an_unsigned_extra_is_ignored_and_helps_nobody(
    party: Party, field: str, member: str
) -> None:
    signed = party.sign(request())
    signed.headers[field] += f", {member}"
    assert party.verify(signed) == party.pin
    bare = request()
    bare.headers[field] = member
    assert party.refuses(bare) == "no-signature"


def test_two_signatures_with_our_tag_are_refused(party: Party) -> None:
    signed = party.sign(request())
    party.sign(signed, label="again", append_if_signature_exists=True)
    assert party.refuses(signed) == "no-signature"


@pytest.mark.parametrize(
    "text",
    [
        "sig",
        "sig=",
        "sig=:####:",
        "sig=(",
        "sig=1, sig=2",
        "\u00e9",
        "sig=:AAAA:" + " " * 9000,
        ", ".join(f"s{n}=1" for n in range(9)),
    ],
)
@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_a_field_that_is_no_dictionary_is_refused(party: Party, name: str, text: str) -> None:
    signed = party.sign(request())
    signed.headers[name] = text
    assert party.refuses(signed) in ("malformed", "no-signature", "signature")


@pytest.mark.parametrize("more", [", ".join(f"s{n}=1" for n in range(8)), f'x=1;y="{"z" * 8192}"'])
@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_the_fields_are_read_up_to_a_size(party: Party, name: str, more: str) -> None:
    signed = party.sign(request())
    signed.headers[name] += f", {more}"
    assert party.refuses(signed) == "malformed"


def test_the_last_of_two_members_of_one_name_does_not_win(party: Party) -> None:
    signed = party.sign(request())
    for name in ("Signature", "Signature-Input"):
        broken = replace(signed, headers=dict(signed.headers))
        broken.headers[name] = f"sig=:AAAA:, {signed.headers[name]}"
        assert party.refuses(broken) == "malformed"


def _revoked(pin: PinnedKey) -> PinnedKey:
    return pin.revoked_at(AT)


def _ended(pin: PinnedKey) -> PinnedKey:
    return replace(pin, not_after=AT)


@pytest.mark.parametrize(
    ("change", "reason"), [(_revoked, "key-revoked"), (_ended, "key-not-valid")]
)
def test_a_key_counts_while_it_is_valid(
    party: Party, change: Callable[[PinnedKey], PinnedKey], reason: str
) -> None:
    signed = party.sign(request())
    party.pins = {party.pin.kid: change(party.pin)}
    assert party.refuses(signed) == reason


def test_a_key_that_is_not_pinned_or_under_anothers_id_is_refused(party: Party) -> None:
    stranger = Party(party.pin.alg)
    assert party.refuses(stranger.sign(request())) == "unknown-key"
    assert party.refuses(stranger.sign(request(), key_id=stranger.pin.kid)) == "unknown-key"
    forged = stranger.sign(request())
    forged.headers["Signature-Input"] = forged.headers["Signature-Input"].replace(
        stranger.pin.kid, party.pin.kid
    )
    assert party.refuses(forged) == "signature"
    party.pins = {party.pin.kid: stranger.pin}
    assert party.refuses(party.sign(request())) == "unknown-key"


def test_a_sealing_key_verifies_nothing(party: Party) -> None:
    key = generate(Algorithm.ECDH_P256)
    seal = jwk.pinned_key(key.public_key(), PARTNER, Role.SEAL, AT - DAY, AT + DAY)
    signed = party.sign(request())
    stated = signed.headers["Signature-Input"]
    signed.headers["Signature-Input"] = stated.replace(party.pin.kid, seal.kid)
    party.pins = {seal.kid: seal}
    assert party.refuses(signed) == "unknown-key"


@pytest.mark.parametrize("alg", ["hmac-sha256", "rsa-v1_5-sha256", "ecdsa-p384-sha384", "none"])
def test_the_algorithm_is_the_keys_own_whatever_the_request_says(party: Party, alg: str) -> None:
    signed = party.sign(request())
    own = http_signatures.ALGORITHMS[party.pin.alg].algorithm_id
    stated = signed.headers["Signature-Input"]
    signed.headers["Signature-Input"] = stated.replace(f'alg="{own}"', f'alg="{alg}"')
    assert party.refuses(signed) == "signature"


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_no_flipped_byte_of_the_signature_fields_passes(name: str) -> None:
    party = Party()
    signed = party.sign(request())
    good = signed.headers[name]
    for place in range(len(good)):
        flipped = chr(ord(good[place]) ^ 1)
        signed.headers[name] = good[:place] + flipped + good[place + 1 :]
        if _means(signed.headers[name]) == _means(good):
            continue  # another writing of the same dictionary: unused bits of a last base64 digit
        if place < len("sig"):
            continue  # a label is no part of what is signed; without its twin it is no signature
        party.refuses(signed)


def _means(text: str) -> object:
    try:
        return http_sf.parse(text.encode(), tltype="dictionary")
    except ValueError:
        return text
