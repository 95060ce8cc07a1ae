"""Who signed the manifest in a sealed parcel, and signing it anew where that key counts no more.

The stored manifest and its first signature are the evidence, as of their leaf, and never change. A
parcel that has not left when the key was revoked or ended would be refused by its partner, so the
next sealing of the same manifest carries a signature by the key that counts now.
"""

from dataclasses import replace

from gateway.domain.errors import NotVerified
from gateway.domain.ids import Envelope
from gateway.domain.records import ManifestRecord
from gateway.domain.times import Micros
from gateway.domain.trust import SIGNS_WITH, Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.ports import Keyring, Signatures
from gateway.services.exposure import signer_of

_FORM = SIGNS_WITH[Envelope.JOSE]


def counts(trust: Trust, record: ManifestRecord, sealed_at: Micros, now: Micros) -> bool:
    """Whether the key that signed the manifest in a sealing of that moment is valid now."""
    key = _signer(trust, record, sealed_at)
    return key is not None and key.valid_at(now)


def _signer(trust: Trust, record: ManifestRecord, sealed_at: Micros) -> PinnedKey | None:
    """The key of the stored signature while it was valid, then the newest one of that moment."""
    kid = signer_of(record.jws)
    first = next((key for key in trust.keys if key.kid == kid), None)
    if first is not None and first.valid_at(sealed_at):
        return first
    owner = Owner(OwnerKind.GATEWAY, trust.gateway)
    try:
        return trust.newest(owner, Role.MANIFEST, sealed_at, _FORM)
    except NotVerified:
        return None


def signed_now(
    record: ManifestRecord, trust: Trust, keyring: Keyring, signatures: Signatures, now: Micros
) -> ManifestRecord:
    """The record with a signature that counts now: its own, or a new one for the parcel alone.

    Raises NotVerified("no-key") where the gateway has no manifest key.
    """
    kid = signer_of(record.jws)
    if any(key.kid == kid and key.valid_at(now) for key in trust.keys):
        return record
    signer = keyring.signer(Role.MANIFEST, now)
    return replace(record, jws=signatures.sign_detached(record.body, "manifest", signer))
