"""What the tests of the exchange store share."""

from __future__ import annotations

import threading

from sqlalchemy import text

from gateway.domain.canonical import digest
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.times import DAY
from gateway.ports import (
    Parcel,
    Quotas,
    RequestUse,
)
from gateway.store.engine import make_engine, read_url

AT = 1_760_000_000_000_000 // DAY * DAY


A, B = "opr-uji-a", "opr-uji-b"


QUOTAS = Quotas()


def parcel(sequence: int, data: bytes = b"sealed", epoch: int = 1, to: str = A) -> Parcel:
    """A parcel; its bytes name its place."""
    body = data + b"%d/%d" % (epoch, sequence)
    return Parcel(ParcelName(to, epoch, sequence, Envelope.JOSE), body, digest(body))


def use(name: str, since: int = 1, epoch: int = 1, partner: str = A, at: int = AT) -> RequestUse:
    """A request that was not used yet."""
    return RequestUse(partner, "next", name, b"e30.e30.c2ln", epoch, since, at, QUOTAS)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """What a plain query finds."""
    engine = make_engine(read_url(url))
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]
    finally:
        engine.dispose()


def at_once(act: object, times: int) -> None:
    """Run the act in so many threads."""
    threads = [threading.Thread(target=act) for _ in range(times)]  # type: ignore[arg-type]  # a callable
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
