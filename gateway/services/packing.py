"""A manifest and its slice as one sealed parcel, in a partner's envelope (design 3)."""

from dataclasses import dataclass

from gateway.domain import parcel
from gateway.domain.ids import Envelope
from gateway.domain.parcel import Contents
from gateway.domain.records import ManifestRecord
from gateway.domain.times import Micros
from gateway.domain.trust import COUNTERSIGNS_WITH, PinnedKey, Role
from gateway.ports import Keyring, Sealer


@dataclass(frozen=True, slots=True)
class Packer:
    """Makes parcels. What the partner's own tool verifies is signed anew for each sealing: the
    manifest and its JWS are what counts as evidence, and they never change."""

    keyring: Keyring
    sealer: Sealer

    def parcel(
        self,
        record: ManifestRecord,
        entries: bytes,
        envelope: Envelope,
        recipient: PinnedKey,
        at: Micros,
    ) -> bytes:
        """The sealed parcel. Raises NotVerified: no-key where the gateway has no manifest key that
        signs in this envelope's form, and those of Sealer."""
        native = b""
        if envelope in parcel.NATIVE:
            signer = self.keyring.signer(Role.MANIFEST, at, COUNTERSIGNS_WITH[envelope])
            native = self.sealer.countersign(record.body, envelope, signer)
        contents = Contents(record.body, record.jws, entries, record.salt, native)
        return self.sealer.seal(parcel.pack(contents, envelope), envelope, recipient)
