"""OpenPGP keys and packets for the tests: good ones, and any bad one that a forger may build."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from gateway.domain.errors import NotVerified
from gateway.domain.openpgp.packets import Tag, subpacket, write
from gateway.domain.times import SECOND
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role, Trust
from keys import openpgp_certificates as certificates
from keys import openpgp_seal as sealing
from keys import openpgp_signatures as signatures
from keys.openpgp import PgpSigner
from keys.openpgp_certify import generate
from keys.openpgp_keys import PublicPacket
from keys.raw import PrivateSigner
from tests.keys.parties import FROM, GATEWAY, NOW, OPERATOR, OTHER, UNTIL

SealKey = X25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


def pinned(kid: str, public: str, owner: Owner, role: Role) -> PinnedKey:
    """A pin of an OpenPGP key."""
    return PinnedKey(kid, owner, role, Algorithm.OPENPGP, public, FROM, UNTIL)


def newest(certificate: bytes, owner: Owner, role: Role) -> PinnedKey:
    """The newest key of a partner's certificate that can serve this role, pinned."""
    one = certificates.usable(certificate, role)[0]
    return pinned(one.kid, one.public, owner, role)


@dataclass(frozen=True)
class Opener:
    """A private sealing key in memory."""

    kid: str
    key: SealKey


@dataclass(frozen=True)
class Openers:
    """Some of them."""

    all: tuple[Opener, ...]

    def named(self, identifier: bytes) -> Opener:
        """The one whose fingerprint ends so."""
        for one in self.all:
            if one.kid.endswith(identifier.hex()):
                return one
        raise NotVerified("unknown-key", "no key here is the one it names")


@dataclass(frozen=True)
class HeldPgp:
    """A private key with its pin."""

    key: Ed25519PrivateKey | X25519PrivateKey
    pin: PinnedKey

    @property
    def packet(self) -> PublicPacket:
        """The public key."""
        return certificates.pinned(self.pin)

    @property
    def inner(self) -> PrivateSigner:
        """The plain signer."""
        assert isinstance(self.key, Ed25519PrivateKey)
        return PrivateSigner(self.key)

    @property
    def signer(self) -> PgpSigner:
        """The signer as the gateway has it."""
        return PgpSigner(self.pin, self.inner, lambda: NOW)

    @property
    def openers(self) -> Openers:
        """The key as a partner has it."""
        assert isinstance(self.key, X25519PrivateKey)
        return Openers((Opener(self.pin.kid, self.key),))


def held(owner: Owner, role: Role) -> HeldPgp:
    """A new key, pinned."""
    made = generate(role, owner.id, FROM)
    return HeldPgp(made.key, pinned(made.kid, made.public, owner, role))


MANIFEST = held(GATEWAY, Role.MANIFEST)
STATEMENT = held(OPERATOR, Role.STATEMENT)
OTHERS = held(OTHER, Role.STATEMENT)
SEAL = held(OPERATOR, Role.SEAL)
OTHER_SEAL = held(OTHER, Role.SEAL)
STRANGER = held(OPERATOR, Role.STATEMENT)  # not pinned
TRUST = Trust(GATEWAY.id, [one.pin for one in (MANIFEST, STATEMENT, OTHERS, SEAL, OTHER_SEAL)])


def revoked(key: HeldPgp, at: int) -> Trust:
    """The trust with this key revoked."""
    kept = [one for one in TRUST.keys if one.kid != key.pin.kid]
    return Trust(GATEWAY.id, [*kept, replace(key.pin, revoked=at)])


CREATED = subpacket(signatures.CREATED, (NOW // SECOND).to_bytes(4))


def signature(
    data: bytes, by: HeldPgp = STATEMENT, type_: int = signatures.BINARY, said: bytes = CREATED
) -> bytes:
    """A signature packet with any subpackets whatever, signed well."""
    return signatures.sign(by.inner, by.packet, type_, said, data)


def one_pass(by: HeldPgp = STATEMENT, *, type_: int = 0, last: int = 1, digest: int = 8) -> bytes:
    """A one-pass signature packet."""
    body = bytes([3, type_, digest, by.packet.kind]) + by.packet.fingerprint[-8:] + bytes([last])
    return write(Tag.ONE_PASS, body)


def literal(data: bytes, kind: bytes = b"b", name: bytes = b"") -> bytes:
    """A literal packet."""
    return write(Tag.LITERAL, kind + bytes([len(name)]) + name + bytes(4) + data)


def signed(data: bytes, by: HeldPgp = STATEMENT) -> bytes:
    """A document as `gpg --sign -z 0` makes it."""
    return one_pass(by) + literal(data) + signature(data, by)


def encrypted(content: bytes, session: bytes, *, cut: int = 0, mark: bytes = b"\xd3\x14") -> bytes:
    """Any content in a SEIPD packet of version 1; the last `cut` bytes of the digest left away."""
    start = secrets.token_bytes(16)
    plain = start + start[-2:] + content + mark
    plain += hashlib.sha1(plain, usedforsecurity=False).digest()
    encryptor = Cipher(AES(session), CFB(bytes(16))).encryptor()
    return write(Tag.SEIPD, b"\x01" + encryptor.update(plain[: len(plain) - cut]))


def sealed(content: bytes, to: HeldPgp = SEAL) -> bytes:
    """A message of any content whatever."""
    session = secrets.token_bytes(32)
    return recipient(session, to) + encrypted(content, session)


def recipient(session: bytes, to: HeldPgp = SEAL) -> bytes:
    """The packet that names a recipient."""
    return write(Tag.PKESK, sealing.wrapped_for(to.packet, session))
