"""What the listener does in the exchange store; each call is one transaction."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from gateway.domain.canonical import digest
from gateway.domain.fetched import Fetched, to_bytes
from gateway.domain.times import Micros
from gateway.ports import (
    ExchangePartner,
    NextParcel,
    PublishedParcel,
    Quotas,
    RequestUse,
    Said,
    TransportRules,
)
from gateway.store.exchange import usage
from gateway.store.exchange.tables import bodies, fetches, inbound, parcels, partners, said
from gateway.store.exchange.transactions import Transactions, insert

COLUMNS = (
    parcels.c.id,
    parcels.c.name,
    parcels.c.epoch,
    parcels.c.sequence,
    parcels.c.digest,
    parcels.c.size,
    parcels.c.published_at,
    parcels.c.fetched_at,
)
"""In the order of PublishedParcel's members."""


class ListenerSide:
    """The half of ports.Exchange that the partner listener calls."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def ready(self) -> None:
        """Raises where the store can't be read."""
        with self._transactions.read() as connection:
            connection.execute(text("SELECT 1"))

    def partner(self, partner: str) -> ExchangePartner | None:
        """The partner as published, or None."""
        with self._transactions.read() as connection:
            found = connection.execute(_PARTNER, {"partner": partner}).first()
        return None if found is None else _partner(found)

    def keep_statement(
        self, partner: str, digest: str, data: bytes, at: Micros, quotas: Quotas
    ) -> bool:
        """Keep an authenticated statement; False where it waits already. Raises QuotaExceeded."""
        with self._transactions.write("exchange.keep") as connection:
            new = _keep(connection, partner, "statement", digest, data, at)
            if new:
                usage.count(connection, partner, "statements", 1, quotas, at)
                usage.count(connection, partner, "octets", len(data), quotas, at)
        return new

    def use_nonce(self, partner: str, nonce: str, at: Micros) -> None:
        """Use up the nonce of an HTTP signature. Raises Replayed."""
        with self._transactions.write("exchange.nonce") as connection:
            usage.use_once(connection, partner, "http-signature", nonce, at)

    def listing(self, use: RequestUse, limit: int) -> tuple[PublishedParcel, ...]:
        """Parcels ready for the request, in order. Raises Replayed, QuotaExceeded."""
        with self._transactions.write("exchange.listing") as connection:
            usage.use_request(connection, use)
            found = select(*COLUMNS).where(_ready(use)).order_by(*_ORDER).limit(limit)
            return tuple(PublishedParcel(*row) for row in connection.execute(found))

    def next_parcel(self, use: RequestUse) -> NextParcel | None:
        """The first parcel ready for the request, or None. Raises Replayed, QuotaExceeded."""
        with self._transactions.write("exchange.next") as connection:
            usage.use_request(connection, use)
            first = (
                select(*COLUMNS, bodies.c.body)
                .join(bodies, bodies.c.parcel == parcels.c.id)
                .where(_ready(use))
                .order_by(*_ORDER)
                .limit(1)
            )
            row = connection.execute(first).first()
            if row is None:
                return None
            ready = connection.execute(select(func.count()).where(_ready(use))).scalar_one()
            return NextParcel(PublishedParcel(*row[:-1]), bytes(row[-1]), ready - 1)

    def fetched(self, use: RequestUse, parcel: PublishedParcel, at: Micros) -> None:
        """Log that the parcel went out whole; tell the worker of the first time."""
        with self._transactions.write("exchange.fetched") as connection:
            row = {"partner": use.partner, "parcel": parcel.digest, "request": use.digest, "at": at}
            connection.execute(fetches.insert(), row)
            first = update(parcels).where(parcels.c.id == parcel.id, parcels.c.fetched_at.is_(None))
            if connection.execute(first.values(fetched_at=at)).rowcount == 1:
                word = to_bytes(Fetched(parcel.digest, at, use.jws.decode("ascii")))
                _keep(connection, use.partner, "fetched", digest(word), word, at)

    def answers(self, use: RequestUse, after: int, limit: int) -> tuple[Said, ...]:
        """What lies ready, of ids greater than `after`: the last `limit`, rising."""
        with self._transactions.write("exchange.answers") as connection:
            usage.use_request(connection, use)
            newest = (
                select(said.c.id, said.c.body)
                .where(said.c.partner == use.partner, said.c.id > after)
                .order_by(said.c.id.desc())
                .limit(limit)
            )
            found = [Said(row.id, bytes(row.body)) for row in connection.execute(newest)]
        return tuple(reversed(found))


_PARTNER = select(partners).where(partners.c.id == bindparam("partner"))
_ORDER = (parcels.c.epoch, parcels.c.sequence, parcels.c.id)


def _ready(use: RequestUse) -> ColumnElement[bool]:
    """Parcels at or after the place that the request names; a newer epoch comes after."""
    later = or_(
        parcels.c.epoch > use.epoch,
        and_(parcels.c.epoch == use.epoch, parcels.c.sequence >= use.since),
    )
    return and_(parcels.c.partner == use.partner, parcels.c.ready, later)


def _keep(
    connection: Connection, partner: str, kind: str, digest: str, data: bytes, at: Micros
) -> bool:
    """Lay the item before the worker; False where it lies there already.

    One that was taken before lies there anew: the core judges it a duplicate, or has lost it in a
    restore and needs it.
    """
    row = {
        "partner": partner,
        "kind": kind,
        "digest": digest,
        "size": len(data),
        "body": data,
        "received_at": at,
    }
    return connection.execute(_keep_statement(connection.dialect.name), row).first() is not None


@cache
def _keep_statement(dialect: str) -> ReturningInsert[tuple[int]]:
    made = insert(dialect, inbound)
    kept = made.on_conflict_do_update(
        index_elements=["partner", "kind", "digest"],
        set_={
            "body": made.excluded.body,
            "received_at": made.excluded.received_at,
            "taken_at": None,
        },
        where=inbound.c.taken_at.is_not(None),
    )
    return kept.returning(inbound.c.id)


def _partner(row: Row[Any]) -> ExchangePartner:
    quotas = Quotas(row.quota_statements, row.quota_requests, row.quota_octets)
    rules = TransportRules(row.certificate, row.bearer, row.http_signature, quotas)
    return ExchangePartner(row.id, row.gateway, row.live, row.card, bytes(row.trust), rules)
