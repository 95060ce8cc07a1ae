"""What the worker does in the exchange store; each call is one transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from gateway.domain.errors import Conflict, NotFound
from gateway.domain.times import DAY, HOUR, Micros
from gateway.ports import ExchangePartner, Message, Parcel, PublishedParcel, WaitingItem
from gateway.store.exchange.listening import COLUMNS
from gateway.store.exchange.tables import (
    bodies,
    counters,
    inbound,
    parcels,
    partners,
    requests,
    said,
)
from gateway.store.exchange.transactions import Transactions, insert

REPLAY_WINDOW: Micros = 1 * HOUR
"""How long a used request is remembered; it is fresh for minutes only."""


class WorkerSide:
    """The half of ports.Exchange that the worker calls."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def put_partner(self, partner: ExchangePartner) -> None:
        """Write the partner as it is now."""
        values = _columns(partner)
        with self._transactions.write("exchange.partner") as connection:
            statement = insert(connection.dialect.name, partners).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))

    def publish(self, partner: str, parcel: Parcel, at: Micros) -> int:
        """Lay a parcel ready; the id of its row. Raises Conflict for a stale sealing."""
        same_place = (
            parcels.c.partner == partner,
            parcels.c.epoch == parcel.name.epoch,
            parcels.c.sequence == parcel.name.sequence,
        )
        with self._transactions.write("exchange.publish") as connection:
            # one after the other: what another worker is laying there now is seen, or waits for us
            turn = select(partners.c.id).where(partners.c.id == partner).with_for_update()
            connection.execute(turn)
            newest = select(func.max(parcels.c.sealing)).where(*same_place)
            _refuse_stale(parcel, connection.execute(newest).scalar() or 0)
            row = self._row(connection, partner, parcel, at)
            others = (*same_place, parcels.c.id != row)
            older = select(parcels.c.id).where(*others)
            connection.execute(delete(bodies).where(bodies.c.parcel.in_(older)))
            connection.execute(update(parcels).where(*others).values(ready=False))
            lay = insert(connection.dialect.name, bodies).values(parcel=row, body=parcel.data)
            connection.execute(lay.on_conflict_do_nothing(index_elements=["parcel"]))
        return row

    def _row(self, connection: Connection, partner: str, parcel: Parcel, at: Micros) -> int:
        """The parcel's row, new or found by its digest, ready and not fetched since."""
        values = {
            "sealing": parcel.sealing,
            "published_at": at,
            "fetched_at": None,
            "ready": True,
        }
        statement = insert(connection.dialect.name, parcels).values(
            partner=partner,
            name=str(parcel.name),
            epoch=parcel.name.epoch,
            sequence=parcel.name.sequence,
            digest=parcel.digest,
            size=len(parcel.data),
            **values,
        )
        statement = statement.on_conflict_do_update(
            index_elements=["partner", "digest"], set_=values
        )
        return int(connection.execute(statement.returning(parcels.c.id)).scalar_one())

    def say(self, partner: str, message: Message, at: Micros) -> int:
        """Lay a statement ready; the id of its row. There is one head, whatever it ends in."""
        older = said.c.name == message.name if message.subject else said.c.subject == ""
        known = (said.c.partner == partner, older)
        values = {
            "partner": partner,
            "name": message.name,
            "digest": message.digest,
            "subject": message.subject,
            "body": message.data,
            "at": at,
        }
        with self._transactions.write("exchange.say") as connection:
            same = select(said.c.id).where(*known, said.c.digest == message.digest)
            if (found := connection.execute(same).scalar()) is not None:
                return int(found)
            connection.execute(delete(said).where(*known))
            made = connection.execute(said.insert().returning(said.c.id), values)
            return int(made.scalar_one())

    def waiting(self, partner: str, limit: int) -> tuple[WaitingItem, ...]:
        """What the worker has not taken, oldest first; nothing empty is among it."""
        statement = (
            select(inbound.c.id, inbound.c.kind, inbound.c.size)
            .where(inbound.c.partner == partner, inbound.c.taken_at.is_(None), inbound.c.size > 0)
            .order_by(inbound.c.received_at, inbound.c.id)
            .limit(limit)
        )
        with self._transactions.read() as connection:
            return tuple(WaitingItem(*row) for row in connection.execute(statement))

    def item(self, item: int) -> bytes:
        """Its bytes. Raises NotFound."""
        with self._transactions.read() as connection:
            found = connection.execute(select(inbound.c.body).where(inbound.c.id == item)).first()
        if found is None:
            raise NotFound(
                f"the exchange store has no item {item}",
                hint="another worker took it; the next round goes on",
            )
        return bytes(found.body)

    def taken(self, item: int, at: Micros) -> None:
        """The worker has committed it: its bytes go, its digest stays for a while."""
        with self._transactions.write("exchange.taken") as connection:
            done = update(inbound).where(inbound.c.id == item)
            connection.execute(done.values(taken_at=at, body=b""))

    def published(self, partner: str) -> tuple[PublishedParcel, ...]:
        """All parcels that lie ready for the partner, in order."""
        statement = (
            select(*COLUMNS)
            .where(parcels.c.partner == partner, parcels.c.ready)
            .order_by(parcels.c.epoch, parcels.c.sequence)
        )
        with self._transactions.read() as connection:
            return tuple(PublishedParcel(*row) for row in connection.execute(statement))

    def remove(self, partner: str, digests: Sequence[str]) -> int:
        """Delete the bytes of parcels that need not lie ready any more; returns how many."""
        with self._transactions.write("exchange.remove") as connection:
            return sum(_remove(connection, partner, digest) for digest in digests)

    def tidy(self, at: Micros, keep: Micros) -> None:
        """Forget what no longer matters; the fetch log stays."""
        with self._transactions.write("exchange.tidy") as connection:
            connection.execute(delete(requests).where(requests.c.at < at - REPLAY_WINDOW))
            connection.execute(delete(counters).where(counters.c.begin < at - 2 * DAY))
            connection.execute(delete(inbound).where(inbound.c.taken_at < at - keep))
            answers = (said.c.subject != "", said.c.at < at - keep)
            connection.execute(delete(said).where(*answers))


def _refuse_stale(parcel: Parcel, newest: int) -> None:
    if parcel.sealing < newest:
        raise Conflict(
            f"{parcel.name} is sealing {parcel.sealing}, and sealing {newest} was laid ready",
            hint="nothing to do: this worker had lost its lease; the newer sealing stays",
        )


def _remove(connection: Connection, partner: str, digest: str) -> int:
    named = (parcels.c.partner == partner, parcels.c.digest == digest)
    row = select(parcels.c.id).where(*named)
    connection.execute(delete(bodies).where(bodies.c.parcel.in_(row)))
    gone = update(parcels).where(*named, parcels.c.ready).values(ready=False)
    return connection.execute(gone).rowcount


def _columns(partner: ExchangePartner) -> dict[str, Any]:
    rules = partner.rules
    return {
        "id": partner.id,
        "gateway": partner.gateway,
        "live": partner.live,
        "card": partner.card,
        "trust": partner.trust,
        "certificate": rules.certificate,
        "bearer": rules.bearer,
        "http_signature": rules.http_signature,
        "quota_statements": rules.quotas.statements,
        "quota_requests": rules.quotas.requests,
        "quota_octets": rules.quotas.octets,
    }
