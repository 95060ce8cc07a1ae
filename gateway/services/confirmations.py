"""Confirmations: per entry the highest revision counts, whatever the order of arrival (design 4).

One row that can't be ours spoils the whole statement: it is kept, nothing of it counts (R8).
"""

from collections import Counter

from gateway.domain import dispositions
from gateway.domain.consent import agrees_per_entry
from gateway.domain.errors import NotFound, NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.manifest import read_manifest
from gateway.domain.records import (
    ConfirmationRecord,
    InboundRecord,
    ManifestRecord,
    SealedEntry,
)
from gateway.domain.statements import Confirmation, ConfirmRow
from gateway.domain.times import Micros
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.ports import Signatures, UnitOfWork
from gateway.services.receipts import Subject, subject_of


def record_confirmation(
    uow: UnitOfWork,
    kept: InboundRecord,
    kid: str,
    said: Confirmation,
    signatures: Signatures,
    now: Micros,
) -> str:
    """Record a verified confirmation.

    Returns a note: "", same-content (nothing new), conflict (another one of the same revision says
    otherwise: neither counts). Raises NotVerified: unknown-parcel, wrong-object, not-agreed,
    entry-outside, wrong-action.
    """
    subject = subject_of(uow, kept.partner, said.about, said.delivery)
    if said.delivery != subject.delivery.id:
        raise NotVerified("wrong-object", "the parcel named is another delivery's")
    _check_agreed(uow, subject.record)
    check_rows(said.rows, uow.deliveries.slice(said.delivery))
    others = [c for c in uow.inbox.confirmations(said.delivery) if c.revision == said.revision]
    if any(_same_rows(uow, other, said, kept.partner, signatures) for other in others):
        return "same-content"
    record = ConfirmationRecord(
        statement=kept.digest,
        delivery=said.delivery,
        revision=said.revision,
        kid=kid,
        said_at=said.at,
        received_at=kept.received_at,
        conflict=bool(others),
    )
    uow.inbox.add_confirmation(record, said.rows, _event(subject, record, said, now))
    return "conflict" if others else ""


def _check_agreed(uow: UnitOfWork, record: ManifestRecord) -> None:
    """A word per entry is beyond a consent that promises none (design 1): it would be held, counted
    and shown to auditors though the partner never agreed to that.

    Raises NotVerified("not-agreed").
    """
    consent = read_manifest(record.body).consent
    if not consent:
        return  # mandatory: what was done is the operator's to say
    given = (c.terms.answers for c in uow.registry.consents(record.partner) if c.digest == consent)
    if not agrees_per_entry(next(given, "none")):
        raise NotVerified(
            "not-agreed", "the consent behind this delivery does not agree to answers per entry"
        )


def check_rows(rows: tuple[ConfirmRow, ...], sealed: list[SealedEntry]) -> None:
    """Every row names an entry of the slice, and says of it what can be said of its action.

    Raises NotVerified: entry-outside, wrong-action, naming the entry.
    """
    unblock = {entry.entry: entry.unblock for entry in sealed}
    for row in rows:
        if row.entry not in unblock:
            raise NotVerified(
                "entry-outside",
                f"entry {row.entry}: the slice has entries 1 to {len(unblock)}",
                row=row.entry,
            )
        if not dispositions.answers(row.disposition, unblock[row.entry]):
            asked = "unblock" if unblock[row.entry] else "block"
            raise NotVerified(
                "wrong-action",
                f"entry {row.entry}: {row.disposition} can't answer a {asked}",
                row=row.entry,
            )


def _same_rows(
    uow: UnitOfWork,
    other: ConfirmationRecord,
    said: Confirmation,
    partner: str,
    signatures: Signatures,
) -> bool:
    """Whether the earlier statement says the same of the same entries, though its bytes differ."""
    try:
        body = uow.inbox.inbound_by_digest(other.statement).body
        earlier = signatures.open_statement(
            body,
            Owner(OwnerKind.PARTNER, partner),
            Role.STATEMENT,
            uow.registry.trust(),
            other.received_at,
            uow.registry.gateway().name,
        ).statement
    except (NotFound, NotVerified):
        return False  # purged, or its key was revoked since: it can't be shown to say the same
    return isinstance(earlier, Confirmation) and sorted(earlier.rows) == sorted(said.rows)


def _event(
    subject: Subject, record: ConfirmationRecord, said: Confirmation, now: Micros
) -> LedgerEvent:
    counts = Counter(row.disposition for row in said.rows)
    facts = {
        "delivery": record.delivery,
        "partner": subject.record.partner,
        "statement": record.statement,
        "manifest": subject.record.digest,
        "revision": record.revision,
        "kid": record.kid,
        "rows": len(said.rows),
        "dispositions": dict(sorted(counts.items())),
    }
    tag = Tag.CONFIRMATION_CONFLICT if record.conflict else Tag.CONFIRMATION_RECORD
    return LedgerEvent(tag, now, facts)
