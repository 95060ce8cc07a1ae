"""Certificates as partners hand them in: what is taken out of them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pysequoia import Cert, CipherSuite, Profile, Tsk

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, integer, subpacket, write
from gateway.domain.times import SECOND
from gateway.domain.trust import MAX_CERTIFICATE, Role
from keys import openpgp, openpgp_keys
from keys import openpgp_certificates as certificates
from keys import openpgp_signatures as signatures
from keys.openpgp_keys import PublicPacket
from keys.raw import PrivateSigner
from tests.keys import openpgp_parts
from tests.keys.openpgp_parts import MANIFEST, OTHERS, SEAL, STATEMENT, pinned
from tests.keys.parties import NOW, OPERATOR, refused
from tests.keys.parties import SEAL as JOSE_SEAL

RSA_KEY = Path(__file__).parent / "openpgp_rsa3072.asc"
SECONDS = NOW // SECOND
NAME = b"opr-uji-a"


class Maker:
    """A certificate, part by part, by one primary key."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.signer = PrivateSigner(self.key)
        self.primary = openpgp_keys.make(self.key.public_key(), SECONDS, sealing=False)

    def sign(self, type_: int, said: bytes, *data: bytes, at: int = SECONDS) -> bytes:
        """A self-signature."""
        when = subpacket(signatures.CREATED, at.to_bytes(4))
        return signatures.sign(self.signer, self.primary, type_, when + said, *data)

    def named(self, flags: int = signatures.FLAG_SIGN, said: bytes = b"") -> bytes:
        """Primary key and user id."""
        subject = b"\xb4" + len(NAME).to_bytes(4) + NAME
        claim = self.sign(0x13, flag(flags) + said, self.primary.hashed, subject)
        return write(Tag.PUBLIC_KEY, self.primary.body) + write(Tag.USER_ID, NAME) + claim

    def binding(self, subkey: PublicPacket, said: bytes, at: int = SECONDS) -> bytes:
        """Subkey and its binding."""
        bound = self.sign(signatures.SUBKEY, said, self.primary.hashed, subkey.hashed, at=at)
        return write(Tag.PUBLIC_SUBKEY, subkey.body) + bound


def flag(flags: int) -> bytes:
    """Key flags."""
    return subpacket(signatures.FLAGS, bytes([flags]))


def seal_key(seconds: int = SECONDS) -> PublicPacket:
    """A new sealing subkey."""
    return openpgp_keys.make(X25519PrivateKey.generate().public_key(), seconds, sealing=True)


SEALS = flag(signatures.FLAG_SEAL)


def kids(data: bytes, role: Role) -> list[str]:
    """Fingerprints of what can serve."""
    return [one.kid[4:] for one in certificates.usable(data, role)]


def test_a_subkey_is_taken_with_what_binds_it() -> None:
    maker, subkey = Maker(), seal_key()
    (one,) = certificates.usable(maker.named() + maker.binding(subkey, SEALS), Role.SEAL)
    assert one.key.fingerprint == subkey.fingerprint
    assert Cert.from_bytes(one.public.encode()).fingerprint == maker.primary.fingerprint.hex()
    assert certificates.usable(one.public.encode(), Role.SEAL)[0].public == one.public


def test_a_key_serves_only_what_its_flags_say() -> None:
    maker, subkey = Maker(), seal_key()
    data = maker.named(signatures.FLAG_CERTIFY) + maker.binding(subkey, flag(0x20))
    assert kids(data, Role.SEAL) == []
    assert kids(data, Role.STATEMENT) == []
    assert kids(maker.named(), Role.STATEMENT) == [maker.primary.fingerprint.hex()]
    assert kids(maker.named(signatures.FLAG_SEAL), Role.SEAL) == []  # this key can only sign


def test_the_newest_key_comes_first() -> None:
    maker, old, new = Maker(), seal_key(SECONDS - 9), seal_key()
    data = maker.named() + maker.binding(old, SEALS) + maker.binding(new, SEALS)
    assert kids(data, Role.SEAL) == [new.fingerprint.hex(), old.fingerprint.hex()]


