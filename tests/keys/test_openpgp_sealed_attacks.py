"""Everything that OpenPGP openers were fooled with: refused, with its reason."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import partial

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import content
from gateway.domain.openpgp.packets import Tag, integer, write
from keys import openpgp, openpgp_seal
from tests.keys.openpgp_doors import (
    GOOD,
    PARCEL,
    SESSION,
    compressed,
    detached,
    open_,
)
from tests.keys.openpgp_parts import (
    OTHER_SEAL,
    SEAL,
    HeldPgp,
    Opener,
    encrypted,
    literal,
    recipient,
    sealed,
    signed,
)
from tests.keys.parties import refused


def symmetric() -> bytes:
    """A packet of a key made from a passphrase (SKESK)."""
    return bytes([0xC3, 13, 4, 9, 3, 8]) + bytes(9)


INSIDE = {
    "nothing": b"",
    "no packet": b"x",
    "two files": literal(b"a") + literal(b"b"),
    "a signed file": signed(PARCEL),
    "compressed twice": compressed(compressed(literal(PARCEL))),
    "two compressed": compressed(literal(b"a")) + compressed(literal(b"b")),
    "compressed and more": compressed(literal(b"a")) + literal(b"b"),
    "a file of text": literal(PARCEL, b"t"),
    "encrypted again": sealed(literal(PARCEL)),
    "a cut off file": literal(PARCEL)[:-1],
    "a cut off stream": write(Tag.COMPRESSED, b"\x02" + zlib.compress(literal(PARCEL))[:-6]),
    "a stream without its end": write(
        Tag.COMPRESSED, b"\x02" + zlib.compress(literal(PARCEL))[:-4]
    ),
    "more after a stream": write(Tag.COMPRESSED, b"\x02" + zlib.compress(literal(PARCEL)) + b"x"),
    "no stream": write(Tag.COMPRESSED, b"\x01\xff\xff"),
    "unknown compression": write(Tag.COMPRESSED, b"\x09" + literal(PARCEL)),
    "a marker": bytes([0xCA, 3]) + b"PGP" + literal(PARCEL),
    "a padding": bytes([0xD5, 1, 0]) + literal(PARCEL),
}


@pytest.mark.parametrize("name", INSIDE)
def test_only_one_file_is_taken_from_inside(name: str) -> None:
    refused("malformed", lambda: open_(sealed(INSIDE[name])))


OUTSIDE = {
    "empty": (b"", "malformed"),
    "text": (b"hello", "malformed"),
    "nobody's": (encrypted(literal(PARCEL), SESSION), "malformed"),
    "two recipients": (
        recipient(SESSION) + recipient(SESSION, OTHER_SEAL) + encrypted(literal(PARCEL), SESSION),
        "malformed",
    ),
    "one twice": (recipient(SESSION) * 2 + encrypted(literal(PARCEL), SESSION), "malformed"),
    "twice": (GOOD + GOOD, "malformed"),
    "more after it": (GOOD + b"\n", "malformed"),
    "a file after it": (GOOD + literal(b"x"), "malformed"),
    "another's": (sealed(literal(PARCEL), OTHER_SEAL), "unknown-key"),
    "a passphrase": (symmetric() + encrypted(literal(PARCEL), SESSION), "malformed"),
    "a passphrase too": (symmetric() + GOOD, "malformed"),
    "another session": (recipient(bytes(32)) + encrypted(literal(PARCEL), SESSION), "cant-open"),
    "no digest": (recipient(SESSION) + encrypted(literal(PARCEL), SESSION, cut=22), "cant-open"),
    "a cut digest": (recipient(SESSION) + encrypted(literal(PARCEL), SESSION, cut=1), "cant-open"),
    "another digest": (
        recipient(SESSION) + encrypted(literal(PARCEL), SESSION, mark=b"\xd3\x15"),
        "cant-open",
    ),
    "no content": (recipient(SESSION) + write(Tag.SEIPD, b"\x01"), "cant-open"),
    "version 2": (recipient(SESSION) + write(Tag.SEIPD, b"\x02" + bytes(99)), "wrong-alg"),
    "no MDC at all": (recipient(SESSION) + bytes([0xC9, 50]) + bytes(50), "malformed"),
    "AEAD of gpg 2.4": (recipient(SESSION) + bytes([0xD4, 50]) + bytes(50), "malformed"),
    "a file": (literal(PARCEL), "malformed"),
    "compressed outside": (compressed(GOOD), "malformed"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_only_one_encryption_to_one_key_is_taken(name: str) -> None:
    data, reason = OUTSIDE[name]
    refused(reason, lambda: open_(data))


@dataclass(frozen=True)
class Anybody:
    """Openers that take every name for theirs."""

    one: Opener

    def named(self, _: bytes) -> Opener:
        """This one."""
        return self.one


def _renamed(name: bytes, to: HeldPgp = SEAL) -> bytes:
    """A recipient's packet with another key id."""
    packet = recipient(SESSION, to)
    return packet[:3] + name + packet[11:] + encrypted(literal(PARCEL), SESSION)


