"""The statements of a delivery as received, with what became of them."""

import json
from collections.abc import Iterator

from gateway.domain.ledger import Tag
from gateway.domain.records import InboundState, ManifestRecord
from gateway.domain.statements import Ack, Confirmation
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork
from gateway.services.dossier import SealingFact, Standing, StatementFact
from gateway.services.jws import statement_of


def read(
    uow: UnitOfWork, record: ManifestRecord, sealings: tuple[SealingFact, ...]
) -> tuple[StatementFact, ...]:
    """Receipts, confirmations, and refused statements that are about this delivery; the same bytes
    stand once, where they were accepted if they were."""
    found: dict[str, StatementFact] = {}
    parcels = frozenset(sealing.parcel for sealing in sealings)
    for fact in (
        *_receipts(uow, record.delivery),
        *_confirmations(uow, record.delivery),
        *_refused(uow, record, parcels),
    ):
        found.setdefault(fact.digest, fact)
    return tuple(found.values())


def _receipts(uow: UnitOfWork, delivery: str) -> Iterator[StatementFact]:
    for receipt in uow.inbox.receipts(delivery):
        standing = Standing.COUNTED if receipt.counted else Standing.NOT_COUNTED
        yield _fact(uow, receipt.statement, receipt.received_at, standing)


def _confirmations(uow: UnitOfWork, delivery: str) -> Iterator[StatementFact]:
    for word in uow.inbox.confirmations(delivery):
        standing = Standing.CONFLICT if word.conflict else Standing.COUNTED
        yield _fact(uow, word.statement, word.received_at, standing)


def _fact(uow: UnitOfWork, statement: str, received: Micros, standing: Standing) -> StatementFact:
    body = uow.inbox.inbound_by_digest(statement).body
    reason = _note(uow, statement) if standing is Standing.NOT_COUNTED else ""
    return StatementFact(statement, body, received, standing, reason, statement_of(body))


def _note(uow: UnitOfWork, statement: str) -> str:
    """Why a receipt does not count, as its leaf says it."""
    tags = (Tag.RECEIPT_RECORD, Tag.RECEIPT_CONFLICT)
    events = (json.loads(uow.log.leaf(index).event) for index in uow.log.find(statement))
    return next((str(e.get("note", "")) for e in events if e["event"] in tags), "")


def _refused(
    uow: UnitOfWork, record: ManifestRecord, parcels: frozenset[str]
) -> Iterator[StatementFact]:
    for kept in reversed(uow.inbox.listing(record.partner, (InboundState.REFUSED,))):
        word = statement_of(kept.body)
        if not isinstance(word, Ack | Confirmation):
            continue
        named = word.about.parcel in parcels or word.about.manifest == record.digest
        if named or (isinstance(word, Confirmation) and word.delivery == record.delivery):
            yield StatementFact(
                kept.digest, kept.body, kept.received_at, Standing.REFUSED, kept.reason, word
            )