def test_the_newest_binding_of_a_key_counts() -> None:
    maker, subkey = Maker(), seal_key()
    week = subpacket(signatures.KEY_ENDS, (604800).to_bytes(4))
    bound = maker.binding(subkey, SEALS + week)
    later = maker.sign(
        signatures.SUBKEY, SEALS, maker.primary.hashed, subkey.hashed, at=SECONDS + 1
    )
    (one,) = certificates.usable(maker.named() + bound, Role.SEAL)
    assert one.ends == SECONDS + 604800
    (one,) = certificates.usable(maker.named() + bound + later, Role.SEAL)
    assert one.ends is None
    (one,) = certificates.usable(maker.named(said=week) + bound + later, Role.SEAL)
    assert one.ends == SECONDS + 604800


def test_a_binding_by_another_key_binds_nothing() -> None:
    maker, other, subkey = Maker(), Maker(), seal_key()
    other.primary = maker.primary  # the same name under it, another hand
    data = maker.named() + other.binding(subkey, SEALS)
    assert kids(data, Role.SEAL) == []
    refused("malformed", lambda: certificates.usable(other.named(), Role.STATEMENT))


def _signing_subkey(maker: Maker, back_by: Ed25519PrivateKey, key: Ed25519PrivateKey) -> bytes:
    subkey = openpgp_keys.make(key.public_key(), SECONDS, sealing=False)
    back = signatures.sign(
        PrivateSigner(back_by),
        subkey,
        signatures.PRIMARY,
        subpacket(signatures.CREATED, SECONDS.to_bytes(4)),
        maker.primary.hashed,
        subkey.hashed,
    )
    said = flag(signatures.FLAG_SIGN) + subpacket(signatures.EMBEDDED, back[2:])
    return maker.named(signatures.FLAG_CERTIFY) + maker.binding(subkey, said)


def test_a_signing_subkey_must_agree() -> None:
    maker, key = Maker(), Ed25519PrivateKey.generate()
    assert len(kids(_signing_subkey(maker, key, key), Role.STATEMENT)) == 1
    stolen = _signing_subkey(maker, Ed25519PrivateKey.generate(), key)
    assert kids(stolen, Role.STATEMENT) == []
    subkey = openpgp_keys.make(key.public_key(), SECONDS, sealing=False)
    silent = maker.named() + maker.binding(subkey, flag(signatures.FLAG_SIGN))
    assert kids(silent, Role.STATEMENT) == [maker.primary.fingerprint.hex()]


def test_a_revocation_is_seen_and_only_the_owners() -> None:
    maker, other, subkey = Maker(), Maker(), seal_key()
    said = maker.named() + maker.binding(subkey, SEALS)
    gone = maker.sign(0x28, b"", maker.primary.hashed, subkey.hashed)
    other.primary = maker.primary
    forged = other.sign(0x28, b"", maker.primary.hashed, subkey.hashed)
    assert [one.revoked for one in certificates.usable(said + gone, Role.SEAL)] == [True]
    assert [one.revoked for one in certificates.usable(said + forged, Role.SEAL)] == [False]
    primary, rest = said[: len(maker.primary.body) + 2], said[len(maker.primary.body) + 2 :]
    all_gone = primary + maker.sign(0x20, b"", maker.primary.hashed) + rest
    assert [one.revoked for one in certificates.usable(all_gone, Role.SEAL)] == [True]


def test_signatures_of_others_are_left_out() -> None:
    maker = Maker()
    junk = signatures.sign(OTHERS.inner, OTHERS.packet, 0x13, b"", b"x")
    (one,) = certificates.usable(maker.named() + junk, Role.STATEMENT)
    assert len(one.public) < len(maker.named()) * 2
    assert one.public == certificates.usable(maker.named(), Role.STATEMENT)[0].public


