"""What partners said: bytes, signatures, subjects, and what of it counts (promise C)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from gateway.domain import dispositions
from gateway.domain.canonical import digest
from gateway.domain.consent import agrees_per_entry
from gateway.domain.errors import NotVerified
from gateway.domain.ledger import Tag
from gateway.domain.manifest import Manifest, read_manifest
from gateway.domain.statements import About, Ack, Confirmation, Nothing, Statement
from gateway.domain.times import duration, from_wire
from gateway.domain.trust import Owner, OwnerKind, Role
from gateway.fsck.case import Case, exact
from gateway.fsck.consents import consent_of
from gateway.fsck.facts import Said
from gateway.fsck.merging import merged
from gateway.fsck.replay import Life
from gateway.fsck.rows import (
    ConfirmationRow,
    ConsentRow,
    DeliveryRow,
    InboundRow,
    NothingRow,
    ReceiptRow,
    listed,
)

_KEPT = "inbound WHERE digest = ? AND partner = ? AND state = 'ACCEPTED' ORDER BY id"


def opened(
    case: Case, about: str, statement: str, partner: str, kid: str, received_at: int
) -> Statement | None:
    """The signed words behind a row that counts, or None where a finding was told."""
    kept = listed(case.core, InboundRow, _KEPT, statement, partner)
    if not kept or not kept[0].body:
        case.found("statement-missing", about, "the bytes as received", "none")
        return None
    case.differs("row-differs", about, "received", exact(kept[0].received_at), exact(received_at))
    if digest(kept[0].body) != statement:
        return None  # told where every received item's bytes are checked
    owner = Owner(OwnerKind.PARTNER, partner)
    signed = case.holds(
        "statement-signature",
        about,
        f"the signature of {partner} by a key pinned for statements, valid then",
        lambda: case.verify.signatures.open_statement(
            kept[0].body, owner, Role.STATEMENT, case.trust, kept[0].received_at, case.gateway
        ),
    )
    if signed is None:
        return None
    case.differs("statement-differs", about, "key", signed.key.kid, kid)
    return signed.statement


def check_receipts(case: Case, row: DeliveryRow, life: Life) -> list[ReceiptRow]:
    """Every receipt of a delivery; returns them."""
    tail = "receipts WHERE delivery = ? ORDER BY key"
    receipts = listed(case.core, ReceiptRow, tail, row.id)
    leaves = {
        str(said.facts.get("statement")): said
        for said in case.facts.of_delivery(row.id)
        if said.tag in (Tag.RECEIPT_RECORD, Tag.RECEIPT_CONFLICT)
    }
    for receipt in case.counted("receipts", receipts):
        about = f"receipt {receipt.statement} of delivery {row.id}"
        _logged(case, about, receipt, leaves.pop(receipt.statement, None))
        case.differs(
            *("counted-wrong", about, "counts:"),
            *(life.counts.get(receipt.statement), bool(receipt.counted)),
        )
        word = opened(case, about, receipt.statement, row.partner, receipt.kid, receipt.received_at)
        if word is not None:
            _as_signed(case, about, receipt, word, row, life)
    for said in leaves.values():
        case.found("row-missing", str(said), "the receipt that it records", "none")
    return receipts


def _logged(case: Case, about: str, receipt: ReceiptRow, said: Said | None) -> None:
    if said is None:
        return case.found("row-unlogged", about, "its leaf", "none")
    names = ("result", "reason", "kid", "counted", "late")
    told = tuple(said.facts.get(name, "") for name in names)
    came = (receipt.result, receipt.reason, receipt.kid, bool(receipt.counted), bool(receipt.late))
    case.differs("row-differs", about, ", ".join(names), told, came)
    return None


def _as_signed(
    case: Case, about: str, receipt: ReceiptRow, word: Statement, row: DeliveryRow, life: Life
) -> None:
    if not isinstance(word, Ack):
        return case.found("statement-subject", about, "an acknowledgement", word.kind)
    told = (word.result, str(word.reason or ""), exact(word.at))
    came = (receipt.result, receipt.reason, exact(receipt.said_at))
    case.differs("statement-differs", about, "result, reason, said", told, came)
    manifest = check_about(case, about, word.about, row)
    if manifest is not None:
        was_handed = life.handed_before.get(receipt.statement, False)
        late = was_handed and _is_late(manifest, row, receipt)
        case.differs("counted-wrong", about, "late:", late, bool(receipt.late))
    return None


def _is_late(manifest: Manifest, row: DeliveryRow, receipt: ReceiptRow) -> bool:
    """Late is late by our clock, and only for an operator (docs/delivery-cycle.md)."""
    start = row.handed_over_at
    if start is None or manifest.basis != "mandatory":
        return False
    return receipt.received_at > start + duration(manifest.respond_within)


def check_about(case: Case, about: str, named: About, row: DeliveryRow) -> Manifest | None:
    """What a statement is about is a parcel and the manifest of exactly this delivery; a table
    names the manifest alone."""
    if not named.parcel and named.manifest == row.manifest:
        own_body = case.core.rows("SELECT body FROM manifests WHERE delivery = ?", row.id)
        return _read(own_body)
    sealed = (
        "SELECT m.body FROM sealings s JOIN manifests m ON m.delivery = s.delivery"
        " WHERE s.digest = ? AND s.delivery = ?"
    )
    found = case.core.rows(sealed, named.parcel, row.id)
    own = (row.manifest, row.epoch, row.sequence)
    same = not named.manifest or (named.manifest, named.epoch, named.sequence) == own
    if not found or not same:
        case.found(
            "statement-subject", about, f"a parcel and manifest of delivery {row.id}", "others"
        )
        return None
    return _read(found)


def _read(found: Sequence[Any]) -> Manifest | None:
    try:
        return read_manifest(found[0][0]) if found else None
    except NotVerified:
        return None  # told where manifests are checked


def check_confirmations(case: Case, row: DeliveryRow) -> None:
    """Every confirmation of a delivery; of two that say different things in one revision, none
    counts (design 4)."""
    tail = "confirmations WHERE delivery = ? ORDER BY key"
    stored = listed(case.core, ConfirmationRow, tail, row.id)
    leaves = {
        str(said.facts.get("statement")): said
        for said in case.facts.of_delivery(row.id)
        if said.tag in (Tag.CONFIRMATION_RECORD, Tag.CONFIRMATION_CONFLICT)
    }
    revisions = Counter(one.revision for one in stored)
    for one in case.counted("confirmations", stored):
        about = f"confirmation {one.statement} of delivery {row.id}"
        conflict = revisions[one.revision] > 1
        case.differs("counted-wrong", about, "conflict:", conflict, bool(one.conflict))
        said = leaves.pop(one.statement, None)
        if said is None:
            case.found("row-unlogged", about, "its leaf", "none")
        else:
            told = (said.facts["revision"], said.facts["kid"])
            case.differs("row-differs", about, "revision, key", told, (one.revision, one.kid))
        word = opened(case, about, one.statement, row.partner, one.kid, one.received_at)
        if word is not None:
            _confirmed(case, about, one, word, row)
    for said in leaves.values():
        case.found("row-missing", str(said), "the confirmation that it records", "none")


def _confirmed(
    case: Case, about: str, one: ConfirmationRow, word: Statement, row: DeliveryRow
) -> None:
    if not isinstance(word, Confirmation):
        return case.found("statement-subject", about, "a confirmation", word.kind)
    case.differs("statement-subject", about, "of delivery", word.delivery, row.id)
    told, came = (word.revision, exact(word.at)), (one.revision, exact(one.said_at))
    case.differs("statement-differs", about, "revision, said", told, came)
    manifest = check_about(case, about, word.about, row)
    if manifest is not None and manifest.basis == "voluntary":
        _agreed(case, about, manifest)
    _rows(case, about, one, word, row)
    return None


def _agreed(case: Case, about: str, manifest: Manifest) -> None:
    """A word per entry counts only where the consent agrees to it (docs/delivery-cycle.md)."""
    for stored in listed(case.core, ConsentRow, "consents WHERE digest = ?", manifest.consent):
        record = consent_of(stored)
        if record is not None and not agrees_per_entry(record.terms.answers):
            case.found("counted-wrong", about, "a consent to answers per entry", "none")


def _rows(
    case: Case, about: str, one: ConfirmationRow, word: Confirmation, row: DeliveryRow
) -> None:
    signed = sorted((r.entry, (r.disposition, r.scope, from_wire(r.at))) for r in word.rows)
    sql = (
        "SELECT entry, disposition, scope, said_at FROM confirmation_rows"
        " WHERE confirmation = ? ORDER BY entry"
    )
    stored = ((entry, tuple(rest)) for entry, *rest in case.core.stream(sql, one.key))
    for entry, told, came in merged(signed, case.counted("confirmed entries", stored)):
        if told != came:
            case.found(
                "statement-differs", f"entry {entry} of {about}", told or "no row", came or "no row"
            )
    sealed = {int(entry): bool(unblock) for entry, unblock in case.core.rows(_SEALED, row.key)}
    for entry, (code, _scope, _at) in signed:
        if entry not in sealed and not (row.manifest and not sealed):
            case.found("entry-outside", f"entry {entry} of {about}", f"1 to {len(sealed)}", entry)
        elif entry in sealed and not dispositions.answers(code, sealed[entry]):
            case.found(
                "entry-outside", f"entry {entry} of {about}", "an answer to its action", code
            )


_SEALED = "SELECT entry, unblock FROM slice_entries WHERE delivery_key = ?"


def check_nothings(case: Case) -> None:
    """Every nothing-to-report is signed, and has its leaf."""
    tail = "nothings ORDER BY statement"
    for row in case.counted("nothings", listed(case.core, NothingRow, tail)):
        about = f"nothing-to-report {row.statement} of {row.partner}"
        if not case.facts.of_statement(row.statement, Tag.NOTHING_RECORD):
            case.found("row-unlogged", about, "its leaf", "none")
        word = opened(case, about, row.statement, row.partner, row.kid, row.received_at)
        told: tuple[Any, ...] = ()
        if isinstance(word, Nothing):
            told = (word.epoch, word.sequence, exact(word.at))
        if word is not None:
            came = (row.epoch, row.sequence, exact(row.said_at))
            case.differs("statement-differs", about, "epoch, sequence, said", told, came)
