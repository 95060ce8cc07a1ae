"""A gateway and a partner with keys of one envelope; `python -m bench.envelopes_sides KIND seal
SIZE` says how many bytes of memory one parcel takes beside itself (Linux only: VmHWM)."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from bench.processes import peak_of
from gateway.domain import entries, parcel
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.manifest import read_manifest
from gateway.domain.times import DAY
from gateway.domain.trust import Algorithm, Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.ports import Signer
from keys import openpgp_certify
from keys.envelopes import EnvelopeSealer, open_sealed, verify_native
from keys.files import Opener
from keys.generate import generate
from keys.jwk import pinned_key
from keys.jws import JoseSignatures
from keys.keyring import KeyOpeners
from keys.native_signers import native_signer
from keys.raw import PrivateSigner

_NOW, _UNTIL = DAY, 365 * DAY
_GATEWAY = Owner(OwnerKind.GATEWAY, "bench")
_PARTNER = Owner(OwnerKind.PARTNER, "opr-uji-a")

KINDS = {
    "jose, X25519": (Envelope.JOSE, Algorithm.ECDH_X25519),
    "cms, P-256": (Envelope.CMS, Algorithm.ECDH_P256),
    "cms, RSA-3072": (Envelope.CMS, Algorithm.RSA_OAEP),
    "openpgp, Curve25519": (Envelope.OPENPGP, Algorithm.OPENPGP),
}
"""Envelope and seal key of each."""


@dataclass(frozen=True, slots=True)
class Side:
    """Both sides of one kind."""

    name: str
    envelope: Envelope
    signers: tuple[Signer, ...]  # of the JWS, and of the envelope's own form
    recipient: PinnedKey
    openers: KeyOpeners
    trust: Trust

    @classmethod
    def make(cls, name: str) -> Side:
        """Fresh keys of a kind."""
        envelope, algorithm = KINDS[name]
        recipient, opener = _seal_key(algorithm)
        signing = generate(Algorithm.ED25519)
        pins = [recipient, pinned_key(signing.public_key(), _GATEWAY, Role.MANIFEST, 0, _UNTIL)]
        signers: list[Signer] = [PrivateSigner(signing)]  # type: ignore[arg-type]  # a signing key
        if envelope is not Envelope.JOSE:
            native, pin = native_signer(envelope, _GATEWAY, 0, _UNTIL)
            signers.append(native)
            pins.append(pin)
        trust = Trust("bench", pins)
        return cls(name, envelope, tuple(signers), recipient, KeyOpeners(opener), trust)

    def pack(self, manifest: bytes, data: bytes, salt: bytes) -> bytes:
        """The ZIP, with its signatures."""
        jws, native = self._signatures(manifest)
        return parcel.pack(parcel.Contents(manifest, jws, data, salt, native), self.envelope)

    def _signatures(self, manifest: bytes) -> tuple[bytes, bytes]:
        first, *rest = self.signers
        jws = JoseSignatures().sign_detached(manifest, "manifest", first)
        native = [EnvelopeSealer().countersign(manifest, self.envelope, one) for one in rest]
        return jws, b"".join(native)

    def seal(self, packed: bytes, manifest: bytes) -> tuple[bytes, bytes, bytes]:
        """Sealed parcel and the two signatures of a manifest."""
        sealed = EnvelopeSealer().seal(packed, self.envelope, self.recipient)
        digest(sealed)
        return sealed, *self._signatures(manifest)

    def open(self, made: tuple[bytes, bytes, bytes], manifest: bytes) -> bytes:
        """The ZIP again, after both signatures held."""
        sealed, jws, native = made
        digest(sealed)
        _envelope, packed = open_sealed(sealed, self.openers, [self.envelope])
        self._verify(manifest, jws, native)
        return packed

    def _verify(self, manifest: bytes, jws: bytes, native: bytes) -> None:
        JoseSignatures().verify_detached(
            jws, manifest, "manifest", _GATEWAY, Role.MANIFEST, self.trust, _NOW
        )
        if native:
            verify_native(native, manifest, self.envelope, _GATEWAY, self.trust, _NOW)

    def seal_all(self, manifest: bytes, data: bytes, salt: bytes) -> bytes:
        """From entries.csv to the sealed parcel, as the gateway does it."""
        entries.salted_digest(salt, data)
        entries.root_of(salt, data)
        packed = self.pack(manifest, data, salt)
        sealed = EnvelopeSealer().seal(packed, self.envelope, self.recipient)
        digest(sealed)
        return sealed

    def open_all(self, sealed: bytes) -> int:
        """From the sealed parcel to entries that were verified and read; how many."""
        digest(sealed)
        _envelope, packed = open_sealed(sealed, self.openers, [self.envelope])
        found = parcel.unpack(packed, self.envelope)
        self._verify(found.manifest, found.signature, found.native)
        head = read_manifest(found.manifest).entries
        if entries.salted_digest(found.salt, found.entries) != head.digest:
            raise AssertionError("the digest must hold")
        if entries.root_of(found.salt, found.entries) != head.root:
            raise AssertionError("the root must hold")
        return sum(1 for _ in entries.iterate(found.entries))


def _seal_key(algorithm: Algorithm) -> tuple[PinnedKey, Opener]:
    if algorithm is not Algorithm.OPENPGP:
        key = generate(algorithm)
        pin = pinned_key(key.public_key(), _PARTNER, Role.SEAL, 0, _UNTIL)
        return pin, Opener(pin.kid, pin.alg, key)  # type: ignore[arg-type]  # a sealing key
    made = openpgp_certify.generate(Role.SEAL, _PARTNER.id, _NOW)
    pin = PinnedKey(made.kid, _PARTNER, Role.SEAL, algorithm, made.public, 0, _UNTIL)
    return pin, Opener(made.kid, algorithm, made.key)  # type: ignore[arg-type]  # a sealing key


def main() -> None:
    """Get ready with something small, then measure the large one."""
    kind, what, size = sys.argv[1:]
    side, manifest = Side.make(kind), b"{}"
    small, large = os.urandom(1000), os.urandom(int(size))
    side.open(side.seal(small, manifest), manifest)
    if what == "seal":
        start, peak = peak_of(lambda: side.seal(large, manifest))
    else:
        made = side.seal(large, manifest)
        del large
        start, peak = peak_of(lambda: side.open(made, manifest))
    print(peak - start)


if __name__ == "__main__":
    main()
