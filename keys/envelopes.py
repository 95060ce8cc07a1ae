"""The three envelopes behind one door (design 3).

Which kind a parcel is, its own first bytes say, and the caller says which kinds it takes: nothing
is tried until something fits.
"""

from collections.abc import Collection

from gateway.domain.cms import text as cms_text
from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.openpgp import armor as openpgp_armor
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.times import Micros
from gateway.domain.trust import COUNTERSIGNS_WITH, SEALS_WITH, Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import cms_sealed, cms_signed, jose, openpgp
from keys.exceptions import Weakness
from keys.keyring import Openers

MAX_PLAIN = MAX_PARCEL * 3 // 4 - jose.MAX_HEADER  # bytes; as base64 it is still within MAX_PARCEL

_JSON = b"eyJ"  # a JSON object in base64url
_SEQUENCE = 0x30
_SESSION_KEYS = frozenset({0x84, 0x85, 0x86, 0xC1})
"""First bytes of an OpenPGP message: a packet of tag 1 in either format (RFC 9580 4.2)."""


class EnvelopeSealer:
    """Implements ports.Sealer."""

    def countersign(self, manifest: bytes, envelope: Envelope, signer: Signer) -> bytes:
        """The detached signature of `cms` or `openpgp`. Raises NotVerified("wrong-alg")."""
        if signer.alg not in COUNTERSIGNS_WITH[envelope]:
            raise NotVerified(
                "wrong-alg", f"key {signer.kid} is an {signer.alg} key; {envelope} has others"
            )
        if envelope is Envelope.CMS:
            return cms_signed.sign_detached(manifest, signer)
        return openpgp.sign_detached(manifest, signer)

    def seal(self, plaintext: bytes, envelope: Envelope, recipient: PinnedKey) -> bytes:
        """The parcel, sealed to one recipient.

        Raises NotVerified: wrong-role (not a seal key), wrong-alg (a key of another envelope),
        malformed (the pin is not of one piece), too-large.
        """
        if recipient.role is not Role.SEAL:
            raise NotVerified("wrong-role", f"key {recipient.kid} is no seal key")
        if recipient.alg not in SEALS_WITH[envelope]:
            raise NotVerified(
                "wrong-alg", f"key {recipient.kid} is an {recipient.alg} key; {envelope} has others"
            )
        if len(plaintext) > MAX_PLAIN:
            raise NotVerified("too-large", f"a parcel has at most {MAX_PLAIN} bytes before sealing")
        match envelope:
            case Envelope.JOSE:
                return jose.seal(plaintext, recipient)
            case Envelope.CMS:
                return cms_sealed.seal(plaintext, recipient)
            case Envelope.OPENPGP:
                return openpgp.seal(plaintext, recipient)


def open_sealed(
    data: bytes,
    openers: Openers,
    allowed: Collection[Envelope],
    exceptions: Collection[Weakness] = (),
) -> tuple[Envelope, bytes]:
    """Kind and plaintext of a parcel sealed to one of these keys, in one of these envelopes.

    `exceptions` is what the sender may use beyond the policy (keys/exceptions.py). Raises
    NotVerified: envelope (of another kind), and those of the kind's own reader.
    """
    if len(data) > MAX_PARCEL:
        raise NotVerified("malformed", f"a sealed parcel has at most {MAX_PARCEL} bytes")
    envelope = kind_of(data)
    if envelope not in allowed:
        known = ", ".join(sorted(allowed))
        raise NotVerified("envelope", f"expected an envelope {known}, got {envelope}")
    match envelope:
        case Envelope.JOSE:
            return envelope, jose.open_jwe(data, openers)
        case Envelope.CMS:
            return envelope, cms_sealed.open_cms(data, openers, exceptions)
        case Envelope.OPENPGP:
            return envelope, openpgp.open_sealed(data, openers)


def kind_of(data: bytes) -> Envelope:
    """What the first bytes say that it is. Raises NotVerified("malformed") for anything else."""
    if data.startswith(_JSON):
        return Envelope.JOSE
    if data[:1] and (data[0] == _SEQUENCE or cms_text.is_text(data)):
        return Envelope.CMS
    if data[:1] and (data[0] in _SESSION_KEYS or openpgp_armor.is_armored(data)):
        return Envelope.OPENPGP
    raise NotVerified("malformed", "a sealed parcel is a JWE, a CMS message or an OpenPGP message")


def verify_native(
    signature: bytes, manifest: bytes, envelope: Envelope, owner: Owner, trust: Trust, at: Micros
) -> PinnedKey:
    """The manifest key of this owner that signed, in the form of `cms` or `openpgp`.

    Raises NotVerified.
    """
    verify = cms_signed.verify_detached if envelope is Envelope.CMS else openpgp.verify_detached
    return verify(signature, manifest, owner, Role.MANIFEST, trust, at)
