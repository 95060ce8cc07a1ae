"""What a unit that is bound to a partner may write: that partner's own, and nothing else.

Others write beside it (ADR 0005), so a row of another partner, or one that belongs to none, would
be decided by what may change before the commit.
"""

from gateway.domain.consent import ConsentRecord
from gateway.domain.delivery import Delivery
from gateway.domain.errors import Conflict
from gateway.domain.ids import DeliveryId
from gateway.domain.records import (
    Attempt,
    ManifestRecord,
    NothingRecord,
    Outgoing,
    Receipt,
    Sealing,
)
from gateway.ports import Aggregate


def require_own(partner: str, aggregate: Aggregate) -> None:
    """Raises Conflict where a unit that is bound to `partner` would write another's.

    "" is bound to none.
    """
    if partner and (found := owner(aggregate)) != partner:
        what = type(aggregate).__name__
        raise Conflict(
            f"a unit of work of {partner} can't write {what} of {found or 'no partner'}",
            hint="open it with store.write() without a partner",
        )


def owner(aggregate: Aggregate) -> str:
    """Whose row it is; "" for what belongs to no single partner."""
    if isinstance(aggregate, Delivery | ManifestRecord | ConsentRecord | NothingRecord | Outgoing):
        return aggregate.partner
    if isinstance(aggregate, Attempt | Sealing | Receipt):
        return DeliveryId.parse(aggregate.delivery).partner
    return ""
