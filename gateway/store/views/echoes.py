"""Acknowledgements beside their manifests, paged by the receipt's key."""

from sqlalchemy import func, select

from gateway.ports.views.echoes import Echo
from gateway.store.store import SqlStore
from gateway.store.tables.deliveries import DELIVERIES, MANIFESTS
from gateway.store.tables.inbox import INBOUND, RECEIPTS

_ACK = (
    select(INBOUND.c.body)
    .where(INBOUND.c.digest == RECEIPTS.c.statement)
    .order_by(INBOUND.c.id)
    .limit(1)
    .scalar_subquery()
)
_PAGE = (
    select(
        RECEIPTS.c.key,
        RECEIPTS.c.delivery,
        DELIVERIES.c.partner,
        RECEIPTS.c.statement,
        RECEIPTS.c.received_at,
        func.coalesce(MANIFESTS.c.digest, "").label("manifest"),
        func.coalesce(MANIFESTS.c.body, b"").label("head"),
        func.coalesce(_ACK, b"").label("ack"),
    )
    .join(DELIVERIES, DELIVERIES.c.id == RECEIPTS.c.delivery)
    .outerjoin(MANIFESTS, MANIFESTS.c.delivery == RECEIPTS.c.delivery)
    .where(RECEIPTS.c.result == "positive")
    .order_by(RECEIPTS.c.key)
)


class SqlEchoes:
    """ports.views.Echoes over a store's database."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def page(self, after: int, limit: int) -> tuple[Echo, ...]:
        """At most `limit` of them with a key above `after`."""
        with self._store.read() as uow:
            rows = uow._db.rows(_PAGE.where(RECEIPTS.c.key > after).limit(limit))
        return tuple(Echo(**row._mapping) for row in rows)
