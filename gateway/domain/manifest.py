"""The manifest: the signed head of a slice (design 8). One manifest, one digest, for life."""

from dataclasses import dataclass
from typing import Literal

from gateway.domain import fields
from gateway.domain.canonical import Json, JsonObject, decode, digest, encode, is_digest
from gateway.domain.entries import MAX_ENTRIES
from gateway.domain.errors import InputError, NotVerified
from gateway.domain.ids import DeliveryId, is_partner_id
from gateway.domain.times import Micros, duration, to_wire

ENTRIES_NAME = "entries.csv"
VOLUNTARY_NOTICE = "This list is no order. Silence has no consequence."
"""Said in every voluntary manifest: a consenting partner is not obliged (design 1, Slice)."""

Basis = Literal["mandatory", "voluntary"]


@dataclass(frozen=True, slots=True)
class Void:
    """A sealed sequence that will never be delivered; declared so that the gap is not a loss
    (promise E)."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class EntriesHead:
    """What the manifest says of entries.csv: size in bytes, salted digest, tree root."""

    bytes: int
    digest: str
    root: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All signed facts of a slice; the field names are those of the JSON document.

    `previous` is the digest of the partner's manifest before this one, "" for the first of an
    epoch. `consent` is the digest of the OTT's consent statement, "" for an operator. `checkpoint`
    is the latest signed note of the ledger, whole, so that every honest partner pins history.
    `rehearsal` marks a parcel of the self-test ladder (docs/adr/0009): always a test, taken only
    before the first real delivery, and never kept beside real ones.
    """

    gateway: str
    partner: str
    epoch: int
    sequence: int
    previous: str
    kind: Literal["delta", "snapshot"]
    voids: tuple[Void, ...]
    delivery: DeliveryId
    basis: Basis
    consent: str
    test: bool
    block: int
    unblock: int
    entries: EntriesHead
    released: Micros
    issued: Micros
    respond_within: str
    checkpoint: str
    identifier: str = "e164"
    rehearsal: bool = False

    @property
    def batch(self) -> int:
        """The batch number; the higher one wins per number (design 3)."""
        return self.delivery.batch

    @property
    def count(self) -> int:
        """Entries in the slice."""
        return self.block + self.unblock

    def to_bytes(self) -> bytes:
        """The exact bytes that are signed."""
        return encode(_document(self))

    def digest(self) -> str:
        """The manifest's digest, its name for life."""
        return digest(self.to_bytes())


def _document(manifest: Manifest) -> JsonObject:
    document: JsonObject = {
        "v": 1,
        "typ": "manifest",
        "gateway": manifest.gateway,
        "partner": manifest.partner,
        "epoch": manifest.epoch,
        "sequence": manifest.sequence,
        "kind": manifest.kind,
        "voids": [[void.sequence, void.digest] for void in manifest.voids],
        "delivery": str(manifest.delivery),
        "batch": manifest.batch,
        "basis": manifest.basis,
        "identifier": manifest.identifier,
        "test": manifest.test,
        "counts": _counts(manifest),
        "entries": {
            "name": ENTRIES_NAME,
            "bytes": manifest.entries.bytes,
            "digest": manifest.entries.digest,
            "root": manifest.entries.root,
        },
        "released": to_wire(manifest.released),
        "issued": to_wire(manifest.issued),
        "checkpoint": manifest.checkpoint,
    }
    return document | _partner_members(manifest)


def _counts(manifest: Manifest) -> JsonObject:
    names = ("listed", "delisted") if manifest.basis == "voluntary" else ("block", "unblock")
    return {names[0]: manifest.block, names[1]: manifest.unblock}


