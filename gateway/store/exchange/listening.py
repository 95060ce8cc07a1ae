"""What the listener does in the exchange store; each call is one transaction."""

from functools import cache
from typing import Any, Literal

from sqlalchemy import (
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
        self,
        partner: str,
        digest: str,
        data: bytes,
        at: Micros,
        quotas: Quotas,
        kind: Literal["statement", "parcel"] = "statement",
    ) -> bool:
        """Keep an authenticated statement or a source's list; False where it waits already.

        Raises QuotaExceeded.
        """
        with self._transactions.write("exchange.keep") as connection:
            new = _keep(connection, partner, kind, digest, data, at)
            if new:
                usage.count(connection, partner, "statements", 1, quotas, at)
                usage.count(connection, partner, "octets", len(data), quotas, at)
            else:  # an honest repeat is no second statement; its reading still costs
                usage.count(connection, partner, "requests", 1, quotas, at)
        return new

    def use_nonce(self, partner: str, nonce: str, at: Micros) -> None:
        """Use up the nonce of an HTTP signature. Raises Replayed."""
        with self._transactions.write("exchange.nonce") as connection:
            usage.use_once(connection, partner, "http-signature", nonce, at)

    def listing(self, use: RequestUse, limit: int) -> tuple[PublishedParcel, ...]:
        """Parcels ready for the request, in order. Raises Replayed, QuotaExceeded."""
        with self._transactions.write("exchange.listing") as connection:
            usage.use_request(connection, use)
            found = connection.execute(_LISTING, _place(use) | {"limit": limit})
            return tuple(PublishedParcel(*row) for row in found)

    def next_parcel(self, use: RequestUse) -> NextParcel | None:
        """The first parcel ready for the request, or None. Raises Replayed, QuotaExceeded."""
        with self._transactions.write("exchange.next") as connection:
            usage.use_request(connection, use)
            place = _place(use)
            row = connection.execute(_NEXT, place).first()
            if row is None:
                return None
            ready = connection.execute(_HOW_MANY, place).scalar_one()
            return NextParcel(PublishedParcel(*row[:-1]), bytes(row[-1]), ready - 1)

    def fetched(self, use: RequestUse, parcel: PublishedParcel, at: Micros) -> None:
        """Log that the parcel went out whole; tell the worker of the first time."""
        with self._transactions.write("exchange.fetched") as connection:
            row = {"partner": use.partner, "parcel": parcel.digest, "request": use.digest, "at": at}
            connection.execute(_LOG_FETCH, row)
            if connection.execute(_FIRST_FETCH, {"row": parcel.id, "now": at}).rowcount == 1:
                word = to_bytes(Fetched(parcel.digest, at, use.data.decode("ascii")))
                _keep(connection, use.partner, "fetched", digest(word), word, at)

    def answers(self, use: RequestUse, after: int, limit: int) -> tuple[Said, ...]:
        """What lies ready, of ids greater than `after`: the last `limit`, rising."""
        with self._transactions.write("exchange.answers") as connection:
            usage.use_request(connection, use)
            asked = {"partner": use.partner, "after": after, "limit": limit}
            found = [Said(row.id, bytes(row.body)) for row in connection.execute(_SAID, asked)]
        return tuple(reversed(found))

    def used(self, use: RequestUse) -> None:
        """Use the request up for what is read of the tree. Raises Replayed, QuotaExceeded."""
        with self._transactions.write("exchange.used") as connection:
            usage.use_request(connection, use)


# Statements are built once: building costs more than running.
_PARTNER = select(partners).where(partners.c.id == bindparam("partner"))
_ORDER = (parcels.c.epoch, parcels.c.sequence, parcels.c.id)
_AT_OR_AFTER = or_(  # the place that a request names; a newer epoch comes after
    parcels.c.epoch > bindparam("epoch"),
    and_(parcels.c.epoch == bindparam("epoch"), parcels.c.sequence >= bindparam("since")),
)
_READY = and_(parcels.c.partner == bindparam("partner"), parcels.c.ready, _AT_OR_AFTER)
_LISTING = select(*COLUMNS).where(_READY).order_by(*_ORDER).limit(bindparam("limit"))
_NEXT = (
    select(*COLUMNS, bodies.c.body)
    .join(bodies, bodies.c.parcel == parcels.c.id)
    .where(_READY)
    .order_by(*_ORDER)
    .limit(1)
)
_HOW_MANY = select(func.count()).select_from(parcels).where(_READY)
_LOG_FETCH = fetches.insert().inline()
_FIRST_FETCH = (
    update(parcels)
    .where(parcels.c.id == bindparam("row"), parcels.c.fetched_at.is_(None))
    .values(fetched_at=bindparam("now"))
)
_SAID = (
    select(said.c.id, said.c.body)
    .where(said.c.partner == bindparam("partner"), said.c.id > bindparam("after"))
    .order_by(said.c.id.desc())
    .limit(bindparam("limit"))
)


def _place(use: RequestUse) -> dict[str, int | str]:
    return {"partner": use.partner, "epoch": use.epoch, "since": use.since}


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
