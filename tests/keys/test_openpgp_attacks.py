"""Everything that OpenPGP verifiers and openers were fooled with: refused, with its reason."""

from __future__ import annotations

import hashlib
import random
import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pytest

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import armor, content
from gateway.domain.openpgp.packets import Tag, integer, subpacket, write
from gateway.domain.times import SECOND
from gateway.domain.trust import Role
from keys import openpgp, openpgp_seal
from keys import openpgp_signatures as signatures
from keys.openpgp_keys import Kind
from tests.keys.openpgp_parts import (
    CREATED,
    MANIFEST,
    OTHER_SEAL,
    OTHERS,
    SEAL,
    STATEMENT,
    STRANGER,
    TRUST,
    HeldPgp,
    Opener,
    encrypted,
    literal,
    one_pass,
    recipient,
    revoked,
    sealed,
    signature,
    signed,
)
from tests.keys.parties import GATEWAY, NOW, OPERATOR, refused

PARCEL = b"PK\x03\x04 a parcel" * 20
TEXT = b"#palang 7.opr-uji-a.1 x\n1;a;b;\n"
ARGS = (OPERATOR, Role.STATEMENT, TRUST, NOW)
SESSION = secrets.token_bytes(32)
SAMPLES = 400


def open_(data: bytes) -> bytes:
    """As the recipient does."""
    return openpgp.open_sealed(data, SEAL.openers)


def detached(raw: bytes, payload: bytes = TEXT) -> object:
    """As the gateway does."""
    return openpgp.verify_detached(raw, payload, *ARGS)


def message(data: bytes) -> object:
    """Likewise."""
    return openpgp.verify_message(data, *ARGS)


def compressed(data: bytes) -> bytes:
    """A compressed packet."""
    return write(Tag.COMPRESSED, b"\x02" + zlib.compress(data))


def symmetric() -> bytes:
    """A packet of a key made from a passphrase (SKESK)."""
    return bytes([0xC3, 13, 4, 9, 3, 8]) + bytes(9)


def clear(text: bytes = TEXT, by: HeldPgp = STATEMENT, type_: int = signatures.TEXT) -> bytes:
    """A cleartext signed document."""
    hashed = b"\r\n".join(text.removesuffix(b"\n").split(b"\n"))
    block = armor.write(signature(hashed, by, type_), armor.SIGNATURE)
    return armor.CLEARTEXT + b"\nHash: SHA256\n\n" + text + block


def test_the_good_ones_are_taken() -> None:
    assert open_(sealed(literal(PARCEL))) == PARCEL
    assert detached(signature(TEXT)) == STATEMENT.pin
    assert message(signed(TEXT)) == (TEXT, STATEMENT.pin)
    assert message(clear()) == (TEXT, STATEMENT.pin)


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


GOOD = sealed(literal(PARCEL))
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


def test_sizes_are_asked_before_anything_is_read() -> None:
    refused("too-large", lambda: message(bytes(content.MAX_MESSAGE + 1)))
    refused("malformed", lambda: detached(ARMOUR + b"\n" * openpgp.MAX_SIGNATURE))
    refused("too-large", lambda: content.payload_of(bytes(content.MAX_MESSAGE + 1)))


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
    at = good.rindex(hashlib.sha256(TEXT + trailer).digest()[:2])
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


TAIL = signature(TEXT)
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


CLEAR = clear()
BLOCK = CLEAR[CLEAR.index(b"-----BEGIN PGP SIGNATURE") :]
HEAD = b"-----BEGIN PGP SIGNED MESSAGE-----\n"
TEXTS = {
    "text before": b"x\n" + CLEAR,
    "an empty line before": b"\n" + CLEAR,
    "text after": CLEAR + b"x\n",
    "two": CLEAR + CLEAR,
    "one in another": HEAD + b"\n- " + CLEAR + BLOCK,
    "a block after": CLEAR + BLOCK,
    "another header": CLEAR.replace(b"Hash: SHA256", b"Comment: all blocked"),
    "a text as header": CLEAR.replace(b"Hash: SHA256", b"Hash: SHA256, all blocked"),
    "not escaped": CLEAR.replace(b"Hash: SHA256", b"NotDashEscaped: yes"),
    "another hash": CLEAR.replace(b"Hash: SHA256", b"Hash: MD5"),
    "no empty line": CLEAR.replace(b"SHA256\n\n", b"SHA256\n"),
    "a blank for the empty line": CLEAR.replace(b"SHA256\n\n", b"SHA256\n \n"),
    "a bare dash": HEAD + b"\n-x\n" + BLOCK,
    "NUL": HEAD + b"\na\0b\n" + BLOCK,
    "a return in a line": HEAD + b"\na\rb\n" + BLOCK,
    "no text": HEAD + b"\n" + BLOCK,
    "more in the first line": CLEAR.replace(b"-----\nHash", b"----- x\nHash"),
    "no signature": HEAD + b"\n" + TEXT,
    "two signatures": HEAD
    + b"\n"
    + TEXT
    + armor.write(signature(TEXT[:-1].replace(b"\n", b"\r\n"), type_=1) * 2, armor.SIGNATURE),
    "signed as binary": clear(type_=signatures.BINARY),
}