def test_other_things_are_no_certificate() -> None:
    two = MANIFEST.pin.public + STATEMENT.pin.public
    raw = armor.read(MANIFEST.pin.public.encode(), armor.PUBLIC_KEY)
    for data in (
        b"",
        b"x",
        two.encode(),
        raw + raw,
        raw[1:],
        RSA_KEY.read_bytes(),
        write(Tag.USER_ID, NAME) + raw,
        write(Tag.SIGNATURE, b"") + raw,
        write(Tag.PUBLIC_KEY, MANIFEST.packet.body),
        MANIFEST.pin.public.encode() + b"\n" * certificates.MAX_EXPORT,
        write(Tag.USER_ID, b"") * 600,
        JOSE_SEAL.pin.public.encode(),
    ):
        refused("malformed", partial(certificates.usable, data, Role.STATEMENT))


def test_the_message_for_a_private_key_says_so() -> None:
    with pytest.raises(NotVerified, match="never leave"):
        certificates.usable(RSA_KEY.read_bytes(), Role.STATEMENT)


def test_newer_and_weaker_keys_are_refused() -> None:
    made = Tsk.generate("x", profile=Profile.RFC9580, cipher_suite=CipherSuite.Cv25519)
    refused("wrong-alg", lambda: certificates.usable(bytes(made.extract_certificate()), Role.SEAL))
    for suite in (CipherSuite.P521, CipherSuite.Cv448):
        tsk = Tsk.generate("x", profile=Profile.RFC4880, cipher_suite=suite)
        data = bytes(tsk.extract_certificate())
        refused("wrong-alg", partial(certificates.usable, data, Role.SEAL))


def test_a_key_packet_is_read_to_its_last_byte() -> None:
    body = SEAL.packet.body
    assert openpgp_keys.read(memoryview(body)) == SEAL.packet
    signing = MANIFEST.packet.body
    point = generate_private_key(SECP256R1()).public_key()
    p256 = openpgp_keys.make(point, SECONDS, sealing=False).body
    short = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    assert p256[:15] + integer(openpgp_keys.point(point)) == p256
    zero = body[:-36] + bytes(32) + body[-4:]
    for bad, reason in (
        (body + b"x", "malformed"),
        (body[:-1], "malformed"),
        (b"\x03" + body[1:], "wrong-alg"),
        (body[:5] + b"\x11" + body[6:], "wrong-alg"),
        (body[:5] + b"\x13" + body[6:], "wrong-alg"),
        (body[:-4] + b"\x03\x01\x02\x07", "wrong-alg"),
        (body[:-4] + b"\x03\x01\x08\x03", "wrong-alg"),
        (body[:-4] + b"\x03\x02\x08\x07", "wrong-alg"),
        (zero, "wrong-alg"),
        (body.replace(b"\x40", b"\x41", 1), "wrong-alg"),
        (signing.replace(b"\x07\x40", b"\x07\x41", 1), "wrong-alg"),
        (p256[:5] + b"\x16" + p256[6:], "wrong-alg"),
        (p256[:15] + integer(short), "wrong-alg"),
    ):
        refused(reason, partial(openpgp_keys.read, memoryview(bad)))


def test_a_pin_is_of_one_piece() -> None:
    other = MANIFEST.pin.public
    for pin in (
        replace(SEAL.pin, kid="pgp-" + "0" * 40),
        replace(SEAL.pin, public=other),
        replace(SEAL.pin, public=SEAL.pin.public + MANIFEST.pin.public),
        replace(SEAL.pin, public=openpgp_parts.held(OPERATOR, Role.SEAL).pin.public),
        replace(SEAL.pin, public=SEAL.pin.public + "\n" * MAX_CERTIFICATE),
        pinned(STATEMENT.pin.kid, STATEMENT.pin.public, OPERATOR, Role.SEAL),
    ):
        refused("malformed", partial(openpgp.seal, b"x", pin))
    refused("wrong-alg", lambda: openpgp.seal(b"x", JOSE_SEAL.pin))
