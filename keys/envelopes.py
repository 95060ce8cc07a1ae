"""The three envelopes behind one door (design 3).

Which kind a parcel is, its own first bytes say, and the caller says which kinds it takes: nothing
is tried until something fits.
"""

from collections.abc import Collection

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.parcel import MAX_PARCEL
from gateway.domain.times import Micros
from gateway.domain.trust import SEALS_WITH, Owner, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import jose
from keys.keyring import Openers

MAX_PLAIN = MAX_PARCEL * 3 // 4 - jose.MAX_HEADER  # bytes; as base64 it is still within MAX_PARCEL


class EnvelopeSealer:
    """Implements ports.Sealer."""

    def countersign(self, manifest: bytes, envelope: Envelope, signer: Signer) -> bytes:
        """The detached signature of `cms` or `openpgp`. Raises NotVerified: envelope, wrong-alg."""
        raise _not_available(envelope)

    def seal(self, plaintext: bytes, envelope: Envelope, recipient: PinnedKey) -> bytes:
        """The parcel, sealed to one recipient.

        Raises NotVerified: envelope (not available), wrong-role (not a seal key), wrong-alg (a key
        of another envelope), malformed (the pin is not of one piece), too-large.
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
        raise _not_available(envelope)


def _not_available(envelope: Envelope) -> NotVerified:
    return NotVerified("envelope", f"envelope {envelope} is not available")


def open_sealed(
    data: bytes, openers: Openers, allowed: Collection[Envelope]
) -> tuple[Envelope, bytes]:
    """Kind and plaintext of a parcel sealed to one of these keys, in one of these envelopes.

    Raises NotVerified: envelope (of another kind), and those of the kind's own reader.
    """
    envelope = kind_of(data)
    if envelope not in allowed:
        known = ", ".join(sorted(allowed))
        raise NotVerified("envelope", f"expected an envelope {known}, got {envelope}")
    match envelope:
        case Envelope.JOSE:
            return envelope, jose.open_jwe(data, openers)
    raise _not_available(envelope)


def kind_of(data: bytes) -> Envelope:
    """What the first bytes say that it is. Raises NotVerified("malformed") for anything else."""
    if data[:3] == b"eyJ":  # a JSON object in base64url
        return Envelope.JOSE
    raise NotVerified("malformed", "a sealed parcel is a JWE, a CMS message or an OpenPGP message")


def verify_native(
    signature: bytes,
    manifest: bytes,
    envelope: Envelope,
    owner: Owner,
    trust: Trust,
    at: Micros,
) -> PinnedKey:
    """The manifest key of this owner that signed, in the form of `cms` or `openpgp`.

    Raises NotVerified.
    """
    raise _not_available(envelope)
