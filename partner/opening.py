"""Opening a parcel: checks 1 to 18, on the parcel alone; 19 to 23 are in history.py.

 1. size       at most MAX_PARCEL bytes                                        malformed
 2. envelope   opens with an own seal key                                      cant-open
 3. ZIP        exactly the members of its envelope, within their limits         malformed
 4. signature  detached JWS, and in cms and openpgp the native one, each by a pinned manifest key of
               the gateway that is valid now                                   bad-signature
 5. manifest   reads strictly                                                  malformed
 6. partner    is me: a parcel re-encrypted to another partner ends here       wrong-partner
 7. gateway    the one named is the one that signed                            bad-signature
 8. test       a test parcel only to a test partner, a live one only to a live,
               but a rehearsal (a test) to both, before the first delivery     test-mismatch
 9. basis      mandatory for an operator, voluntary for an OTT                 malformed
10. kind       delta; a snapshot is not known to this kit                      malformed
11. checkpoint a note signed by the gateway's checkpoint key                   checkpoint
12. size       of entries.csv is the signed one                                bad-digest
13. digest     of slice.salt || entries.csv is the signed one                  bad-digest
14. root       of the tree over the entries is the signed one                  bad-digest
15. entries    read strictly, numbered from 1                                  malformed
16. counts     are the signed ones                                             malformed
17. words      block/unblock in an order, listed/delisted in a voluntary slice malformed
18. numbers    each stands once: two orders for one number are none            malformed

The manifest is trusted from check 4 on, and what it vouches for from 14 on. A document that fails
is not stored (threats.md D10).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from operator import ne

from gateway.domain import entries as csv
from gateway.domain import parcel
from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope
from gateway.domain.ledger import Checkpoint, read_checkpoint
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.parcel import Contents
from gateway.domain.statements import Reason
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role, Trust
from keys.envelopes import open_sealed, verify_native
from keys.jws import JoseSignatures
from keys.keyring import Openers
from keys.notes import C2spNotes
from partner.identity import Identity
from partner.refusal import ParcelRefused, check, need


@dataclass(frozen=True, slots=True)
class Opened:
    """A parcel whose checks 1 to 18 hold. `parcel` and `digest` name parcel and manifest.

    `actions` counts its entries by action; the entries themselves are read from `contents`.
    """

    parcel: str
    digest: str
    manifest: Manifest
    contents: Contents
    actions: dict[str, int]
    checkpoint: Checkpoint

    @property
    def entries(self) -> int:
        """How many there are."""
        return sum(self.actions.values())


@dataclass(frozen=True, slots=True)
class Reader:
    """What opening needs: who we are, our seal keys, the gateway's pins."""

    identity: Identity
    openers: Openers
    pins: Trust

    def open(self, data: bytes, at: Micros) -> Opened:
        """Verify a parcel. Raises ParcelRefused, NotVerified where an own key can't be used."""
        manifest = None
        try:
            envelope, contents = self._unseal(data)
            manifest = self._manifest(envelope, contents, at)
            self._for_me(manifest)
            checkpoint = self._checkpoint(manifest)
            actions = _entries(manifest, contents)
        except ParcelRefused as refused:
            refused.parcel, refused.manifest = digest(data), manifest
            raise
        names = digest(data), digest(contents.manifest)
        return Opened(*names, manifest, contents, actions, checkpoint)

    def _unseal(self, data: bytes) -> tuple[Envelope, Contents]:
        # 1. size
        with check(1, Reason.MALFORMED):
            need(len(data) <= parcel.MAX_PARCEL, f"at most {parcel.MAX_PARCEL} bytes")
        # 2. envelope
        with check(2, Reason.CANT_OPEN):
            envelope, plain = open_sealed(data, self.openers, self.identity.envelopes)
        # 3. ZIP
        with check(3, Reason.MALFORMED):
            return envelope, parcel.unpack(plain, envelope)

    def _manifest(self, envelope: Envelope, contents: Contents, at: Micros) -> Manifest:
        # 4. signature
        with check(4, Reason.BAD_SIGNATURE):
            JoseSignatures().verify_detached(
                contents.signature,
                contents.manifest,
                "manifest",
                self._gateway(),
                Role.MANIFEST,
                self.pins,
                at,
            )
            self._native(envelope, contents, at)
        # 5. manifest
        with check(5, Reason.MALFORMED):
            return read_manifest(contents.manifest)

    def _native(self, envelope: Envelope, contents: Contents, at: Micros) -> None:
        """What a partner with stock tools would see must be what this kit sees."""
        if envelope is not Envelope.JOSE:
            verify_native(
                contents.native, contents.manifest, envelope, self._gateway(), self.pins, at
            )

    def _for_me(self, manifest: Manifest) -> None:
        me = self.identity
        # 6. partner
        with check(6, Reason.WRONG_PARTNER):
            need(manifest.partner == me.id, f"a parcel for {me.id}, it is for {manifest.partner}")
        # 7. gateway
        with check(7, Reason.BAD_SIGNATURE):
            need(manifest.gateway == self.pins.gateway, f"a parcel of {self.pins.gateway}")
        # 8. test
        with check(8, Reason.TEST_MISMATCH):
            fits = manifest.test == me.card.test or manifest.rehearsal
            need(fits, "test parcels for test partners, live for live")
        # 9. basis
        with check(9, Reason.MALFORMED):
            need(manifest.basis == me.basis, f"a {me.basis} slice, as {me.id} is of that kind")
        # 10. kind
        with check(10, Reason.MALFORMED):
            need(manifest.kind == "delta", "a delta; this kit does not know snapshots")

    def _checkpoint(self, manifest: Manifest) -> Checkpoint:
        # 11. checkpoint: the note lies inside the signed manifest, so the time of its key is the
        # manifest's own; a note may be older than the last change of keys
        with check(11, Reason.CHECKPOINT):
            body, _key = C2spNotes().verify(
                manifest.checkpoint,
                self.pins.gateway,
                self._gateway(),
                self.pins,
                manifest.issued,
            )
            return read_checkpoint(body)

    def _gateway(self) -> Owner:
        return Owner(OwnerKind.GATEWAY, self.pins.gateway)


