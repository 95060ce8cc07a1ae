"""A source's parcel is verified, and its list recorded: signature first, then what it says.

Checked in this order: the envelope opens with the gateway's own seal key, the ZIP is whole, the
signature is by a pinned statement key of the source; from there on the parcel is the partner's own
and gets an answer. Then: the partner is a source, names itself and this gateway, the file is the
one that was signed, the serial is new, the codes are in the lists.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.canonical import digest
from gateway.domain.codes import code_list
from gateway.domain.errors import NotVerified, Taken
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.parties import PartnerKind
from gateway.domain.records import InboundRecord, InboundState
from gateway.domain.source_list import (
    KIND,
    MAX_SEALED,
    ListContents,
    ReceivedList,
    SourceList,
    read_list,
    unpack,
)
from gateway.domain.times import Micros, to_wib
from gateway.domain.trust import Owner, OwnerKind, PinnedKey, Role, Trust
from gateway.ports import Signatures, UnitOfWork

Unseal = Callable[[bytes, str, Micros], bytes]
"""The content of a parcel that is sealed to a key of the gateway, in whatever envelope, from this
partner at this moment: what is old it may use by an exception alone.

Raises NotVerified.
"""

SAME_FILE = "same-file"
"""Note of an accepted list whose file was handed in before: it is taken once."""


@dataclass(frozen=True, slots=True)
class SignedList:
    """A parcel whose signature holds; what is signed is not read yet."""

    record: InboundRecord
    contents: ListContents
    key: PinnedKey


@dataclass(frozen=True, slots=True)
class ListReader:
    """Opens and verifies sources' parcels, and records what they say."""

    signatures: Signatures
    unseal: Unseal

    def open(self, record: InboundRecord, trust: Trust) -> SignedList:
        """Verify envelope and signature as of the moment of receipt. Raises NotVerified."""
        if len(record.body) > MAX_SEALED:
            raise NotVerified("too-large", f"a source's parcel has at most {MAX_SEALED} bytes")
        contents = unpack(self.unseal(record.body, record.partner, record.received_at))
        owner = Owner(OwnerKind.PARTNER, record.partner)
        key = self.signatures.verify_detached(
            contents.signature,
            contents.head,
            KIND,
            owner,
            Role.STATEMENT,
            trust,
            record.received_at,
        )
        return SignedList(record, contents, key)

    def check(self, signed: SignedList, gateway: str) -> SourceList:
        """What the source says, once it fits parcel and file.

        Raises NotVerified: malformed, version, issuer, audience, bad-digest, parcel.
        """
        listed, contents = read_list(signed.contents.head), signed.contents
        if listed.iss != signed.record.partner:
            raise NotVerified("issuer", "the list names another issuer than its signer")
        if listed.aud != gateway:
            raise NotVerified("audience", "the list is addressed to another gateway")
        if (listed.name, listed.size) != (contents.name, contents.size):
            raise NotVerified("bad-digest", "the file has another name or size than was signed")
        if contents.copy() != listed.digest:
            raise NotVerified("bad-digest", "the file is not the one that was signed")
        return listed


def record_list(uow: UnitOfWork, signed: SignedList, listed: SourceList, now: Micros) -> str:
    """Record a checked list; a note for people, "" where nothing is special about it.

    Raises NotVerified: not-a-source, replayed, old-serial, unknown-code, evidence-date. Raises
    Taken while an earlier parcel of the source is not judged yet.
    """
    record = signed.record
    if uow.registry.partner(record.partner).kind is not PartnerKind.SOURCE:
        raise NotVerified("not-a-source", f"partner {record.partner} hands in no lists")
    _require_first(uow, record)
    provenance = digest(signed.contents.signature)
    _require_new(uow, listed, provenance)
    _check_defaults(uow, listed, now)
    note = SAME_FILE if _is_known(uow, listed.digest) else ""
    received = ReceivedList(
        id=0,
        partner=record.partner,
        serial=listed.serial,
        parcel=record.digest,
        provenance=provenance,
        head=signed.contents.head,
        jws=signed.contents.signature,
        kid=signed.key.kid,
        file=listed.digest,
        received_at=record.received_at,
    )
    event = LedgerEvent(Tag.LIST_RECORD, now, _facts(received, listed.size, note))
    uow.inbox.source_lists.add(received, event)
    return note


def _facts(received: ReceivedList, size: int, note: str) -> dict[str, object]:
    return {
        "partner": received.partner,
        "statement": received.parcel,
        "list": received.provenance,
        "file": received.file,
        "bytes": size,
        "serial": received.serial,
        "kid": received.kid,
    } | ({"note": note} if note else {})


def _require_first(uow: UnitOfWork, record: InboundRecord) -> None:
    """With several workers a later serial may be looked at first, and the earlier one would then be
    refused for good."""
    waiting = uow.inbox.listing(record.partner, (InboundState.PENDING,))
    if any(one.id < record.id and one.kind == "parcel" for one in waiting):
        raise Taken(
            f"inbound {record.id}: an earlier parcel of {record.partner} is not judged yet",
            hint="another worker has it; the next round judges this one",
        )


def _require_new(uow: UnitOfWork, listed: SourceList, provenance: str) -> None:
    """One list counts once, whatever envelope it comes in, and none after a later one."""
    if uow.inbox.source_lists.by_provenance(provenance) is not None:
        raise NotVerified("replayed", "this list was handed in before, in another envelope")
    last = uow.inbox.source_lists.newest(listed.iss)
    if last is not None and listed.serial <= last.serial:
        raise NotVerified("old-serial", f"serial {listed.serial} is not above {last.serial}")


def _check_defaults(uow: UnitOfWork, listed: SourceList, now: Micros) -> None:
    for kind, text in (("categories", listed.category), ("channels", listed.channel)):
        if text and code_list(uow.registry.reference(kind, now)).code_for(text) is None:
            raise NotVerified("unknown-code", f"a word of the list is not in table {kind}")
    if listed.evidence_date > to_wib(now).date().isoformat():
        raise NotVerified("evidence-date", "the evidence date lies in the future")


def _is_known(uow: UnitOfWork, file: str) -> bool:
    taken = uow.lists.intake_by_digest(file) is not None
    return taken or any(one.file == file for one in uow.inbox.source_lists.all())