@pytest.mark.parametrize("name", TEXTS)
def test_only_a_whole_cleartext_document_is_taken(name: str) -> None:
    reason = "signature" if name == "no text" else "malformed"
    refused(reason, lambda: message(TEXTS[name]))


def test_a_changed_cleartext_does_not_hold() -> None:
    refused("signature", lambda: message(CLEAR.replace(b"1;a", b"2;a")))
    refused("signature", lambda: message(CLEAR.replace(b"1;a", b"\n1;a")))
    assert message(CLEAR.replace(b"1;a;b;\n", b"1;a;b; \t\n")) == (TEXT, STATEMENT.pin)
    assert message(CLEAR.replace(b"\n", b"\r\n")) == (TEXT, STATEMENT.pin)


ARMOUR = armor.write(TAIL, armor.SIGNATURE)
BAD_ARMOUR = {
    "text before": b"-----x\n" + ARMOUR,
    "text after": ARMOUR + b"x\n",
    "two blocks": ARMOUR + ARMOUR,
    "another label": ARMOUR.replace(b"SIGNATURE", b"MESSAGE"),
    "labels that differ": ARMOUR.replace(b"END PGP SIGNATURE", b"END PGP MESSAGE"),
    "another first label": ARMOUR.replace(b"BEGIN PGP SIGNATURE", b"BEGIN PGP MESSAGE"),
    "padding inside": ARMOUR.replace(b"\n\n", b"\n\nAA==\n", 1),
    "no end": ARMOUR[: ARMOUR.index(b"-----END")],
    "no empty line": ARMOUR.replace(b"\n\n", b"\n"),
    "an unknown header": ARMOUR.replace(b"\n\n", b"\nSubject: x\n\n"),
    "a foreign character": ARMOUR.replace(b"\n\n", b"\n\n*", 1),
    "a long line": ARMOUR.replace(b"\n\n", b"\n\n" + b"A" * 80 + b"\n"),
    "an empty line inside": ARMOUR.replace(b"\n=", b"\n\n="),
    "nothing": b"-----BEGIN PGP SIGNATURE-----\n\n\n-----END PGP SIGNATURE-----\n",
    "nothing at all": b"-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n",
    "armour in armour": armor.write(ARMOUR, armor.SIGNATURE),
}


@pytest.mark.parametrize("name", BAD_ARMOUR)
def test_only_one_block_is_taken_from_armour(name: str) -> None:
    refused("malformed", lambda: detached(BAD_ARMOUR[name]))


def test_headers_and_blanks_of_mail_programs_do_no_harm() -> None:
    for text in (
        ARMOUR.replace(b"\n\n", b"\nVersion: GnuPG v2\nComment: a\n\n"),
        ARMOUR.replace(b"\n", b"\r\n"),
        ARMOUR.replace(b"\n", b" \n"),
        ARMOUR + b"\n\n",
        b"\n".join(line for line in ARMOUR.split(b"\n") if line[:1] != b"="),
    ):
        assert detached(text) == STATEMENT.pin


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


def test_what_is_sealed_is_refused_with_any_bit_flipped() -> None:
    body = GOOD.index(SEAL.packet.fingerprint[-8:])
    for at in range(body, len(GOOD)):
        changed = GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :]
        with pytest.raises(NotVerified):
            open_(changed)


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


def test_what_is_shown_is_what_was_verified() -> None:
    armored = armor.write(signed(TEXT), armor.MESSAGE)
    for document in (signed(TEXT), armored, compressed(signed(TEXT)), CLEAR):
        assert content.payload_of(document) == TEXT
    refused("malformed", lambda: content.payload_of(literal(TEXT)))
