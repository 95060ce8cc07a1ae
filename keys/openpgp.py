"""The `openpgp` envelope, detached signatures and signed messages: what gpg reads and makes.

Built on the primitives of `cryptography`, like CMS. The OpenPGP library at hand was tried first
(docs/adr/0008-openpgp.md says what was seen): it seals to its own keys in a form that gpg 2.2 can't
open, takes a message when any one of several signatures holds, and judges by the machine's clock. A
ledger must judge by its own time, by pinned windows, and the same in ten years.

Everything wrong is NotVerified with a stable reason: malformed, wrong-alg, too-large, unknown-key,
wrong-owner, wrong-role, key-revoked, key-not-valid, expired, signature, cant-open, key-file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.errors import NotVerified
from gateway.domain.fingerprints import PGP
from gateway.domain.openpgp import armor, content
from gateway.domain.openpgp.content import MAX_MESSAGE
from gateway.domain.openpgp.packets import Tag, read, subpacket
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.times import SECOND, Micros
from gateway.domain.trust import Algorithm, Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import jwk
from keys import openpgp_certificates as certificates
from keys import openpgp_messages as messages
from keys import openpgp_seal as sealing
from keys import openpgp_signatures as signatures
from keys.openpgp_signatures import Signature

MAX_SIGNATURE = 16 * 1024  # bytes of a detached signature; RSA-4096 with its armour has 1 kB

_WHAT = "the sealed message"


class Openers(Protocol):
    """Where the opener of a message finds its private key: keys/keyring.Openers fits."""

    def named(self, identifier: bytes) -> sealing.Opener:
        """The sealing key whose fingerprint ends in these 8 bytes.

        Raises NotVerified("unknown-key").
        """
        ...


@dataclass(frozen=True, slots=True)
class PgpSigner:
    """A pinned OpenPGP signing key over a plain signer of Ed25519 or ES256, wherever that lives.

    Implements ports.Signer.
    """

    pin: PinnedKey
    inner: Signer
    clock: Callable[[], Micros]

    @property
    def kid(self) -> str:
        """`pgp-` and the fingerprint."""
        return self.pin.kid

    @property
    def alg(self) -> Algorithm:
        """OpenPGP."""
        return Algorithm.OPENPGP

    @property
    def public(self) -> str:
        """The minimal certificate as armour."""
        return self.pin.public

    def sign(self, data: bytes) -> bytes:
        """A detached signature as armour.

        Raises NotVerified: malformed (the pin is not of one piece), key-file (the private key is
        another than the pin's), wrong-alg.
        """
        public = certificates.pinned(self.pin)
        if self.inner.public != jwk.public_text(public.key):
            raise NotVerified("key-file", f"the private key of {self.kid} is another key's")
        made = (self.clock() // SECOND).to_bytes(4)
        said = subpacket(signatures.CREATED, made, critical=True)
        packet = signatures.sign(self.inner, public, signatures.BINARY, said, data)
        return armor.write(packet, armor.SIGNATURE)


def seal(plaintext: bytes, recipient: PinnedKey) -> bytes:
    """The parcel, sealed to one recipient in the form that gpg 2.2 and newer open; no armour.

    Raises NotVerified: wrong-role, wrong-alg, malformed (the pin is not of one piece), too-large.
    """
    if recipient.role is not Role.SEAL:
        raise NotVerified("wrong-role", f"key {recipient.kid} is no seal key")
    if len(plaintext) > MAX_PARCEL - MAX_SIGNATURE:
        raise NotVerified("too-large", f"a sealed parcel has at most {MAX_PARCEL} bytes")
    return sealing.seal(plaintext, certificates.pinned(recipient))


def open_sealed(data: bytes, openers: Openers) -> bytes:
    """The content of a message sealed to exactly one of these keys, binary or armoured.

    Raises NotVerified: malformed, wrong-alg, unknown-key (a hidden recipient too), cant-open,
    too-large.
    """
    if len(data) > MAX_PARCEL:
        raise NotVerified("malformed", f"a sealed parcel has at most {MAX_PARCEL} bytes")
    raw = armor.read(data, armor.MESSAGE) if armor.is_armored(data) else data
    packets = read(raw, _WHAT, 2)
    if [packet.tag for packet in packets] != [Tag.PKESK, Tag.SEIPD]:
        raise NotVerified("malformed", "a parcel is encrypted once, to one recipient's key")
    recipient, encrypted = packets
    opener = openers.named(sealing.named(recipient))
    key = sealing.session_key(recipient, opener)
    return bytes(content.literal(sealing.decrypt(encrypted, key), MAX_PARCEL))


def sign_detached(payload: bytes, signer: Signer) -> bytes:
    """A detached signature over exactly `payload`, as armour.

    Raises NotVerified("wrong-alg") for a signer of another kind.
    """
    if signer.alg is not Algorithm.OPENPGP:
        raise NotVerified("wrong-alg", f"key {signer.kid} is no OpenPGP key")
    return signer.sign(payload)


def sign_message(payload: bytes, signer: Signer) -> bytes:
    """A signed message that holds its payload, as armour: what `gpg --decrypt` checks and writes
    out. Raises NotVerified("wrong-alg")."""
    mark = armor.read(sign_detached(payload, signer), armor.SIGNATURE)
    return armor.write(messages.message(payload, mark), armor.MESSAGE)


def verify_detached(
    signature: bytes, payload: bytes, owner: Owner, role: Role, trust: Trust, at: Micros
) -> PinnedKey:
    """The key, if it alone signed exactly `payload`; armour or binary.

    `at` is our own time for it (promise C): the pin must be valid then. What the signature says of
    when it was made is the signer's clock, and decides nothing.
    """
    if len(signature) > MAX_SIGNATURE:
        raise NotVerified("malformed", f"a detached signature has at most {MAX_SIGNATURE} bytes")
    armored = armor.is_armored(signature)
    raw = armor.read(signature, armor.SIGNATURE) if armored else signature
    found = _single(raw, signatures.BINARY)
    return _verify(found, payload, owner, role, trust, at)


def verify_message(
    data: bytes, owner: Owner, role: Role, trust: Trust, at: Micros
) -> tuple[bytes, PinnedKey]:
    """What was signed and by which key, of `gpg --sign` (armour or binary) or `--clearsign`.

    Of a cleartext document the text has LF at its line ends, and no blanks before them: those are
    not signed.
    """
    if len(data) > MAX_MESSAGE:
        raise NotVerified("too-large", f"a signed document has at most {MAX_MESSAGE} bytes")
    if data.startswith(armor.CLEARTEXT):
        text = armor.read_cleartext(data)
        found = _single(text.signature, signatures.TEXT)
        return text.text, _verify(found, text.hashed, owner, role, trust, at)
    raw = armor.read(data, armor.MESSAGE) if armor.is_armored(data) else data
    message = messages.signed(memoryview(raw), MAX_MESSAGE)
    if message.signature.type != signatures.BINARY:
        raise NotVerified("malformed", "the document must be signed as it is, not as text")
    key = _verify(message.signature, message.literal, owner, role, trust, at)
    return bytes(message.literal), key


def _single(raw: bytes, type_: int) -> Signature:
    packets = read(raw, "the OpenPGP signature", 1)
    if [packet.tag for packet in packets] != [Tag.SIGNATURE]:
        raise NotVerified("malformed", "expected one OpenPGP signature")
    found = signatures.read(packets[0].body)
    if found.type != type_:
        raise NotVerified("malformed", f"the signature is of type {found.type}, not {type_}")
    return found


def _verify(
    signature: Signature,
    payload: bytes | memoryview,
    owner: Owner,
    role: Role,
    trust: Trust,
    at: Micros,
) -> PinnedKey:
    if not signature.fingerprint:
        raise NotVerified("malformed", "the signature does not name the fingerprint of its key")
    pin = trust.key(owner, role, PGP + signature.fingerprint, at)
    signatures.verify(signature, certificates.pinned(pin), payload)
    ends = signature.ends(signatures.SIGNATURE_ENDS, signature.created)
    if ends is not None and at >= ends * SECOND:
        raise NotVerified("expired", "the signature says itself that it counts no longer")
    return pin