def _entries(manifest: Manifest, contents: Contents) -> dict[str, int]:
    """How many entries of each action; no list of them is held: 50 MB would become 200."""
    head, data = manifest.entries, contents.entries
    # 12. size
    with check(12, Reason.BAD_DIGEST):
        need(len(data) == head.bytes, f"entries.csv of {head.bytes} bytes, it has {len(data)}")
    # 13. digest
    with check(13, Reason.BAD_DIGEST):
        need(csv.salted_digest(contents.salt, data) == head.digest, "the signed entries digest")
    # 14. root
    with check(14, Reason.BAD_DIGEST):
        need(csv.root_of(contents.salt, data) == head.root, "the signed entries root")
    # 15. entries
    with check(15, Reason.MALFORMED):
        numbers, actions = csv.survey(data)
    _agree(manifest, actions, numbers)
    return actions


def _agree(manifest: Manifest, actions: dict[str, int], numbers: Sequence[int]) -> None:
    voluntary = manifest.basis == "voluntary"
    on, off = (csv.LISTED, csv.DELISTED) if voluntary else (csv.BLOCK, csv.UNBLOCK)
    # 16. counts
    with check(16, Reason.MALFORMED):
        blocks = actions.get(csv.BLOCK, 0) + actions.get(csv.LISTED, 0)
        need(
            (blocks, len(numbers) - blocks) == (manifest.block, manifest.unblock),
            f"{manifest.block} and {manifest.unblock} entries, as the manifest counts them",
        )
    # 17. words
    with check(17, Reason.MALFORMED):
        need(set(actions) <= {on, off}, f"only {on} and {off} in a {manifest.basis} slice")
    # 18. numbers
    with check(18, Reason.MALFORMED):
        need(_are_distinct(numbers), "each number once in a slice")


def _are_distinct(numbers: Sequence[int]) -> bool:
    """Compared as a sorted list, which takes half the room of a set; they come sorted mostly."""
    ordered = sorted(numbers)
    return all(map(ne, ordered, islice(ordered, 1, None)))
