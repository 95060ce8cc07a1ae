"""Signed requests (RFC 9421), E21: what a verifier must not let through."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import http_sf
import pytest
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver

from gateway.domain import http_profile as profile
from gateway.domain.errors import NotVerified
from gateway.domain.times import DAY, SECOND
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role
from keys import http_signatures, jwk
from keys.generate import generate

AT = 1_760_000_000 * SECOND
TARGET = "https://gerbang.example/v1/statements"
BODY = b"eyJ0eXAiOiJ0ZXN0In0.e30.c2ln"
PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")


@dataclass
class Message:
    """A request as the library takes it, and as a verifier gets it."""

    method: str = "POST"
    url: str = TARGET
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = BODY


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def request(method: str = "POST", body: bytes = BODY) -> Message:
    """An unsigned request with all headers that it should have."""
    headers = {"Host": "gerbang.example"}
    if method == "POST":
        headers |= {
            "Content-Type": "application/jose",
            "Content-Digest": digest(body),
            "Idempotency-Key": hashlib.sha256(body).hexdigest(),
        }
    return Message(method, TARGET, headers, body if method == "POST" else b"")


class Party:
    """A partner with a key, and the gateway's memory of nonces."""

    def __init__(self, algorithm: Algorithm = Algorithm.ED25519) -> None:
        self.key = generate(algorithm)
        self.pin = jwk.pinned_key(self.key.public_key(), PARTNER, Role.REQUEST, AT - DAY, AT + DAY)
        self.pins = {self.pin.kid: self.pin}
        self.used: set[str] = set()
        self.tool = HTTPMessageSigner(
            signature_algorithm=http_signatures.ALGORITHMS[algorithm],
            key_resolver=MappingKeyResolver(
                public_keys={},
                private_keys={self.pin.kid: self.key},  # type: ignore[dict-item]  # never a sealing key
            ),
        )

    def sign(self, message: Message, **changed: Any) -> Message:
        """Sign as the profile wants it, but for what a test changes."""
        how: dict[str, Any] = {
            "key_id": self.pin.kid,
            "created": _moment(AT),
            "expires": _moment(AT + profile.LIFE),
            "nonce": "0123456789abcdef",
            "tag": profile.TAG,
            "label": "sig",
            "covered_component_ids": profile.required(message.method),
            "use_existing_digest": "Content-Digest" in message.headers,
        }
        self.tool.sign(message, **(how | changed))
        return message

    def verify(self, message: Message, at: int = AT) -> PinnedKey:
        return http_signatures.verify(
            message.method,
            message.url,
            list(message.headers.items()),
            message.body,
            self.pins.get,
            at,
            self.use,
        )

    def use(self, nonce: str) -> bool:
        new = nonce not in self.used
        self.used.add(nonce)
        return new

    def refuses(self, message: Message, at: int = AT) -> str:
        """The reason; nothing was used up."""
        before = set(self.used)
        with pytest.raises(NotVerified) as caught:
            self.verify(message, at)
        assert self.used == before
        return caught.value.reason


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC)


@pytest.fixture(params=[Algorithm.ED25519, Algorithm.ES256])
def party(request: pytest.FixtureRequest) -> Party:
    """A partner with either kind of key."""
    return Party(request.param)


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_a_request_of_the_profile_names_its_key(party: Party, method: str) -> None:
    assert party.verify(party.sign(request(method))) == party.pin
    assert party.used == {"0123456789abcdef"}


# E21: each thing that must be covered, dropped, changed or forged


@pytest.mark.parametrize("dropped", profile.required("POST"))
def test_no_component_may_be_left_out(party: Party, dropped: str) -> None:
    rest = tuple(name for name in profile.required("POST") if name != dropped)
    assert party.refuses(party.sign(request(), covered_component_ids=rest)) == "components"


@pytest.mark.parametrize("dropped", profile.ALWAYS)
def test_no_component_of_a_fetch_may_be_left_out(party: Party, dropped: str) -> None:
    rest = tuple(name for name in profile.ALWAYS if name != dropped)
    assert party.refuses(party.sign(request("GET"), covered_component_ids=rest)) == "components"


@pytest.mark.parametrize(
    ("component", "instead"),
    [
        ("content-digest", '"content-digest";key="sha-256"'),
        ("content-type", '"content-type";bs'),
        ("idempotency-key", '"idempotency-key";bs'),
    ],
)
def test_a_component_in_another_form_is_not_the_component(
    party: Party, component: str, instead: str
) -> None:
    names = [instead if name == component else name for name in profile.required("POST")]
    assert party.refuses(party.sign(request(), covered_component_ids=names)) == "components"


