"""2,000 sampled changes of one byte: each is NotVerified and nothing else (issue 2)."""

import random
from collections.abc import Callable

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.statements import Kind
from gateway.domain.trust import Role
from keys.cards import open_card
from keys.envelopes import EnvelopeSealer
from keys.jose import open_jwe
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.notes import C2spNotes
from tests.keys.parties import (
    ACK_BYTES,
    GATEWAY,
    GATEWAY_CHECKPOINT,
    GATEWAY_MANIFEST,
    NOW,
    OPERATOR,
    SEAL,
    SEAL_P256,
    STATEMENT,
    STATEMENT_ES256,
    TRUST,
    Held,
)
from tests.keys.test_cards import card, signed

SAMPLES = 2000
SIGNATURES = JoseSignatures()
NAME = "palang-uji.example/ledger"


def _statement(by: Held) -> tuple[bytes, Callable[[bytes], object]]:
    args = (OPERATOR, Role.STATEMENT, TRUST, NOW, GATEWAY.id)
    data = SIGNATURES.sign(ACK_BYTES, Kind.ACK, by.signer)
    return data, lambda data: SIGNATURES.open_statement(data, *args)


def _detached() -> tuple[bytes, Callable[[bytes], object]]:
    args = ("manifest", GATEWAY, Role.MANIFEST, TRUST, NOW)
    data = SIGNATURES.sign_detached(b"manifest", "manifest", GATEWAY_MANIFEST.signer)
    return data, lambda data: SIGNATURES.verify_detached(data, b"manifest", *args)


def _parcel(to: Held) -> tuple[bytes, Callable[[bytes], object]]:
    openers = KeyOpeners(SEAL.opener, SEAL_P256.opener)
    data = EnvelopeSealer().seal(b"PK\x03\x04 parcel" * 20, Envelope.JOSE, to.pin)
    return data, lambda data: open_jwe(data, openers)


def _note() -> tuple[bytes, Callable[[bytes], object]]:
    note = C2spNotes().sign(f"{NAME}\n7\n{'A' * 43}=\n", NAME, GATEWAY_CHECKPOINT.signer)

    def verify(data: bytes) -> object:
        text = data.decode("utf-8", "surrogateescape")
        return C2spNotes().verify(text, NAME, GATEWAY, TRUST, NOW)

    return note.encode(), verify


def _card() -> tuple[bytes, Callable[[bytes], object]]:
    return signed(card(STATEMENT, SEAL)), lambda data: open_card(data, GATEWAY.id, NOW)


KINDS: dict[str, Callable[[], tuple[bytes, Callable[[bytes], object]]]] = {
    "statement Ed25519": lambda: _statement(STATEMENT),
    "statement ES256": lambda: _statement(STATEMENT_ES256),
    "detached signature": _detached,
    "parcel X25519": lambda: _parcel(SEAL),
    "parcel P-256": lambda: _parcel(SEAL_P256),
    "note": _note,
    "card": _card,
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_changed_byte_is_accepted_or_escapes_as_another_error(kind: str) -> None:
    good, verify = KINDS[kind]()
    verify(good)
    chance = random.Random(f"flips of a {kind}")
    for _ in range(SAMPLES):
        place = chance.randrange(len(good))
        changed = bytearray(good)
        changed[place] ^= chance.randrange(1, 256)
        with pytest.raises(NotVerified):
            verify(bytes(changed))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_cut_off_or_added_is_accepted(kind: str) -> None:
    good, verify = KINDS[kind]()
    chance = random.Random(f"cuts of a {kind}")
    for _ in range(200):
        place = chance.randrange(len(good))
        piece = chance.randbytes(chance.randrange(1, 9))
        for changed in (good[:place], good[:place] + piece + good[place:]):
            with pytest.raises(NotVerified):
                verify(changed)
