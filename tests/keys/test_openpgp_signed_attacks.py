"""Everything that OpenPGP verifiers were fooled with: refused, with its reason."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import armor, content
from gateway.domain.openpgp.packets import Tag, integer, subpacket, write
from gateway.domain.times import SECOND
from gateway.domain.trust import Role
from keys import openpgp
from keys import openpgp_signatures as signatures
from keys.openpgp_keys import Kind
from tests.keys.openpgp_doors import (
    ARMOUR,
    CLEAR,
    GOOD,
    PARCEL,
    TAIL,
    TEXT,
    clear,
    compressed,
    detached,
    message,
    open_,
)
from tests.keys.openpgp_parts import (
    CREATED,
    MANIFEST,
    OTHERS,
    STATEMENT,
    STRANGER,
    TRUST,
    HeldPgp,
    literal,
    one_pass,
    revoked,
    sealed,
    signature,
    signed,
)
from tests.keys.parties import GATEWAY, NOW, OPERATOR, refused

SAMPLES = 400


def test_the_good_ones_are_taken() -> None:
    assert open_(sealed(literal(PARCEL))) == PARCEL
    assert detached(signature(TEXT)) == STATEMENT.pin
    assert message(signed(TEXT)) == (TEXT, STATEMENT.pin)
    assert message(clear()) == (TEXT, STATEMENT.pin)


def test_sizes_are_asked_before_anything_is_read() -> None:
    refused("too-large", lambda: message(bytes(content.MAX_MESSAGE + 1)))
    refused("malformed", lambda: detached(ARMOUR + b"\n" * openpgp.MAX_SIGNATURE))
    refused("too-large", lambda: content.payload_of(bytes(content.MAX_MESSAGE + 1)))


FOREIGN_HASH = {1: "MD5", 2: "SHA-1", 3: "RIPEMD-160", 11: "SHA-224"}


def _altered(**at: int) -> bytes:
    """A good signature packet with single bytes of its head changed."""
    raw = bytearray(signature(TEXT))
    for name, value in at.items():
        raw[2 + ("version", "type", "kind", "hash").index(name)] = value
    return bytes(raw)


def _altered_start() -> bytes:
    """A good signature that says another start of the digest."""
    good = signature(TEXT)
    head = good[2 : 8 + int.from_bytes(good[6:8])]
    trailer = head + b"\x04\xff" + len(head).to_bytes(4)
    unsigned = 2 + len(head)
    at = unsigned + 2 + int.from_bytes(good[unsigned : unsigned + 2])
    assert good[at : at + 2] == hashlib.sha256(TEXT + trailer).digest()[:2]
    return good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]


def _hidden_issuer() -> bytes:
    """A signature whose issuer is named in the part only that is not signed."""
    body = bytes([4, 0, 22, 8]) + len(CREATED).to_bytes(2) + CREATED
    loose = subpacket(signatures.FINGERPRINT, b"\x04" + STATEMENT.packet.fingerprint)
    return write(Tag.SIGNATURE, body + len(loose).to_bytes(2) + loose + b"\0\0" + integer(b"x") * 2)


SIGNED = {
    "none": (b"", "malformed"),
    "two": (signature(TEXT) * 2, "malformed"),
    "two keys": (signature(TEXT) + signature(TEXT, OTHERS), "malformed"),
    "a document": (signed(TEXT), "malformed"),
    "more after it": (signature(TEXT) + b"\n", "malformed"),
    "as text": (signature(TEXT, type_=signatures.TEXT), "malformed"),
    "a certification": (signature(TEXT, type_=0x13), "malformed"),
    "version 3": (_altered(version=3), "wrong-alg"),
    "version 6": (_altered(version=6), "wrong-alg"),
    "DSA": (_altered(kind=17), "wrong-alg"),
    **{name: (_altered(hash=number), "wrong-alg") for number, name in FOREIGN_HASH.items()},
    "another type": (_altered(type=1), "malformed"),
    "not pinned": (signature(TEXT, STRANGER), "unknown-key"),
    "another's": (signature(TEXT, OTHERS), "wrong-owner"),
    "the gateway's": (signature(TEXT, MANIFEST), "wrong-owner"),
    "no time": (signature(TEXT, said=b""), "malformed"),
    "two times": (signature(TEXT, said=CREATED * 2), "malformed"),
    "unknown and critical": (
        signature(TEXT, said=CREATED + subpacket(99, b"", critical=True)),
        "malformed",
    ),
    "another issuer too": (
        signature(TEXT, said=CREATED + subpacket(signatures.FINGERPRINT, b"\x04" + bytes(20))),
        "malformed",
    ),
    "of another algorithm than its key": (
        signatures.sign(
            STATEMENT.inner, replace(STATEMENT.packet, kind=Kind.ECDSA), 0, CREATED, TEXT
        ),
        "signature",
    ),
    "another start of the digest": (_altered_start(), "signature"),
    "no packet": (b"\x42" + signature(TEXT)[1:], "malformed"),
    "no length": (b"\x8b" + signature(TEXT)[2:], "malformed"),
    "issuer not signed": (_hidden_issuer(), "malformed"),
    "ended": (
        signature(TEXT, said=CREATED + subpacket(signatures.SIGNATURE_ENDS, bytes(3) + b"\x01")),
        "expired",
    ),
    "over other bytes": (signature(TEXT + b"\n"), "signature"),
}


@pytest.mark.parametrize("name", SIGNED)
def test_only_one_good_signature_is_taken(name: str) -> None:
    raw, reason = SIGNED[name]
    at = NOW + SECOND if name == "ended" else NOW
    args = (raw, TEXT, OPERATOR, Role.STATEMENT, TRUST, at)
    refused(reason, lambda: openpgp.verify_detached(*args))


def test_a_key_serves_its_role_and_its_time() -> None:
    raw = signature(TEXT)
    args = (raw, TEXT, OPERATOR)
    refused("wrong-role", lambda: openpgp.verify_detached(*args, Role.REQUEST, TRUST, NOW))
    gone = revoked(STATEMENT, NOW)
    refused("key-revoked", lambda: openpgp.verify_detached(*args, Role.STATEMENT, gone, NOW))
    ends = subpacket(signatures.SIGNATURE_ENDS, bytes(3) + b"\x01")
    notes = subpacket(20, b"a") + subpacket(20, b"b")  # may stand there as often as one likes
    assert detached(signature(TEXT, said=CREATED + ends + notes)) == STATEMENT.pin
    refused("wrong-role", lambda: openpgp.seal(PARCEL, STATEMENT.pin))


DOCUMENTS = {
    "empty": b"",
    "not signed": literal(TEXT),
    "not signed, compressed": compressed(literal(TEXT)),
    "two signers": one_pass(last=0) + one_pass() + literal(TEXT) + TAIL + TAIL,
    "one signature missing": one_pass() + literal(TEXT),
    "no head": literal(TEXT) + TAIL,
    "signature first": TAIL + literal(TEXT),
    "head of another": one_pass(OTHERS) + literal(TEXT) + TAIL,
    "head of another type": one_pass(type_=1) + literal(TEXT) + TAIL,
    "head of version 6": one_pass().replace(b"\x03", b"\x06", 1) + literal(TEXT) + TAIL,
    "head of another hash": one_pass(digest=10) + literal(TEXT) + TAIL,
    "a head that goes on": one_pass(last=0) + literal(TEXT) + TAIL,
    "a file before": literal(b"x") + signed(TEXT),
    "a file after": signed(TEXT) + literal(b"x"),
    "two files": one_pass() + literal(TEXT) + literal(b"x") + TAIL,
    "two documents": signed(TEXT) + signed(TEXT),
    "compressed twice": compressed(compressed(signed(TEXT))),
    "compressed inside": one_pass() + compressed(literal(TEXT)) + TAIL,
    "a signed signed document": one_pass() + signed(TEXT) + TAIL,
    "encrypted": sealed(signed(TEXT)),
    "as text": one_pass(type_=1) + literal(TEXT) + signature(TEXT, type_=1),
    "a text file": one_pass() + literal(TEXT, b"u") + TAIL,
    "a signature": TAIL,
    "an armoured signature": armor.write(TAIL, armor.SIGNATURE),
    "a JWS": b"eyJhbGciOiJub25lIn0.e30.",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_one_file_with_one_signer_is_taken(name: str) -> None:
    refused("malformed", lambda: message(DOCUMENTS[name]))


def test_the_name_in_a_document_is_not_believed() -> None:
    data = one_pass() + literal(TEXT, name=b"../../etc/passwd") + TAIL
    assert message(data) == (TEXT, STATEMENT.pin)


def _targets() -> list[tuple[str, bytes, Callable[[bytes], object]]]:
    return [
        ("sealed", GOOD, open_),
        ("detached", TAIL, detached),
        ("signed", signed(TEXT), message),
        ("compressed", compressed(signed(TEXT)), message),
    ]


@pytest.mark.parametrize(("name", "good", "act"), _targets(), ids=[name for name, *_ in _targets()])
def test_a_flipped_bit_or_a_cut_is_refused(
    name: str, good: bytes, act: Callable[[bytes], object]
) -> None:
    chance = random.Random(name)
    before = act(good)
    for _ in range(SAMPLES):
        at, bit = chance.randrange(len(good)), 1 << chance.randrange(8)
        changed = good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :]
        try:
            assert act(changed) == before, at  # a bit that is not signed and says nothing
        except NotVerified as error:
            assert error.reason
    for size in range(len(good)):
        with pytest.raises(NotVerified):
            act(good[:size])


def test_what_is_signed_is_refused_with_any_byte_changed() -> None:
    for at in range(len(TEXT)):
        changed = TEXT[:at] + bytes([TEXT[at] ^ 1]) + TEXT[at + 1 :]
        refused("signature", partial(detached, TAIL, changed))
        refused("signature", partial(message, one_pass() + literal(changed) + TAIL))


def _forgeries() -> list[tuple[str, Callable[[], object]]]:
    """What a stranger signs under the fingerprint of the pinned key."""
    posing = HeldPgp(STRANGER.key, STATEMENT.pin)
    gateway = (GATEWAY, Role.MANIFEST, TRUST, NOW)
    as_gateway = signature(TEXT, HeldPgp(STRANGER.key, MANIFEST.pin))
    return [
        ("detached", partial(detached, signature(TEXT, posing))),
        ("document", partial(message, one_pass() + literal(TEXT) + signature(TEXT, posing))),
        ("cleartext", partial(message, clear(by=posing))),
        ("manifest", partial(openpgp.verify_detached, as_gateway, TEXT, *gateway)),
    ]


@pytest.mark.parametrize(("name", "act"), _forgeries(), ids=[n for n, _ in _forgeries()])
def test_a_forgery_differs_in_nothing_but_the_signature(
    name: str, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused("signature", act)
    monkeypatch.setattr(signatures, "verify", lambda *_: None)
    assert act(), name


def test_what_is_shown_is_what_was_verified() -> None:
    armored = armor.write(signed(TEXT), armor.MESSAGE)
    for document in (signed(TEXT), armored, compressed(signed(TEXT)), CLEAR):
        assert content.payload_of(document) == TEXT
    refused("malformed", lambda: content.payload_of(literal(TEXT)))