def _partner_members(manifest: Manifest) -> JsonObject:
    """Members that differ by basis; a voluntary slice speaks of a target and says that it is no
    order."""
    members: JsonObject = {"previous": manifest.previous} if manifest.previous else {}
    if manifest.rehearsal:
        members["rehearsal"] = True
    if manifest.basis == "voluntary":
        return members | {
            "consent": manifest.consent,
            "target": manifest.respond_within,
            "notice": VOLUNTARY_NOTICE,
        }
    return members | {"respond_within": manifest.respond_within}


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest's bytes strictly. Raises NotVerified("malformed" | "version")."""
    document = decode(data, what="manifest.json")
    fields.version(document)
    fields.one_of(document, "typ", ("manifest",))
    basis: Basis = (
        "voluntary"
        if fields.one_of(document, "basis", ("mandatory", "voluntary")) == "voluntary"
        else "mandatory"
    )
    block, unblock = _read_counts(document, basis)
    manifest = Manifest(
        gateway=fields.text(document, "gateway", most=64),
        partner=_read_partner(document),
        epoch=fields.whole(document, "epoch", least=1),
        sequence=fields.whole(document, "sequence", least=1),
        previous=fields.optional_sha256(document, "previous"),
        kind="snapshot"
        if fields.one_of(document, "kind", ("delta", "snapshot")) == "snapshot"
        else "delta",
        voids=fields.array(document, "voids", _read_void, most=100_000),
        delivery=_read_delivery(document),
        basis=basis,
        consent=fields.sha256(document, "consent") if basis == "voluntary" else "",
        test=fields.boolean(document, "test"),
        block=block,
        unblock=unblock,
        entries=_read_entries(fields.member(document, "entries")),
        released=fields.moment(document, "released"),
        issued=fields.moment(document, "issued"),
        respond_within=_read_term(document, "target" if basis == "voluntary" else "respond_within"),
        checkpoint=fields.text(document, "checkpoint"),
        identifier=fields.one_of(document, "identifier", ("e164",)),
        rehearsal="rehearsal" in document and fields.boolean(document, "rehearsal"),
    )
    _check_agreement(manifest, document)
    return manifest


def _read_counts(document: JsonObject, basis: Basis) -> tuple[int, int]:
    counts = fields.member(document, "counts")
    names = ("listed", "delisted") if basis == "voluntary" else ("block", "unblock")
    block, unblock = fields.whole(counts, names[0]), fields.whole(counts, names[1])
    if block + unblock > MAX_ENTRIES:
        raise NotVerified("malformed", f"member 'counts': at most {MAX_ENTRIES} entries")
    return block, unblock


def _read_partner(document: JsonObject) -> str:
    partner = document.get("partner")
    if not isinstance(partner, str) or not is_partner_id(partner):
        raise NotVerified("malformed", "member 'partner': expected a partner id")
    return partner


def _read_void(item: Json) -> Void:
    if isinstance(item, list) and len(item) == 2:
        sequence, void = item
        if type(sequence) is int and sequence > 0 and is_digest(void):
            return Void(sequence, void)
    raise NotVerified("malformed", "member 'voids': expected pairs of sequence and digest")


def _read_delivery(document: JsonObject) -> DeliveryId:
    try:
        return DeliveryId.parse(document.get("delivery"))
    except InputError as error:
        raise NotVerified("malformed", f"member 'delivery': {error}") from None


def _read_entries(document: JsonObject) -> EntriesHead:
    fields.one_of(document, "name", (ENTRIES_NAME,))
    return EntriesHead(
        bytes=fields.whole(document, "bytes"),
        digest=fields.sha256(document, "digest"),
        root=fields.sha256(document, "root"),
    )


def _read_term(document: JsonObject, name: str) -> str:
    term = fields.text(document, name, most=32)
    duration(term)
    return term


def _check_agreement(manifest: Manifest, document: JsonObject) -> None:
    """Members that say one thing twice must agree, or two readers would see two manifests."""
    if manifest.delivery.partner != manifest.partner:
        raise NotVerified("malformed", "member 'delivery' names another partner than 'partner'")
    if fields.whole(document, "batch", least=1) != manifest.delivery.batch:
        raise NotVerified("malformed", "member 'batch' differs from the batch in 'delivery'")
    if manifest.rehearsal and not manifest.test:
        raise NotVerified("malformed", "member 'rehearsal': only a test is one")
    if (manifest.sequence == 1) != (manifest.previous == ""):
        raise NotVerified("malformed", "member 'previous': due from sequence 2 on, and only then")