def test_a_recipient_is_named_and_never_found_by_trying() -> None:
    refused("unknown-key", lambda: open_(_renamed(bytes(8))))
    refused("unknown-key", lambda: open_(_renamed(b"abcdefgh")))
    anybody = Anybody(SEAL.openers.all[0])
    assert openpgp.open_sealed(_renamed(b"abcdefgh"), anybody) == PARCEL
    refused("unknown-key", lambda: openpgp.open_sealed(_renamed(bytes(8)), anybody))
    refused("cant-open", lambda: open_(_renamed(SEAL.packet.fingerprint[-8:], OTHER_SEAL)))


@pytest.mark.parametrize(
    "body",
    [
        b"\x06" + bytes(60),
        b"\x03" + SEAL.packet.fingerprint[-8:] + b"\x01" + integer(b"x" * 256),
        b"\x03" + SEAL.packet.fingerprint[-8:] + b"\x19" + bytes(60),
    ],
    ids=["version 6", "RSA to an ECDH key", "X25519 of RFC 9580"],
)
def test_a_recipient_packet_of_another_kind_is_refused(body: bytes) -> None:
    data = write(Tag.PKESK, body) + encrypted(literal(PARCEL), SESSION)
    refused("wrong-alg", lambda: open_(data))


@pytest.mark.parametrize(
    "rest",
    [
        integer(b"\x40" + bytes(32)) + b"\x30" + bytes(48),  # a point of small order
        integer(b"\x40" + bytes(31)) + b"\x30" + bytes(48),
        integer(b"\x04" + bytes(64)) + b"\x30" + bytes(48),
        integer(b"\x40" + b"\x09" * 32) + b"\x30" + bytes(48),
        integer(b"\x40" + b"\x09" * 32) + b"\x07" + bytes(7),
        integer(b"\x40" + b"\x09" * 32) + b"\x00",
    ],
    ids=["small order", "short", "another curve", "not wrapped", "odd length", "empty"],
)
def test_a_session_key_that_is_none_is_refused_in_one_way(rest: bytes) -> None:
    body = b"\x03" + SEAL.packet.fingerprint[-8:] + b"\x12" + rest
    refused("cant-open", lambda: open_(write(Tag.PKESK, body) + encrypted(b"", SESSION)))


def test_a_session_key_for_another_cipher_is_refused() -> None:
    good = b"\x09" + bytes(32) + b"\0\0"
    assert openpgp_seal.judged(good) == bytes(32)
    for secret in (
        good[:-1] + b"\1",
        b"\x03" + bytes(16) + b"\0\0",
        b"\x09" + bytes(16) + b"\0\0",
        b"\x09\0\0",
        b"\0",
    ):
        refused("cant-open", partial(openpgp_seal.judged, secret))


def test_a_bomb_is_left_alone_at_the_cap() -> None:
    bomb = compressed(literal(bytes(4 * 1024 * 1024)))
    assert len(bomb) < 8192
    for read in (content.literal, content.signed):
        refused("too-large", partial(read, memoryview(bomb), 1024 * 1024))
    plain = literal(bytes(2048))
    refused("too-large", lambda: content.literal(memoryview(plain), 1024))


def test_a_parcel_beyond_its_size_is_neither_sealed_nor_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openpgp, "MAX_PARCEL", openpgp.MAX_SIGNATURE + 999)
    openpgp.seal(bytes(999), SEAL.pin)
    refused("too-large", lambda: openpgp.seal(bytes(1000), SEAL.pin))
    monkeypatch.setattr(openpgp, "MAX_PARCEL", len(GOOD) - 1)
    refused("malformed", lambda: open_(GOOD))


def _pieces(size: int, power: int) -> bytes:
    """A literal in pieces of two to that power."""
    body = b"b\0" + bytes(4) + bytes(size)
    step = 1 << power
    cut = [body[at : at + step] for at in range(0, len(body) - step, step)]
    rest = body[len(cut) * step :]
    head = bytes([0xC0 | Tag.LITERAL])
    last = b"\xff" + len(rest).to_bytes(4) + rest
    return head + b"".join(bytes([0xE0 | power]) + piece for piece in cut) + last


def test_a_file_in_pieces_is_read_unless_they_are_slivers() -> None:
    assert open_(sealed(_pieces(5000, 9))) == bytes(5000)
    refused("malformed", lambda: open_(sealed(_pieces(5000, 8))))
    refused("malformed", lambda: detached(bytes([0xC2, 0xE9]) + bytes(600)))


def test_what_is_sealed_is_refused_with_any_bit_flipped() -> None:
    body = GOOD.index(SEAL.packet.fingerprint[-8:])
    for at in range(body, len(GOOD)):
        changed = GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :]
        with pytest.raises(NotVerified):
            open_(changed)


def test_without_the_digest_a_changed_parcel_would_open(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = bytearray(GOOD)
    changed[-200] ^= 1
    refused("cant-open", lambda: open_(bytes(changed)))
    monkeypatch.setattr(openpgp_seal, "bytes_eq", lambda *_: True)
    assert open_(bytes(changed)) != PARCEL


def test_a_padding_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = b"\x09" + SESSION + (sum(SESSION) % 65536).to_bytes(2)
    data = recipient(SESSION) + encrypted(literal(PARCEL), SESSION)
    padded = [secret + bytes([5]) * 5]
    monkeypatch.setattr(openpgp_seal, "aes_key_unwrap", lambda *_: padded[-1])
    assert open_(data) == PARCEL
    for padding in (b"\1\2\3\4\5", bytes(5)):
        padded.append(secret + padding)
        refused("cant-open", lambda: open_(data))
