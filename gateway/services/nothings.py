"""Nothing-to-report: a partner's word that it has no more to say about parcels up to a sequence.

It is shown as the partner's word and counts for no entry: silence confirmed is not a confirmation.
"""

from gateway.domain.errors import NotVerified
from gateway.domain.ledger import LedgerEvent, Tag
from gateway.domain.records import InboundRecord, NothingRecord
from gateway.domain.statements import Nothing
from gateway.domain.times import Micros
from gateway.ports import UnitOfWork


def record_nothing(
    uow: UnitOfWork, kept: InboundRecord, kid: str, word: Nothing, now: Micros
) -> str:
    """Record a verified nothing-to-report.

    Raises NotVerified: old-epoch (another than the running one), unknown-sequence (none so high was
    ever sealed for this partner).
    """
    epoch = uow.registry.gateway().epoch
    if word.epoch != epoch:
        raise NotVerified("old-epoch", f"the running epoch is {epoch}")
    last = uow.deliveries.stream(kept.partner, epoch).sequence
    if word.sequence > last:
        raise NotVerified("unknown-sequence", f"the last sequence of this partner is {last}")
    record = NothingRecord(
        statement=kept.digest,
        partner=kept.partner,
        epoch=word.epoch,
        sequence=word.sequence,
        kid=kid,
        said_at=word.at,
        received_at=kept.received_at,
    )
    facts = {
        "partner": kept.partner,
        "statement": kept.digest,
        "epoch": word.epoch,
        "sequence": word.sequence,
        "kid": kid,
    }
    uow.save(record, LedgerEvent(Tag.NOTHING_RECORD, now, facts))
    return ""
