"""What was used up: signed requests, nonces, and what a partner may do in an hour or day."""

from functools import cache

from sqlalchemy import Connection
from sqlalchemy.sql.dml import ReturningInsert

from gateway.domain.times import DAY, HOUR, Micros
from gateway.ports import QuotaExceeded, Quotas, Replayed, RequestUse
from gateway.store.exchange.tables import counters, requests
from gateway.store.exchange.transactions import insert


def use_request(connection: Connection, use: RequestUse) -> None:
    """Raises Replayed where it was used at this resource before, QuotaExceeded."""
    use_once(connection, use.partner, use.resource, use.digest, use.at)
    count(connection, use.partner, "requests", 1, use.quotas, use.at)


def use_once(connection: Connection, partner: str, resource: str, digest: str, at: Micros) -> None:
    """Remember it. Raises Replayed where it is known."""
    statement = _once(connection.dialect.name)
    row = {"partner": partner, "resource": resource, "digest": digest, "at": at}
    if connection.execute(statement, row).first() is None:
        raise Replayed(
            "this signed request was used here before",
            hint="sign a new one, with a nonce of its own or a second later",
        )


def count(
    connection: Connection, partner: str, name: str, amount: int, quotas: Quotas, at: Micros
) -> None:
    """Add to the counter of the running hour or day. Raises QuotaExceeded beyond the quota."""
    most, span = _QUOTA[name](quotas), DAY if name == "octets" else HOUR
    begin = at // span * span
    statement = _counting(connection.dialect.name)
    row = {"partner": partner, "name": name, "begin": begin, "used": amount}
    if connection.execute(statement, row).scalar_one() > most:
        raise QuotaExceeded(
            f"partner {partner} may use {most} {name} in this time, and did",
            begin + span - at,
            hint="it may go on when the hour or day is over; its quota is a setting",
        )


@cache
def _once(dialect: str) -> ReturningInsert[tuple[int]]:
    return insert(dialect, requests).on_conflict_do_nothing().returning(requests.c.at)


@cache
def _counting(dialect: str) -> ReturningInsert[tuple[int]]:
    made = insert(dialect, counters)
    added = made.on_conflict_do_update(
        index_elements=["partner", "name", "begin"],
        set_={"used": counters.c.used + made.excluded.used},
    )
    return added.returning(counters.c.used)


_QUOTA = {
    "statements": lambda quotas: quotas.statements,
    "requests": lambda quotas: quotas.requests,
    "octets": lambda quotas: quotas.octets,
}
