"""A listener over a real exchange store with two published partners, and what partners send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.exchange_publishing import publish_partner
from gateway.domain.canonical import digest, encode
from gateway.domain.ids import Envelope, ParcelName
from gateway.domain.parties import Partner, PartnerKind, Standing
from gateway.domain.statements import Ack, Kind, to_bytes
from gateway.domain.times import Micros, to_wire
from gateway.ports import Message, Parcel, TransportRules
from gateway.store.exchange import schema
from gateway.store.exchange.store import SqlExchange, open_exchange
from gateway.web.app import make_app
from gateway.web.listener import Happened, Listener
from keys import http_signatures
from keys.documents import Documents
from keys.jws import JoseSignatures
from tests.blank import lay
from tests.keys.parties import (
    ABOUT,
    GATEWAY,
    GATEWAY_STATEMENT,
    NOW,
    OPERATOR,
    OTHER,
    STATEMENT,
    TRUST,
    Held,
)

A, B = OPERATOR.id, OTHER.id
JOSE = "application/jose"
ORIGIN = "https://pull.gateway.example"
_nonces = count(1)


@dataclass
class Clock:
    """A clock that stands until the test moves it."""

    at: Micros = NOW

    def now(self) -> Micros:
        return self.at


def partner(name: str = A, **changed: Any) -> Partner:
    """A live test operator that pulls."""
    made = Partner(
        id=name,
        kind=PartnerKind.OPERATOR,
        name="Operator Uji",
        channel=f"pull:{name}",
        reply=f"pull:{name}",
        peer="",
        envelope=Envelope.JOSE,
        test=True,
        term="PT24H",
        card="sha256:" + "0" * 64,
        standing=Standing.LIVE,
    )
    return replace(made, **changed)


def parcel(sequence: int = 1, data: bytes = b"sealed", to: str = A, epoch: int = 1) -> Parcel:
    """A parcel with the right digest; its bytes name their place."""
    body = data + b"/%d/%d" % (epoch, sequence)
    return Parcel(ParcelName(to, epoch, sequence, Envelope.JOSE), body, digest(body))


def request(
    since: int = 1, by: Held = STATEMENT, epoch: int = 1, at: Micros = NOW, **changed: Any
) -> bytes:
    """A signed request with a nonce of its own."""
    body = {
        "v": 1,
        "typ": "request",
        "iss": by.pin.owner.id,
        "aud": GATEWAY.id,
        "at": to_wire(at),
        "epoch": epoch,
        "from": since,
        "nonce": str(next(_nonces)),
    }
    return JoseSignatures().sign(encode(body | changed), Kind.REQUEST, by.signer)


def ack(by: Held = STATEMENT, sequence: int = 1, **changed: Any) -> bytes:
    """A signed receipt."""
    about = replace(ABOUT, sequence=sequence)
    made = Ack(by.pin.owner.id, GATEWAY.id, NOW, about, "positive")
    return JoseSignatures().sign(to_bytes(replace(made, **changed)), Kind.ACK, by.signer)


def answer(name: str, text: str = "answer", subject: str = "sha256:" + "1" * 64) -> Message:
    """Something that the gateway says; the store does not look into it."""
    data = JoseSignatures().sign(text.encode(), Kind.ANSWER, GATEWAY_STATEMENT.signer)
    return Message(name, data, digest(data), subject)


@dataclass
class House:
    """The store, the listener's parts, and what it told."""

    exchange: SqlExchange
    clock: Clock = field(default_factory=Clock)
    told: list[Happened] = field(default_factory=list)

    @property
    def listener(self) -> Listener:
        """The parts as main puts them together."""
        return Listener(
            self.exchange,
            Documents(),
            self.clock,
            self.told.append,
            http_signatures.verify,
            ORIGIN,
        )

    def client(self) -> FlaskClient:
        """The application without a socket."""
        return make_app(self.listener).test_client()

    def publish(self, name: str = A, rules: TransportRules | None = None, **changed: Any) -> None:
        """The partner as the worker publishes it."""
        made = partner(name, **changed)
        publish_partner(self.exchange, made, TRUST, rules or TransportRules(), GATEWAY.id)

    def lay(self, *parcels: Parcel) -> None:
        """Parcels as the worker lays them ready."""
        for one in parcels:
            self.exchange.publish(one.name.partner, one, self.clock.now())

    def until_told(self, event: str) -> Happened:
        """Wait until the listener told it: a client may have its answer a moment earlier."""
        for _ in range(1000):
            for one in self.told:
                if one.event == event:
                    return one
            time.sleep(0.01)
        raise AssertionError(f"the listener did not tell {event}")

    def kept(self, name: str = A) -> list[bytes]:
        """The statements that wait for the worker."""
        waiting = self.exchange.waiting(name, 1000)
        return [self.exchange.item(one.id) for one in waiting if one.kind == "statement"]

    def fetches(self, name: str = A) -> list[bytes]:
        """The words of fetches that wait for the worker."""
        waiting = self.exchange.waiting(name, 1000)
        return [self.exchange.item(one.id) for one in waiting if one.kind == "fetched"]


def post(client: FlaskClient, path: str, body: bytes, **headers: str) -> TestResponse:
    """A POST of application/jose; header names with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    content_type = given.pop("Content-Type", JOSE)
    answer = client.post(f"/v1/{path}", data=body, content_type=content_type, headers=given)
    answer.get_data()  # to its end, as a client does
    return answer


def without_instance(answer: TestResponse) -> dict[str, object]:
    """A problem without the name of its one occurrence."""
    document = dict(answer.json or {})
    assert str(document.pop("instance")).startswith("urn:uuid:")
    return document


def url_in(folder: Path) -> str:
    """The URL of the store's file in this folder."""
    return f"sqlite:///{folder / 'exchange.sqlite'}"


def fresh_url(folder: Path) -> str:
    """The URL of a store with the schema and nothing else."""
    return lay(folder / "exchange.sqlite", schema.create)


@contextmanager
def house_on(url: str) -> Iterator[House]:
    """A house with partners A and B."""
    with closing(open_exchange(url, busy_ms=2000)) as exchange:
        house = House(exchange)
        house.publish(A)
        house.publish(B)
        yield house