def test_more_may_be_covered_than_is_asked_for(party: Party) -> None:
    message = request()
    message.headers["Date"] = "Tue, 24 Nov 2026 06:00:00 GMT"
    party.sign(message, covered_component_ids=(*profile.required("POST"), "date"))
    assert party.verify(message) == party.pin
    message.headers["Date"] = "Tue, 24 Nov 2026 06:00:01 GMT"
    assert party.refuses(message) == "signature"


def test_a_swapped_body_is_refused(party: Party) -> None:
    signed = party.sign(request())
    assert party.refuses(replace(signed, body=BODY + b"x")) == "content-digest"
    assert party.refuses(replace(signed, body=b"")) == "content-digest"


def test_a_swapped_body_with_its_own_digest_is_refused(party: Party) -> None:
    signed = party.sign(request())
    headers = signed.headers | {"Content-Digest": digest(b"other")}
    assert party.refuses(replace(signed, body=b"other", headers=headers)) == "signature"


def test_a_fetch_with_a_body_that_nobody_signed_is_refused(party: Party) -> None:
    assert party.refuses(replace(party.sign(request("GET")), body=b"x")) == "content-digest"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"url": "https://gerbang.example/v1/parcels"},
        {"url": "https://gerbang.example/v1/statements?x=1"},
        {"url": "https://other.example/v1/statements"},
        {"url": "https://gerbang.example:8443/v1/statements"},
        {"url": "http://gerbang.example/v1/statements"},
    ],
)
def test_a_request_moved_elsewhere_is_refused(party: Party, change: dict[str, str]) -> None:
    assert party.refuses(replace(party.sign(request()), **change)) == "signature"  # type: ignore[arg-type]  # each is text


@pytest.mark.parametrize("name", ["Content-Type", "Idempotency-Key", "Content-Digest"])
def test_a_covered_field_stands_in_the_request_once_and_as_signed(party: Party, name: str) -> None:
    signed = party.sign(request())
    twice = [*signed.headers.items(), (name.lower(), signed.headers[name])]
    for lines, reason in (
        (twice, "components"),
        ([line for line in twice if line[0].lower() != name.lower()], "components"),
        ([(k, v + "x" if k == name else v) for k, v in twice[:-1]], "signature"),
    ):
        with pytest.raises(NotVerified) as caught:
            http_signatures.verify("POST", TARGET, lines, BODY, party.pins.get, AT, party.use)
        assert caught.value.reason == reason


def test_the_same_nonce_counts_once(party: Party) -> None:
    signed = party.sign(request())
    party.verify(signed)
    assert party.refuses(signed) == "replayed"
    other = party.sign(request(body=b"other"))
    assert party.refuses(other) == "replayed"


def test_a_forger_uses_up_no_nonce(party: Party) -> None:
    signed = party.sign(request())
    good = signed.headers["Signature"]
    signed.headers["Signature"] = "sig=:" + base64.b64encode(bytes(64)).decode() + ":"
    assert party.refuses(signed) == "signature"
    signed.headers["Signature"] = good
    assert party.verify(signed) == party.pin


@pytest.mark.parametrize(
    "nonce", [None, "", "short", "0123456789abcde", "x" * 129, "with a blank in it"]
)
def test_a_nonce_has_its_form(party: Party, nonce: str | None) -> None:
    assert party.refuses(party.sign(request(), nonce=nonce)) == "not-fresh"


@pytest.mark.parametrize("second", [-301, 300, 301, 3600])
def test_a_signature_counts_only_around_its_time(party: Party, second: int) -> None:
    assert party.refuses(party.sign(request()), AT + second * SECOND) == "not-fresh"


@pytest.mark.parametrize("second", [-300, -1, 0, 1, 299])
def test_a_signature_counts_within_its_time(party: Party, second: int) -> None:
    assert party.verify(party.sign(request()), AT + second * SECOND) == party.pin


@pytest.mark.parametrize("life", [None, 0, -1, 301, 86_400])
def test_a_signature_ends_within_five_minutes(party: Party, life: int | None) -> None:
    expires = None if life is None else _moment(AT + life * SECOND)
    assert party.refuses(party.sign(request(), expires=expires)) == "not-fresh"


def test_a_signature_without_created_is_refused(party: Party) -> None:
    signed = party.sign(request())
    stated = signed.headers["Signature-Input"]
    signed.headers["Signature-Input"] = stated.replace(f";created={AT // SECOND}", "")
    assert party.refuses(signed) == "not-fresh"


@pytest.mark.parametrize("tag", [None, "", "other", "Palang"])
def test_a_signature_for_another_purpose_is_none(party: Party, tag: str | None) -> None:
    assert party.refuses(party.sign(request(), tag=tag)) == "no-signature"


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
