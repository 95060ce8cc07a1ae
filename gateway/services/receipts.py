"""Acknowledgements: a positive one wins from any state, a negative one only against the sealing
that is on its way now (design 4, promise C)."""

from dataclasses import dataclass, replace

from gateway.domain.canonical import digest
from gateway.domain.delivery import Delivery, Event, Note, State, Step, apply
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.records import InboundRecord, ManifestRecord, Receipt
from gateway.domain.statements import About, Ack
from gateway.domain.times import Micros, duration
from gateway.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about, as we sealed it; `sealing` is the number of the parcel named."""

    delivery: Delivery
    record: ManifestRecord
    manifest: Manifest
    sealing: int


def subject_of(uow: UnitOfWork, partner: str, about: About, table: str = "") -> Subject:
    """Find what was sealed for this partner under this parcel digest. `table` is the delivery
    that a table names in place of a parcel.

    Raises NotVerified: unknown-parcel (never sealed for this partner, R4), wrong-object (the
    manifest, epoch or sequence named is not that parcel's).
    """
    if not about.parcel:
        return _of_table(uow, partner, table, about.manifest)
    found = uow.deliveries.sealing_of_parcel(partner, about.parcel)
    record = uow.deliveries.manifest(found[0]) if found else None
    if found is None or record is None:
        raise NotVerified("unknown-parcel", "no parcel of this digest was sealed for this partner")
    named = (about.manifest, about.epoch, about.sequence)
    if about.manifest and named != (record.digest, record.epoch, record.sequence):
        raise NotVerified("wrong-object", f"not the manifest of delivery {record.delivery}")
    delivery = uow.deliveries.delivery(found[0])
    return Subject(delivery, record, read_manifest(record.body), found[1])


def _of_table(uow: UnitOfWork, partner: str, delivery_id: str, manifest: str) -> Subject:
    record = uow.deliveries.manifest(delivery_id)
    if record is None or record.partner != partner:
        raise NotVerified("unknown-parcel", "no such delivery was sealed for this partner")
    if record.digest != manifest:
        raise NotVerified("wrong-object", f"not the manifest of delivery {record.delivery}")
    delivery = uow.deliveries.delivery(delivery_id)
    return Subject(delivery, record, read_manifest(record.body), delivery.sealing)


def record_ack(uow: UnitOfWork, kept: InboundRecord, kid: str, ack: Ack, now: Micros) -> str:
    """Record a verified acknowledgement and what it does to its delivery.

    Returns a note: "", old-sealing, conflict, settled (nothing new), checkpoint-mismatch. Raises
    NotVerified (subject_of).
    """
    subject = subject_of(uow, kept.partner, ack.about)
    step, note = _take(subject, ack, kept.received_at)
    echoed = _echo(subject.manifest, ack)
    receipt = Receipt(
        statement=kept.digest,
        delivery=subject.delivery.id,
        result=ack.result,
        reason=str(ack.reason) if ack.reason is not None else "",
        kid=kid,
        said_at=ack.at,
        received_at=kept.received_at,
        counted=not note,
        late=is_late(subject, kept.received_at),
    )
    event = _event(subject, step, receipt, note, echoed, now)
    if step is not None:
        uow.save(step.delivery, event)
    uow.save(receipt, event)
    return note or echoed


def _take(subject: Subject, ack: Ack, at: Micros) -> tuple[Step | None, str]:
    """The step of the state machine, and why the receipt does not count, "" where it does."""
    delivery = subject.delivery
    if ack.result == "positive":
        step = apply(delivery, Event.ACK_POSITIVE, at)
        # nothing is owed any more; due_at of an acknowledged delivery marks a parcel asked again
        settled = replace(step.delivery, due_at=0) if step.changed else step.delivery
        return replace(step, delivery=settled), "" if step.changed else "settled"
    if subject.sealing != delivery.sealing:
        return None, "old-sealing"
    reason = str(ack.reason) if ack.reason is not None else ""
    step = apply(delivery, Event.ACK_NEGATIVE, at, reason)
    if step.note is Note.CONFLICT:
        return step, "conflict"
    return step, "" if step.delivery.state is State.REJECTED and step.changed else "settled"


def _echo(manifest: Manifest, ack: Ack) -> str:
    """Whether the partner saw the history that we showed it (design 3); a receipt without an echo
    says nothing about it."""
    same = ack.checkpoint in ("", digest(manifest.checkpoint.encode()))
    return "" if same else "checkpoint-mismatch"


def is_late(subject: Subject, received: Micros) -> bool:
    """Whether it came after the operator's term; nothing is late for a voluntary partner, and the
    time is ours, never the signer's (R5)."""
    start = subject.delivery.handed_over_at
    if start is None or subject.manifest.basis != "mandatory":
        return False
    return received > start + duration(subject.manifest.respond_within)


def _event(
    subject: Subject, step: Step | None, receipt: Receipt, note: str, echoed: str, now: Micros
) -> LedgerEvent:
    facts = {
        "delivery": receipt.delivery,
        "partner": subject.record.partner,
        "statement": receipt.statement,
        "manifest": subject.record.digest,
        "result": receipt.result,
        "kid": receipt.kid,
        "sealing": subject.sealing,
        "counted": receipt.counted,
        "late": receipt.late,
        "from": str(subject.delivery.state),
        "state": str(step.delivery.state if step else subject.delivery.state),
    }
    facts |= {"reason": receipt.reason} if receipt.reason else {}
    facts |= {"note": note} if note else {}
    facts |= {"alert": echoed} if echoed else {}
    return LedgerEvent(
        Tag.RECEIPT_CONFLICT if note == "conflict" else Tag.RECEIPT_RECORD, now, facts
    )
