"""New OpenPGP keys of our own, in the form that gpg 2.2 imports: version 4, one key for one role.

A signing key is a primary key alone. A sealing key needs a primary key that vouches for it, and
that one is thrown away when it has: nobody can add to the certificate later, a renewal makes a new
one. No certificate says when it ends; the pins do.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.domain.errors import InputError
from gateway.domain.openpgp import armor
from gateway.domain.openpgp.packets import Tag, subpacket, write
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Role
from gateway.ports import Signer
from keys import openpgp_certificates as certificates
from keys import openpgp_keys as keys
from keys import openpgp_signatures as signatures
from keys.openpgp_keys import PublicPacket
from keys.policy import PublicKey
from keys.raw import PrivateSigner

_PREFERENCES = (
    subpacket(signatures.PREFERRED_CIPHERS, bytes([9, 7]))  # AES-256, AES-128
    + subpacket(signatures.PREFERRED_HASHES, bytes([8, 10]))  # SHA-256, SHA-512
    + subpacket(signatures.PREFERRED_COMPRESSION, bytes([2, 1]))  # ZLIB, ZIP
    + subpacket(signatures.FEATURES, b"\x01")  # MDC and nothing newer: every gpg opens it
)


@dataclass(frozen=True, slots=True)
class Certified:
    """The id of a key and its certificate as armour: what is pinned."""

    kid: str
    public: str


@dataclass(frozen=True, slots=True)
class Generated:
    """A new private key with its certificate."""

    key: Ed25519PrivateKey | X25519PrivateKey
    kid: str
    public: str


def generate(role: Role, user_id: str, at: Micros) -> Generated:
    """A new key on Ed25519 or Curve25519 for this role.

    `user_id` is what gpg shows beside the fingerprint, for example the owner's id.
    """
    if role is Role.SEAL:
        sealing = X25519PrivateKey.generate()
        made = certify_sealing(sealing.public_key(), user_id, at)
        return Generated(sealing, made.kid, made.public)
    signing = Ed25519PrivateKey.generate()
    made = certify_signing(PrivateSigner(signing), signing.public_key(), role, user_id, at)
    return Generated(signing, made.kid, made.public)


def certify_signing(
    signer: Signer, public: PublicKey, role: Role, user_id: str, at: Micros
) -> Certified:
    """A certificate for a signing key that lives anywhere: it signs it itself, once."""
    primary = keys.make(public, at // SECOND, sealing=False)
    flags = signatures.FLAG_CERTIFY | signatures.FLAG_SIGN
    data = _primary(signer, primary, user_id, flags, at)
    return _only(data, role)


def certify_sealing(public: PublicKey, user_id: str, at: Micros) -> Certified:
    """A certificate for a sealing key, made by a primary key that is then gone."""
    vouching = Ed25519PrivateKey.generate()
    signer, seconds = PrivateSigner(vouching), at // SECOND
    primary = keys.make(vouching.public_key(), seconds, sealing=False)
    subkey = keys.make(public, seconds, sealing=True)
    binding = signatures.sign(
        signer,
        primary,
        signatures.SUBKEY,
        _said(at, signatures.FLAG_SEAL),
        primary.hashed,
        subkey.hashed,
    )
    head = _primary(signer, primary, user_id, signatures.FLAG_CERTIFY, at)
    return _only(head + write(Tag.PUBLIC_SUBKEY, subkey.body) + binding, Role.SEAL)


def _primary(signer: Signer, key: PublicPacket, user_id: str, flags: int, at: Micros) -> bytes:
    name = user_id.encode()
    if not 0 < len(name) <= 128 or not user_id.isprintable():
        raise InputError("a user id has 1 to 128 bytes and no control characters")
    subject = b"\xb4" + len(name).to_bytes(4) + name
    said = _said(at, flags) + _PREFERENCES
    claim = signatures.sign(signer, key, 0x13, said, key.hashed, subject)
    return write(Tag.PUBLIC_KEY, key.body) + write(Tag.USER_ID, name) + claim


def _said(at: Micros, flags: int) -> bytes:
    created = subpacket(signatures.CREATED, (at // SECOND).to_bytes(4), critical=True)
    return created + subpacket(signatures.FLAGS, bytes([flags]), critical=True)


def _only(data: bytes, role: Role) -> Certified:
    """Read back what was made, by the rules for everybody's certificates."""
    text = armor.write(data, armor.PUBLIC_KEY)
    (one,) = certificates.usable(text, role)
    return Certified(one.kid, one.public)
